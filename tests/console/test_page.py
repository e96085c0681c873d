"""The console as an operator meets it: the page, its JSON, and the orders."""

import asyncio
import shlex
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import typer
from fastapi import FastAPI

from policies.pack import Pack
from runtime.cli import application
from runtime.connect import BrokerAway
from runtime.envelope import decode
from runtime.lag import Lag
from services.console import acting
from services.console.door import routes
from tests.console.conftest import ACCEPTED, AUDIENCE, REQUEST, FakeHouse, Tape, lags

pytestmark = pytest.mark.asyncio
Visit = Callable[..., httpx.AsyncClient]
WHO = {"operator": "op-7", "reason": "checked by phone"}
KEY = {"Idempotency-Key": "k1"}
UNKNOWN = "22222222-2222-4222-8222-222222222222"
ORDER = f"/v1/requests/{REQUEST}"


@pytest.fixture(autouse=True)
def story(tape: Tape) -> None:
    incident = {"incident": "charge:1", "operation": "charge", "code": "refused", "detail": "limit"}
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "attention.required.v1", incident),
        tape.letter(),
    )


@pytest.mark.parametrize(
    ("language", "headers", "title"),
    [
        ("?lang=zh", {}, "待人工处理"),
        ("?lang=en", {"accept-language": "zh-CN"}, "Waiting for a person"),
        ("", {"accept-language": "zh-CN,en"}, "待人工处理"),
        ("?lang=fr", {}, "Waiting for a person"),
    ],
)
async def test_the_page_speaks_chinese_and_english(
    visit: Visit, language: str, headers: dict[str, str], title: str
) -> None:
    async with visit() as client:
        page = await client.get(f"/{language}", headers=headers)
    assert title in page.text
    assert page.status_code == 200


async def test_the_page_shows_requests_topics_attention_and_dead_letters(visit: Visit) -> None:
    async with visit() as client:
        page = (await client.get("/?lang=en")).text
        seen = (await client.get("/v1/overview")).json()
    for expected in (
        "in review",
        "charge:1",
        "cancellation.intake",
        "breaks-contract",
        "tuiding retry",
        "tuiding dead-letters redrive",
    ):
        assert expected in page
    assert [(row["stage"], row["channel"], row["requests"]) for row in seen["board"]] == [("in-review", "app", 1)]
    assert seen["topics"][0]["end"] == 10
    assert seen["topics"][0]["groups"] == [{"group": "review", "behind": 5, "started": True}]


async def test_a_broker_that_is_away_is_a_sentence_on_the_page(visit: Visit) -> None:
    def away(bootstrap: str, wait_seconds: float) -> list[Lag]:
        raise BrokerAway(f"No Kafka broker answers at {bootstrap}.")

    async with visit(away) as client:
        page = await client.get("/?lang=en")
    assert page.status_code == 200
    assert "No Kafka broker answers at nowhere:9092." in page.text


@pytest.mark.parametrize("path", ["/", "/requests", f"/requests/{REQUEST}", "/requests/nobody", "/static/console.js"])
async def test_every_page_allows_only_its_own_scripts_and_styles(visit: Visit, path: str) -> None:
    async with visit() as client:
        page = await client.get(path)
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert " style=" not in page.text
    assert "<script>" not in page.text
    assert "://" not in page.text.replace("http://console", "")


async def test_whatever_a_record_says_is_text_on_the_page(visit: Visit, tape: Tape) -> None:
    evil = "<script>alert(1)</script>"
    audience = {**AUDIENCE, "masked_number": evil, "channel": evil}
    tape.play(
        tape.event("intake", "request.accepted.v1", {"audience": audience}, request_id=evil, ce_channel=evil),
        tape.event("intake", f"{evil}.v1", {"x": evil}, ce_source=f"/{evil}", ce_causationid=evil),
        tape.event("intake", "attention.required.v1", {"incident": evil, "code": evil, "detail": evil}),
        tape.letter(x_error_message=evil, x_error_code=evil, x_original_topic=evil),
    )
    async with visit() as client:
        pages = [await client.get(path) for path in ("/", "/requests", f"/requests/{REQUEST}", f"/requests?id={evil}")]
    for page in pages:
        assert evil not in page.text
    assert all(page.status_code in (200, 303) for page in pages)


