"""What operators order: published for all services to read, or refused with the field and what to do."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contracts.messages.ops import Decided
from runtime.envelope import decode
from runtime.settings import Settings
from services.console.door import prepare, routes
from tests.console.conftest import ACCEPTED, KEY, OPEN, OPERATOR, ORDER, UNKNOWN, WHO, FakeBroker, FakeHost, Tape, Visit

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("story")]
ORDERS = [
    ("review-decision", {"approve": True}, "review.decided.v1"),
    ("dispute-decision", {"outcome": "lowered", "owed": {"minor": 5, "currency": "CNY"}}, "dispute.decided.v1"),
    ("retry", {"incident": "charge:1"}, "retry.ordered.v1"),
    (
        "elsewhere-note",
        {"incident": "charge:1", "ground": "billed", "evidence": "bill-7"},
        "elsewhere.noted.v1",
    ),
    ("complaint-reply", {"level": "court", "answer": "letter-9"}, "complaint.replied.v1"),
]


@pytest.mark.parametrize(("name", "body", "kind"), ORDERS)
async def test_an_order_is_published_for_all_services_to_read(
    visit: Visit, host: FakeHost, tape: Tape, name: str, body: dict[str, Any], kind: str
) -> None:
    tape.play(tape.event("billing", "dispute.opened.v1", {"amount": {"minor": 100, "currency": "CNY"}}))
    async with visit() as client:
        answers = [await client.post(f"{ORDER}/{name}", json=body | WHO, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    first, again = [decode(record) for record in host.published]
    assert first.id == again.id == answers[0].json()["event"]
    assert (first.message.type, host.published[0].topic) == (kind, "cancellation.ops")
    assert first.message.model_dump(mode="json", include=body.keys() | WHO.keys()) == body | WHO
    assert isinstance(first.message, Decided) and first.message.operator == OPERATOR


WRONG = [
    ("review-decision", {"approve": "yes"} | WHO, KEY, 422, "invalid", "/approve"),
    ("review-decision", WHO, KEY, 422, "invalid", "/approve"),
    ("review-decision", {"approve": True, "colour": 1} | WHO, KEY, 422, "invalid", "/colour"),
    ("review-decision", {"approve": True, "reason": "no"}, KEY, 422, "invalid", "/reason"),
    ("review-decision", {"approve": True, "operator": "op-8"} | WHO, KEY, 422, "invalid", "/operator"),
    ("review-decision", {"approve": True, "second": "op-8"} | WHO, KEY, 422, "invalid", "/second"),
    ("review-decision", {"approve": True, "request_id": UNKNOWN} | WHO, KEY, 422, "invalid", "/request_id"),
    ("review-decision", b'{"approve": true, "approve": false}', KEY, 400, "duplicate-key", "/approve"),
    ("review-decision", {"approve": True} | WHO, {}, 400, "key-missing", None),
    ("review-decision", {"approve": True} | WHO, {"Idempotency-Key": "k" * 201}, 400, "key-malformed", None),
    ("review-decision", {"approve": True} | WHO, {"Idempotency-Key": "k\tk"}, 400, "key-malformed", None),
    (
        "dispute-decision",
        b'{"outcome": "lowered", "owed": {"minor": 5}, "owed": {"minor": 6}}',
        KEY,
        400,
        "duplicate-key",
        "/owed",
    ),
    ("dispute-decision", {"outcome": "lowered", "owed": {"minor": 5, "x": 5}} | WHO, KEY, 422, "invalid", "/owed/x"),
    ("dispute-decision", b'{"outcome": NaN}', KEY, 400, "not-a-number", "/outcome"),
    ("dispute-decision", {"outcome": "lowered"} | WHO, KEY, 422, "invalid", "/owed"),
    ("dispute-decision", {"outcome": "lowered", "owed": {"minor": 1.5}} | WHO, KEY, 422, "invalid", "/owed/minor"),
    ("retry", {"incident": "other"} | WHO, KEY, 409, "nothing-to-retry", "/incident"),
    ("complaint-reply", {"level": "king", "answer": "a"} | WHO, KEY, 422, "invalid", "/level"),
    ("retry", [], KEY, 422, "invalid", ""),
    ("retry", {"incident": "x" * 70_000}, KEY, 413, "too-large", None),
]


@pytest.mark.parametrize(("name", "body", "headers", "status", "code", "pointer"), WRONG)
async def test_a_wrong_order_is_refused_with_the_field_and_a_hint(
    visit: Visit, host: FakeHost, name: str, body: Any, headers: dict[str, str], status: int, code: str, pointer: str
) -> None:
    async with visit() as client:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        plain = {"content-type": "application/json"} | headers
        answer = await client.post(f"{ORDER}/{name}", content=content, headers=plain)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["type"]) == (status, code, f"/errors/{code}")
    assert [fault["pointer"] for fault in problem["errors"]] == ([] if pointer is None else [pointer])
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["hint"]
    assert host.published == []


async def test_orders_for_nobody_and_orders_that_are_not_json_are_refused(visit: Visit, host: FakeHost) -> None:
    async with visit() as client:
        nobody = await client.post(f"/v1/requests/{UNKNOWN}/review-decision", json={"approve": True} | WHO, headers=KEY)
        form = await client.post(f"{ORDER}/retry", data={"incident": "charge:1"}, headers=KEY)
        plain = {"content-type": "application/json"} | KEY
        noise = [await client.post(f"{ORDER}/retry", content=raw, headers=plain) for raw in (b"\xff", b"", b"[" * 5000)]
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown-request")
    assert (form.status_code, form.json()["code"]) == (415, "not-json")
    assert {answer.status_code for answer in noise} == {400}
    assert [answer.json()["code"] for answer in noise] == ["not-utf8", "malformed", "too-deep"]
    assert host.published == []


async def test_one_key_stands_for_one_order(visit: Visit, host: FakeHost) -> None:
    async with visit() as client:
        await client.post(f"{ORDER}/review-decision", json={"approve": True} | WHO, headers=KEY)
        other = await client.post(f"{ORDER}/review-decision", json={"approve": False} | WHO, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert len(host.published) == 1


async def test_an_order_the_broker_did_not_take_can_be_sent_again(visit: Visit, host: FakeHost) -> None:
    host.broker_away = True
    async with visit() as client:
        away = await client.post(f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY)
        host.broker_away = False
        again = await client.post(f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY)
    assert (away.status_code, away.json()["code"], again.status_code) == (503, "broker-away", 202)


async def test_an_order_may_come_a_moment_before_the_console_knows_of_it(host: FakeHost, tape: Tape) -> None:
    known_in_a_moment = tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=UNKNOWN)
    app = FastAPI()
    prepare(app)
    host.settings = Settings.model_validate(OPEN)
    app.include_router(routes(host, FakeBroker(), patience_seconds=30))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console") as client:
        door = f"/v1/requests/{UNKNOWN}/review-decision"
        order = asyncio.create_task(client.post(door, json={"approve": True} | WHO, headers=KEY))
        await asyncio.to_thread(tape.play, known_in_a_moment)
        answer = await order
    assert answer.status_code == 202
