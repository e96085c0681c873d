"""What is due, for operators: every clock of a request, and across all requests what is late or due soon."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from contracts.flow import SERVICES, topic_name
from contracts.messages import commands
from contracts.words import Text
from policies.clocks.clock import Clock, Pause
from policies.clocks.of_request import clocks_of
from policies.clocks.words import OWED_BY, STATES, TITLES, state_of, title_of
from policies.pack import load
from runtime.envelope import decode
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from services.console.app import projection
from services.console.kept import clocks
from services.console.kept.deadlines import Deadlines, running
from services.console.kept.tables import DEADLINES
from tests.console.conftest import ACCEPTED, AUDIENCE, NOW, REQUEST, FakeHost, Tape
from tests.evidence import journeys
from tests.flow.system import System

Visit = Callable[..., httpx.AsyncClient]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACK = load("cn-carrier")


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    system.close()


def heard(system: System) -> list[Consumed]:
    """What the services said, in the order of its time."""
    records = [each for service in SERVICES for each in system.log[topic_name(service.writes)]]
    timed = sorted(records, key=lambda each: dict(each.headers)["ce_time"])
    return [Consumed(each, 0, offset, 0, "tuiding-console") for offset, each in enumerate(timed)]


def complained(system: System) -> str:
    request = journeys.disputed_and_given_back(system)
    for level in ("operator", "association"):
        system.say(commands.EscalateComplaint(request_id=request, channel="app", level=level, ground="late"))
        system.advance(journeys.SECOND)
    return request


STORIES = [*journeys.ALL, complained]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_no_running_clock_is_ever_missing_from_the_list(story: Any, system: System, tmp_path: Path) -> None:
    """After each event on its own: whatever the events say is running, the index names too."""
    request = story(system)
    store = Store(str(tmp_path), "console")
    console, told = projection(store, system.pack, "1"), []
    for consumed in heard(system):
        console.step((consumed,), (), system.now)
        event = decode(consumed.record)
        if event.message.request_id != request:
            continue
        told.append((datetime.fromisoformat(dict(consumed.record.headers)["ce_time"].decode()), event.message))
        latest = {clock.name: clock for clock in clocks_of(told, system.pack)}
        waiting = {name for name, each in latest.items() if each.met_at is None and not _nobody_waits(each, told)}
        rows = store.read(sa.select(DEADLINES))
        assert waiting <= {name for row in rows for name in running(Deadlines._make(row))}
    store.close()


def _nobody_waits(each: Clock, told: list[Any]) -> bool:
    lapsed = each.owed_by == "customer" and each.breached and any(message.ends for _, message in told)
    return each.owed_by == "nobody" or lapsed


def clock(**said: Any) -> Clock:
    usual = {"name": "quote-validity", "owed_by": "customer", "started": NOW - DAY, "due": NOW + 5 * DAY}
    return Clock.model_validate(usual | said)


STOOD = Pause(reason="information.required.v1", began=NOW - HOUR, ended=None)


@pytest.mark.parametrize(
    ("said", "ended", "state"),
    [
        ({}, False, "running"),
        ({"due": NOW + HOUR}, False, "hour"),
        ({"due": NOW + timedelta(hours=1, seconds=1)}, False, "today"),
        ({"due": NOW.replace(hour=15, minute=59)}, False, "today"),  # 23:59 of the same day in Shanghai
        ({"due": NOW.replace(hour=16)}, False, "running"),  # tomorrow there
        ({"due": NOW}, False, "late"),
        ({"due": NOW - DAY}, True, "lapsed"),
        ({"due": NOW - DAY, "owed_by": "carrier"}, True, "late"),
        ({"due": NOW - DAY, "paused_by": (STOOD,)}, False, "paused"),
        ({"met_at": NOW - HOUR, "met_by": "confirmation.given.v1"}, False, "kept"),
        ({"met_at": NOW - HOUR, "met_by": "x.v1", "breached": True}, True, "kept-late"),
        ({"met_at": NOW - HOUR, "met_by": "time"}, True, "over"),
    ],
)
def test_a_clock_is_late_or_due_or_done(said: dict[str, Any], ended: bool, state: str) -> None:
    assert state_of(clock(**said), NOW, PACK.zone, ended) == state


def test_every_clock_state_and_debtor_has_words_in_both_languages() -> None:
    for table in (TITLES, STATES, OWED_BY):
        assert all(text.zh and text.en for text in table.values())
    assert title_of(clock(name="complaint-answer:court")) == Text(zh="投诉答复（法院）", en="complaint answer (court)")
    assert title_of(clock(name="tea-time")).en == "tea-time"


QUOTE = {
    "lines": [],
    "total": {"minor": 0, "currency": "CNY"},
    "impacts": [],
    "clauses": [],
    "policy": "p",
    "version": 1,
}


def quoted(until: datetime) -> dict[str, Any]:
    moments = dict.fromkeys(("service_end", "charge_end", "valid_until"), until.isoformat())
    return {"audience": AUDIENCE, "quote": QUOTE | moments, "dates": {"requested": NOW.isoformat()}}


@pytest.mark.parametrize(
    ("until", "group"),
    [(-HOUR, "late"), (HOUR / 2, "hour"), (5 * HOUR, "today"), (3 * DAY, "")],
)
def test_what_is_due_across_requests_stands_in_its_group(
    host: FakeHost, tape: Tape, until: timedelta, group: str
) -> None:
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "quote.issued.v1", quoted(NOW + until), ce_time=(NOW - 2 * HOUR).isoformat()),
        tape.event("review", "request.approved.v1", {}),
    )
    found = clocks.due(host.store, PACK, NOW, host.pack_of)
    assert [(name, each["name"]) for name in clocks.GROUPS for each in found[name]] == (
        [(group, "quote-validity")] if group else []
    )


def test_a_yes_takes_the_quotes_deadline_off_the_list_whichever_comes_first(host: FakeHost, tape: Tape) -> None:
    yes = {"quote_version": 1, "clauses_acknowledged": True, "given_at": NOW.isoformat(), "proof": {}}
    said = tape.event("intake", "confirmation.given.v1", {"audience": AUDIENCE, **yes}, ce_time=NOW.isoformat())
    offer = tape.event("billing", "quote.issued.v1", quoted(NOW - HOUR), ce_time=(NOW - 2 * HOUR).isoformat())
    tape.play(said)
    tape.play(offer)
    assert not clocks.due(host.store, PACK, NOW, host.pack_of)["late"]


def test_noise_breaks_nothing_and_a_time_from_another_age_gives_way_to_the_brokers(host: FakeHost, tape: Tape) -> None:
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED, ce_time="9999-12-31T23:59:59+00:00"),
        tape.event("billing", "quote.issued.v1", {"quote": "noise"}),
        tape.event("billing", "fee.settled.v1", {"dates": {"promised": "soon"}}),
        tape.event("review", "review.referred.v1", {"decide_by": "0001-01-01T00:00:00"}),
    )
    [late] = clocks.due(host.store, PACK, NOW, host.pack_of)["late"]
    [own] = clocks.of_request(host.store, REQUEST, PACK, NOW)
    assert late["name"] == own["name"] == "review-decision"
    assert late["started"] == own["started"] == "2026-09-21T14:13:20Z", "when the broker got it"


@pytest.mark.asyncio
async def test_the_pages_and_their_json_show_the_clocks_in_both_languages(visit: Visit, tape: Tape) -> None:
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("billing", "quote.issued.v1", quoted(datetime.now(UTC) - DAY), ce_time="2026-10-01T08:00:00Z"),
    )
    async with visit() as client:
        listed = (await client.get("/v1/clocks")).json()
        own = (await client.get(f"/v1/requests/{REQUEST}")).json()
        pages = [(await client.get(path)).text for path in ("/?lang=zh", "/?lang=en", f"/requests/{REQUEST}?lang=en")]
    assert [(each["request_id"], each["name"]) for each in listed["late"]][-1] == (REQUEST, "quote-validity")
    assert {each["name"] for each in own["clocks"]} >= {"quote-validity"}
    assert own["request"]["ended_at"] is None
    for text, page in zip(("费用确认单有效期", "quote validity", "quote validity"), pages, strict=True):
        assert text in page


def test_a_hundred_late_requests_are_listed_and_more_is_said(host: FakeHost, tape: Tape) -> None:
    for number in range(clocks.MOST_SHOWN + 5):
        own = f"{number:08d}-1111-4111-8111-111111111111"
        at = (NOW - 2 * HOUR).isoformat()
        tape.play(tape.event("billing", "quote.issued.v1", quoted(NOW - HOUR), request_id=own, ce_time=at))
    found = clocks.due(host.store, PACK, NOW, host.pack_of)
    assert (len(found["late"]), found["more"]) == (clocks.MOST_SHOWN, True)