async def test_a_timeline_shows_where_each_event_lies_and_what_caused_it(visit: Visit) -> None:
    async with visit() as client:
        found = await client.get("/requests", params={"id": REQUEST, "lang": "zh"}, follow_redirects=True)
        told = (await client.get(ORDER)).json()
    assert "申请已受理" in found.text
    assert "cancellation.intake[0]@0" in found.text
    first = told["events"][0]
    assert (first["service"], first["cause"], first["body"]["application"]["kind"]) == ("intake", "the-cause", "line")


async def test_the_edition_in_force_and_the_one_a_request_keeps_are_shown(visit: Visit, tape: Tape, pack: Pack) -> None:
    accepted = {"application": {"kind": "line", "policy": "demo@2025.1+0123456789ab"}}
    other = UNKNOWN
    tape.play(tape.event("intake", "request.accepted.v1", accepted, request_id=other))
    async with visit() as client:
        overview, told = (await client.get("/")).text, (await client.get("/v1/overview")).json()
        page, one = (await client.get(f"/requests/{other}")).text, (await client.get(f"/v1/requests/{other}")).json()
    assert pack.id in overview and told["policy"] == pack.id
    assert one["policy"] in page and one["policy"] == "demo@2025.1+0123456789ab"


async def test_the_same_as_json_can_be_narrowed(visit: Visit) -> None:
    async with visit() as client:
        here = await client.get("/v1/requests?stage=in-review&channel=app&limit=1")
        none = await client.get("/v1/requests?stage=quoted")
        wrong = await client.get("/v1/requests?limit=0")
        waits = (await client.get("/v1/attention")).json()["attention"]
    assert [row["request_id"] for row in here.json()["requests"]] == [REQUEST]
    assert none.json() == {"requests": []}
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/query/limit")
    assert waits[0]["act"] == f"tuiding retry {REQUEST} charge:1 --operator YOU --reason WHY"
    assert waits[0]["incident"] == "charge:1"


# ---- orders ----------------------------------------------------------------------------------------------------------

ORDERS = [
    ("review-decision", {"approve": True}, "review.decided.v1"),
    ("dispute-decision", {"outcome": "lowered", "owed": {"minor": 5, "currency": "CNY"}}, "dispute.decided.v1"),
    ("retry", {"incident": "charge:1"}, "retry.ordered.v1"),
    ("complaint-reply", {"level": "court", "answer": "letter-9"}, "complaint.replied.v1"),
]


@pytest.mark.parametrize(("name", "body", "kind"), ORDERS)
async def test_an_order_is_published_for_all_services_to_read(
    visit: Visit, house: FakeHouse, name: str, body: dict[str, Any], kind: str
) -> None:
    async with visit() as client:
        answers = [await client.post(f"{ORDER}/{name}", json=body | WHO, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    first, again = [decode(record) for record in house.published]
    assert first.id == again.id == answers[0].json()["event"]
    assert (first.message.type, house.published[0].topic) == (kind, "cancellation.ops")
    assert first.message.model_dump(mode="json", include=body.keys() | WHO.keys()) == body | WHO


WRONG = [
    ("review-decision", {"approve": "yes"} | WHO, KEY, 422, "invalid", "/approve"),
    ("review-decision", WHO, KEY, 422, "invalid", "/approve"),
    ("review-decision", {"approve": True, "colour": 1} | WHO, KEY, 422, "invalid", "/colour"),
    ("review-decision", {"approve": True, "operator": "op-7", "reason": "no"}, KEY, 422, "invalid", "/reason"),
    ("review-decision", {"approve": True, "request_id": UNKNOWN} | WHO, KEY, 422, "invalid", "/request_id"),
    ("review-decision", {"approve": True} | WHO, {}, 400, "key-missing", None),
    ("dispute-decision", {"outcome": "lowered"} | WHO, KEY, 422, "invalid", "/owed"),
    ("dispute-decision", {"outcome": "lowered", "owed": {"minor": 1.5}} | WHO, KEY, 422, "invalid", "/owed/minor"),
    ("retry", {"incident": "other"} | WHO, KEY, 409, "nothing-to-retry", "/incident"),
    ("complaint-reply", {"level": "king", "answer": "a"} | WHO, KEY, 422, "invalid", "/level"),
    ("retry", [], KEY, 400, "malformed", None),
    ("retry", {"incident": "x" * 20_000}, KEY, 413, "too-large", None),
]


@pytest.mark.parametrize(("name", "body", "headers", "status", "code", "pointer"), WRONG)
async def test_a_wrong_order_is_refused_with_the_field_and_a_hint(
    visit: Visit, house: FakeHouse, name: str, body: Any, headers: dict[str, str], status: int, code: str, pointer: str
) -> None:
    async with visit() as client:
        answer = await client.post(f"{ORDER}/{name}", json=body, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem.get("pointer")) == (status, code, pointer)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["hint"]
    assert house.published == []


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/v1/requests/a%00", "/request_id"),
        ("/v1/requests?stage=%00", "/stage"),
        ("/v1/requests?channel=app%00", "/channel"),
        ("/v1/dead-letters?state=%00", "/state"),
    ],
)
async def test_a_zero_byte_is_no_database_that_is_away(visit: Visit, path: str, pointer: str) -> None:
    async with visit() as client:
        answer, page = await client.get(path), await client.get("/requests?id=%00")
    assert (answer.status_code, answer.json()["code"], answer.json()["pointer"]) == (422, "invalid", pointer)
    assert page.status_code == 422 and "text/html" in page.headers["content-type"]


