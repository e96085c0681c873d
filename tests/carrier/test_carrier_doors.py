"""The carrier over HTTP: good asks, bad asks with every fault named, and the customer's own acts."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.carrier.operations import OPERATIONS, CarrierProblem
from contracts.words import Value

Body = Callable[..., dict[str, Any]]
REQUEST = "11111111-1111-4111-8111-111111111111"
MORE: dict[str, dict[str, Any]] = {
    "charge": {"amount": {"minor": 1}, "purpose": "settlement"},
    "refund": {"amount": {"minor": 1}, "purpose": "withdrawal"},
    "waive": {"amount": {"minor": 1}, "purpose": "delay"},
    "final-bill": {"charge_end": "2026-03-31T16:00:00Z"},
    "switch-off": {"item": "video-pack"},
    "restore": {"item": "video-pack"},
    "port-code": {},
    "send": {"route": "sms", "language": "en", "notice": "closed", "subject": "Done", "body": "It is off."},
}
AMOUNT: dict[str, Any] = {"minor": 100, "currency": "CNY"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_of_the_contract_answers_in_its_shape(client: httpx.Client, name: str) -> None:
    operation = OPERATIONS[name]
    ask = {"request_id": REQUEST, "subscription": "sub-freeaddon01"} | MORE.get(name, {})
    path = operation.path.format(subscription="sub-freeaddon01")
    looking_up = operation.method == "GET"
    answer = client.get(path) if looking_up else client.post(path, json=ask, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 200, answer.text
    model: type[Value] = operation.answer
    assert model.model_validate_json(answer.content).model_dump()["subscription"] == "sub-freeaddon01"


@pytest.mark.parametrize(
    ("change", "status", "code", "named"),
    [
        ({"request_id": 7}, 422, "invalid-ask", "/request_id"),
        ({"request_id": "no-uuid"}, 422, "invalid-ask", "/request_id"),
        ({"extra": 1}, 422, "invalid-ask", "/extra"),
        ({"amount": None, "purpose": "fun"}, 422, "invalid-ask", "/purpose"),
        ({"amount": AMOUNT | {"minor": 1.5}}, 422, "invalid-ask", "/amount/minor"),
        ({"amount": AMOUNT | {"minor": "100"}}, 422, "invalid-ask", "/amount/minor"),
        ({"amount": AMOUNT | {"minor": True}}, 422, "invalid-ask", "/amount/minor"),
        ({"amount": AMOUNT | {"minor": 0}}, 422, "amount-not-positive", "0"),
        ({"amount": AMOUNT | {"minor": -5}}, 422, "amount-not-positive", "-5"),
        ({"amount": AMOUNT | {"currency": "USD"}}, 422, "wrong-currency", "USD"),
        ({"subscription": "sub-nobody"}, 404, "unknown-subscription", "sub-nobody"),
        ({"subscription": "sub-declinealways01"}, 402, "payment-declined", "payment method"),
        ({"subscription": "sub-closed01"}, 409, "already-closed", "closed"),
    ],
    ids=str,
)
def test_a_bad_ask_is_refused_with_a_code_and_nothing_happens(
    client: httpx.Client, body: Body, change: dict[str, Any], status: int, code: str, named: str
) -> None:
    answer = client.post("/charging/charges", json=body(**change), headers={"Idempotency-Key": "k1"})
    problem = CarrierProblem.model_validate_json(answer.content)
    assert (answer.status_code, problem.status, problem.code) == (status, status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in problem.detail
    assert client.get("/ledger").json() == []


@pytest.mark.parametrize("noise", [b"", b"[]", b"{", b"\xff\xfe", b"null", b"[" * 1000], ids=str)
def test_noise_is_refused(client: httpx.Client, noise: bytes) -> None:
    answer = client.post("/charging/charges", content=noise, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-ask")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 201}], ids=str)
def test_an_ask_without_a_key_is_refused(client: httpx.Client, body: Body, headers: dict[str, str]) -> None:
    answer = client.post("/charging/charges", json=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-missing")


def test_a_key_used_for_another_ask_is_a_conflict(client: httpx.Client, body: Body) -> None:
    key = {"Idempotency-Key": "k1"}
    first = client.post("/charging/charges", json=body(), headers=key)
    in_other_order = client.post("/charging/charges", json=dict(reversed(body().items())), headers=key)
    other = client.post("/charging/refunds", json=body(), headers=key)
    assert first.content == in_other_order.content
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-key-reused")


def test_a_busy_network_says_when_to_come_back(client: httpx.Client) -> None:
    ask = {"request_id": REQUEST, "subscription": "sub-busyitem01", "item": "music-pack"}
    answer = client.post("/provisioning/switch-offs", json=ask, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "unknown-address"),
        ("GET", "/charging/charges", 405, "unknown-method"),
        ("GET", "/crm/subscriptions/sub-nobody", 404, "unknown-subscription"),
        ("GET", "/crm/subscriptions/%E9%93%B6", 404, "unknown-subscription"),
        ("GET", "/ledger?limit=none", 422, "invalid-ask"),
        ("POST", "/customers/sub-nobody/pay-arrears", 404, "unknown-subscription"),
    ],
)
def test_every_no_is_a_problem_with_a_code(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_customer_who_pays_the_arrears_owes_nothing(client: httpx.Client) -> None:
    assert client.post("/customers/sub-arrears01/pay-arrears").status_code == 204
    assert client.get("/crm/subscriptions/sub-arrears01").json()["arrears"]["minor"] == 0


def test_a_new_card_pays(client: httpx.Client, body: Body) -> None:
    ask, key = body(subscription="sub-declinealways01"), {"Idempotency-Key": "k1"}
    assert client.post("/charging/charges", json=ask, headers=key).status_code == 402
    assert client.post("/customers/sub-declinealways01/payment-method", json={"works": True}).status_code == 204
    assert client.post("/charging/charges", json=ask, headers=key).status_code == 402, "that ask was answered"
    assert client.post("/charging/charges", json=ask, headers={"Idempotency-Key": "k2"}).status_code == 200


def test_colleagues_at_provisioning_fix_an_item(client: httpx.Client) -> None:
    ask = {"request_id": REQUEST, "subscription": "sub-stuckitem01", "item": "music-pack"}
    key = {"Idempotency-Key": "k1"}
    assert client.post("/provisioning/switch-offs", json=ask, headers=key).json()["code"] == "switch-off-refused"
    assert client.post("/customers/sub-stuckitem01/fix-item", json={"item": "no-such"}).status_code == 404
    assert client.post("/customers/sub-stuckitem01/fix-item", json={"item": "music-pack"}).status_code == 204
    new = {"Idempotency-Key": "k2"}
    assert client.post("/provisioning/switch-offs", json=ask, headers=new).status_code == 200


def test_the_carrier_says_that_it_lives_and_sums_its_ledger_up(client: httpx.Client, body: Body) -> None:
    client.post("/charging/charges", json=body(), headers={"Idempotency-Key": "k1"})
    assert client.get("/livez").status_code == 200
    assert client.get("/ledger", params={"request_id": REQUEST}).json()[0]["what"] == "settlement"
    assert client.get("/ledger/summary").json()["by_kind"] == {"charge": {"count": 1, "amount_minor": 100}}
