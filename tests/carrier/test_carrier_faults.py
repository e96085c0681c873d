"""Faults do what their names say to the answer, and what they say to the ledger."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.carrier.operations import OPERATIONS

Body = Callable[..., dict[str, Any]]
KEY = {"Idempotency-Key": "k1"}


def charge(client: httpx.Client, body: Body) -> httpx.Response:
    return client.post("/charging/charges", json=body(), headers=KEY)


@pytest.mark.parametrize(
    ("fault", "status", "done", "slept"),
    [
        ({"kind": "delay", "delay_seconds": 2}, 200, 1, [2]),
        ({"kind": "error"}, 503, 0, []),
        ({"kind": "error", "status": 500}, 500, 0, []),
        ({"kind": "too-many", "retry_after_seconds": 3}, 429, 0, []),
        ({"kind": "timeout-after-work", "delay_seconds": 9}, 200, 1, [9]),
        ({"kind": "wrong-amount"}, 200, 1, []),
        ({"kind": "wrong-shape"}, 200, 1, []),
        ({"kind": "wrong-request"}, 200, 1, []),
        ({"kind": "duplicate"}, 200, 1, []),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_a_fault_happens_once_and_the_same_key_then_gets_the_true_answer(
    client: httpx.Client,
    body: Body,
    naps: list[float],
    fault: dict[str, Any],
    status: int,
    done: int,
    slept: list[float],
) -> None:
    client.put("/faults/charge", json=fault | {"times": 1})
    assert charge(client, body).status_code == status
    assert (len(client.get("/ledger").json()), naps) == (done, slept)
    true = charge(client, body)
    assert (true.status_code, true.json()["amount"]["minor"], len(client.get("/ledger").json())) == (200, 100, 1)


@pytest.mark.parametrize("fault", [{"kind": "refusal"}, {"kind": "refusal", "status": 403}])
def test_a_refusal_is_the_answer_under_its_key_from_then_on(
    client: httpx.Client, body: Body, fault: dict[str, Any]
) -> None:
    client.put("/faults/charge", json=fault | {"times": 1})
    no = charge(client, body)
    assert no.status_code == fault.get("status", 422)
    again = charge(client, body)
    assert (again.status_code, again.content, client.get("/ledger").json()) == (no.status_code, no.content, [])


def test_what_was_carried_out_is_not_refused_afterwards(client: httpx.Client, body: Body) -> None:
    true = charge(client, body)
    client.put("/faults/charge", json={"kind": "refusal"})
    assert charge(client, body).json() == true.json()


def test_too_many_says_when_to_come_back(client: httpx.Client, body: Body) -> None:
    client.put("/faults/charge", json={"kind": "too-many", "retry_after_seconds": 7})
    assert charge(client, body).headers["retry-after"] == "7"


def test_spoilt_answers_cannot_be_taken_for_true_ones(client: httpx.Client, body: Body) -> None:
    true = charge(client, body).json()
    client.put("/faults/charge", json={"kind": "wrong-amount"})
    assert charge(client, body).json()["amount"]["minor"] == true["amount"]["minor"] + 1
    client.put("/faults/charge", json={"kind": "wrong-request"})
    other = charge(client, body).json()
    assert other["request_id"] != true["request_id"] and other["subscription"] != true["subscription"]
    client.put("/faults/charge", json={"kind": "wrong-shape"})
    assert "amount" not in charge(client, body).json()
    client.put("/faults/look-up", json={"kind": "wrong-request"})
    answer = client.get("/crm/subscriptions/sub-freeaddon01").json()
    assert answer["subscription"] != "sub-freeaddon01" and "request_id" not in answer


@pytest.mark.parametrize("system", ["crm", "charging", "provisioning", "messaging"])
def test_a_whole_system_goes_away_and_comes_back(client: httpx.Client, system: str) -> None:
    client.put(f"/faults/system/{system}", json={"kind": "error"})
    away = {name for name, operation in OPERATIONS.items() if operation.system == system}
    assert set(client.get("/faults").json()) == away
    assert client.delete("/faults").status_code == 204
    assert client.get("/faults").json() == {}


def test_one_fault_can_be_switched_off_alone(client: httpx.Client) -> None:
    for operation in ("charge", "refund"):
        client.put(f"/faults/{operation}", json={"kind": "error"})
    client.delete("/faults/charge")
    assert list(client.get("/faults").json()) == ["refund"]


def test_a_fault_with_a_probability_happens_to_some(client: httpx.Client) -> None:
    client.put("/faults/look-up", json={"kind": "error", "probability": 0.5})
    answers = [client.get("/crm/subscriptions/sub-freeaddon01").status_code for _ in range(60)]
    assert {200, 503} == set(answers)


@pytest.mark.parametrize(
    ("path", "fault", "status", "code"),
    [
        ("/faults/dance", {"kind": "error"}, 404, "unknown-operation"),
        ("/faults/system/dance", {"kind": "error"}, 404, "unknown-operation"),
        ("/faults/send", {"kind": "wrong-amount"}, 422, "fault-does-not-fit"),
        ("/faults/send", {"kind": "meteor"}, 422, "invalid-ask"),
        ("/faults/send", {"kind": "error", "times": 0}, 422, "invalid-ask"),
        ("/faults/send", {"kind": "error", "probability": 2}, 422, "invalid-ask"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    client: httpx.Client, path: str, fault: dict[str, Any], status: int, code: str
) -> None:
    answer = client.put(path, json=fault)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert client.get("/faults").json() == {}