async def test_orders_for_nobody_and_orders_that_are_not_json_are_refused(visit: Visit, house: FakeHouse) -> None:
    async with visit() as client:
        nobody = await client.post(f"/v1/requests/{UNKNOWN}/review-decision", json={"approve": True} | WHO, headers=KEY)
        form = await client.post(f"{ORDER}/retry", data={"incident": "charge:1"}, headers=KEY)
        plain = {"content-type": "application/json"} | KEY
        noise = [await client.post(f"{ORDER}/retry", content=raw, headers=plain) for raw in (b"\xff", b"", b"[" * 5000)]
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown-request")
    assert (form.status_code, form.json()["code"]) == (415, "not-json")
    assert {(answer.status_code, answer.json()["code"]) for answer in noise} == {(400, "malformed")}
    assert house.published == []


async def test_one_key_stands_for_one_order(visit: Visit, house: FakeHouse) -> None:
    async with visit() as client:
        await client.post(f"{ORDER}/review-decision", json={"approve": True} | WHO, headers=KEY)
        other = await client.post(f"{ORDER}/review-decision", json={"approve": False} | WHO, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")
    assert len(house.published) == 1


async def test_an_order_the_broker_did_not_take_can_be_sent_again(visit: Visit, house: FakeHouse) -> None:
    house.broker_away = True
    async with visit() as client:
        away = await client.post(f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY)
        house.broker_away = False
        again = await client.post(f"{ORDER}/retry", json={"incident": "charge:1"} | WHO, headers=KEY)
    assert (away.status_code, away.json()["code"], again.status_code) == (503, "broker-away", 202)


# ---- dead letters ----------------------------------------------------------------------------------------------------


async def place(client: httpx.AsyncClient, state: str = "open") -> str:
    return str((await client.get(f"/v1/dead-letters?state={state}")).json()["dead_letters"][0]["place"])


async def test_a_redrive_sends_the_original_back_where_it_came_from_once(visit: Visit, house: FakeHouse) -> None:
    async with visit() as client:
        door = f"/v1/dead-letters/{await place(client)}/redrive"
        dry = await client.post(door, json=WHO | {"dry_run": True})
        sent = await client.post(door, json=WHO)
        twice = await client.post(door, json=WHO)
    assert (dry.status_code, dry.json()["state"], dry.json()["topic"]) == (200, "open", "cancellation.commands")
    assert (sent.status_code, twice.status_code, twice.json()["code"]) == (202, 409, "already-redriven")
    (record,) = house.published
    assert (record.topic, record.key, record.value) == ("cancellation.commands", REQUEST.encode(), b'{"noise": 1}')
    assert list(record.headers) == [("ce_id", b"the-original"), ("x-channel", b"its own"), ("x-redrive-count", b"1")]


@pytest.mark.parametrize(("code", "group"), [("decision-failed", b"tuiding-review"), ("unknown-type", None)])
async def test_only_who_took_it_in_before_it_failed_is_told_to_decide_it_anew(
    visit: Visit, house: FakeHouse, tape: Tape, code: str, group: bytes | None
) -> None:
    """What several services could not read keeps its id, so each decides it once, however many letters are redriven."""
    letter = tape.letter("review", "cancellation.intake", **{"x-error-code": code})
    tape.play(letter)
    async with visit() as client:
        assert (await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO)).status_code == 202
    assert dict(house.published[0].headers).get("x-redrive-group") == group


async def test_what_was_nothing_goes_back_as_nothing(visit: Visit, house: FakeHouse, tape: Tape) -> None:
    letter = tape.letter(**{"x-original-value": "null"})
    tape.play(letter)
    async with visit() as client:
        await client.post(f"/v1/dead-letters/{letter.place}/redrive", json=WHO)
    assert house.published[0].value is None


async def test_what_fails_again_can_be_redriven_again(visit: Visit, house: FakeHouse, tape: Tape) -> None:
    async with visit() as client:
        await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
        tape.play(tape.letter(x_redrive_count="1"))
        again = await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
    assert (again.status_code, again.json()["redrive_count"]) == (202, 2)


async def test_a_redrive_the_broker_did_not_take_stays_open(visit: Visit, house: FakeHouse) -> None:
    house.broker_away = True
    async with visit() as client:
        answer = await client.post(f"/v1/dead-letters/{await place(client)}/redrive", json=WHO)
        assert await place(client, "open")
    assert answer.status_code == 503


async def test_a_discarded_letter_is_kept_and_never_redriven(visit: Visit, house: FakeHouse) -> None:
    async with visit() as client:
        where = await place(client)
        dry = await client.post(f"/v1/dead-letters/{where}/discard", json=WHO | {"dry_run": True})
        done = await client.post(f"/v1/dead-letters/{where}/discard", json=WHO)
        redriven = await client.post(f"/v1/dead-letters/{where}/redrive", json=WHO)
        kept = (await client.get("/v1/dead-letters?state=discarded")).json()["dead_letters"][0]
    assert (dry.json()["state"], done.json()["state"]) == ("open", "discarded")
    assert (redriven.status_code, redriven.json()["code"]) == (409, "already-discarded")
    assert (kept["operator"], kept["decision"]) == ("op-7", "checked by phone")


@pytest.mark.parametrize("topic", ["alarm", "answer", "someone.elses", "cancellation.intake.dead-letter"])
async def test_only_what_came_from_a_topic_of_ours_goes_back(
    visit: Visit, house: FakeHouse, tape: Tape, topic: str
) -> None:
    late = tape.letter(topic=topic, **{"x-failed-at": "2027-01-01T00:00:00+00:00"})
    tape.play(late)
    async with visit() as client:
        answer = await client.post(f"/v1/dead-letters/{late.place}/redrive", json=WHO)
        missing = await client.post("/v1/dead-letters/nowhere/redrive", json=WHO)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-redrivable")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown-dead-letter")
    assert house.published == []


@pytest.mark.parametrize("incident", ["review-decision", "dispute-answer", "complaint-court", "charge:1; rm -rf x"])
async def test_the_command_on_the_page_is_one_the_command_line_knows(incident: str) -> None:
    words = shlex.split(acting.attend(REQUEST, incident))
    command: Any = typer.main.get_command(application())
    context = command.make_context("tuiding", words[1:], resilient_parsing=True)
    found, rest = command, words[1:]
    while hasattr(found, "commands"):
        found, rest = found.commands[rest[0]], rest[1:]
    found.make_context("tuiding", rest, parent=context)


async def test_an_order_may_come_a_moment_before_the_console_knows_of_it(house: FakeHouse, tape: Tape) -> None:
    known_in_a_moment = tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=UNKNOWN)
    app = FastAPI()
    app.include_router(routes(house, lags, patience_seconds=30))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console") as client:
        door = f"/v1/requests/{UNKNOWN}/review-decision"
        order = asyncio.create_task(client.post(door, json={"approve": True} | WHO, headers=KEY))
        await asyncio.to_thread(tape.play, known_in_a_moment)
        answer = await order
    assert answer.status_code == 202


async def test_an_address_nobody_serves_is_a_problem_too(visit: Visit) -> None:
    async with visit() as client:
        nowhere = await client.get("/v1/nowhere")
        not_so = await client.get(f"{ORDER}/retry")
    assert (nowhere.status_code, not_so.status_code) == (404, 405)
    assert nowhere.headers["content-type"] == not_so.headers["content-type"] == "application/problem+json"
