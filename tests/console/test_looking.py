"""The strip, the verdicts and the search: what is wrong is said, worst first; a request is found by what one has."""

import asyncio
import html
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.health import Heartbeat, SystemSeen, WaitingCall
from policies.pack import Pack
from runtime.envelope import Record
from runtime.kafka.connect import BrokerAway
from runtime.kafka.lag import Lag
from runtime.kafka.record_times import watched
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from services.console import door
from services.console.app import projection
from services.console.kept import search
from services.console.kept.search import Wish
from services.console.kept.stage_seconds import Stages, collected
from services.console.kept.tables import DEADLINES, MONEY, READ_MODEL, REQUESTS
from services.console.kept.tally import Request
from services.console.showing.topic_views import SHOWN, latest
from services.console.watched.behind import Point, clears_in, verdict
from services.console.watched.findings import Waiting, findings
from services.console.watched.pace import Pace
from services.console.watched.systems import systems
from services.console.watched.watch import Watch
from tests.console.conftest import ACCEPTED, AUDIENCE, REQUEST, UNKNOWN, FakeBroker, FakeHost, Tape, Visit

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
NOTHING = Waiting()


def beat(service: str = "notify", seconds_ago: float = 1, **more: Any) -> Heartbeat:
    at = NOW - timedelta(seconds=seconds_ago)
    return Heartbeat(service=service, worker=more.pop("worker", "1"), version="1", started=at, at=at, **more)


def away(in_a_row: int) -> SystemSeen:
    since = NOW - timedelta(minutes=7)
    return SystemSeen(
        system="messaging",
        failed=9,
        failed_in_a_row=in_a_row,
        failing_since=since,
        last_error="send: HTTP 503",
        waiting=175,
    )


def kinds(waiting: Waiting = NOTHING, workers: list[Heartbeat] | None = None, broker: str = "") -> list[str]:
    return [each.kind for each in findings(waiting, workers or [], [], broker, None, NOW)]


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        ([beat()], []),
        ([beat(systems=(away(2),))], []),
        ([beat(systems=(away(3),))], ["carrier"]),
        ([beat(systems=(away(3),)), beat(worker="2", systems=(away(0),))], ["carrier"]),
        ([beat(seconds_ago=20)], ["silent"]),
        ([beat(seconds_ago=20), beat(worker="2")], ["slow"]),
        ([beat(seconds_ago=3600), beat(worker="2")], []),
        ([beat(kept_back=2)], ["kept-back"]),
        ([beat(slowed=("/channels/web on cancellation.commands.web",))], ["flood"]),
        ([beat(crowding=("/channels/web on cancellation.commands.web",))], ["flood"]),
        ([beat("intake", early={"web on cancellation.commands.web": 100})], ["flood"]),
        ([beat("intake", early={"web on cancellation.commands.web": 99})], []),
    ],
)
def test_what_the_heartbeats_tell_is_said(workers: list[Heartbeat], expected: list[str]) -> None:
    assert kinds(workers=workers) == expected


def test_of_a_flood_the_strip_names_who_sends_it_in_words_of_the_page() -> None:
    beats = [beat(slowed=("/channels/x on t", "y on u", "z on v"), early={"web on cancellation.commands.web": 1000})]
    slowed, early = (each.detail for each in findings(NOTHING, beats, [], "", None, NOW))
    assert slowed.en == "`/channels/x` on `t`, `y` on `u` and 1 more; all others go on"
    assert slowed.zh == "`/channels/x`（`t`）、`y`（`u`），另有 1 个；其余照常"
    assert early.en == "`web` on `cancellation.commands.web`: 1000 requests"
    assert early.zh == "`web`（`cancellation.commands.web`）：1000 件"


@pytest.mark.parametrize(("skew", "expected"), [(3_600.0, ["clock"]), (-3_600.0, ["clock"]), (5.0, [])])
def test_a_worker_whose_clock_is_an_hour_off_is_named(skew: float, expected: list[str]) -> None:
    found = findings(NOTHING, [beat()], [], "", None, NOW, {"notify/1": skew})
    assert [each.kind for each in found] == expected
    assert all("1 h" in each.title.en and "1小时" in each.title.zh for each in found)


def _found(lags: list[Lag], bootstrap: str, wait_seconds: float) -> list[Lag]:
    return lags


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
@pytest.mark.asyncio
async def test_whoever_beats_is_not_silent_and_no_stamp_makes_a_record_older_than_we_saw(off: timedelta) -> None:
    """The clocks of workers and publishers are an hour off; ours never runs back."""
    broker, moment = FakeBroker(), [NOW]
    watch = Watch(broker, lambda: (moment[0] - NOW).total_seconds(), lambda: moment[0])
    for number in range(3):
        moment[0] = NOW + timedelta(seconds=10 * number)
        end = 8 + number  # what is unread from the second look on came after the first
        found = [Lag("cancellation.intake", 0, "tuiding-review", 8, end)]
        broker.ask = partial(_found, found)
        broker.unread_since = moment[0] + off
        broker.workers = {"notify/1": beat().model_copy(update={"at": moment[0] + off})}
        await watch.now()
        while watch._asking is not None:
            await asyncio.sleep(0.001)
    seen = watch.seen
    assert findings(NOTHING, seen.workers.values(), [], "", None, moment[0], seen.skews)[0].kind == "clock"
    assert seen.behind["cancellation.intake", "review"].seconds <= 20


def test_a_record_is_as_old_as_the_looks_between_which_it_came() -> None:
    place = ("cancellation.intake", 0)
    ends = [(0.0, {place: 5}), (2.0, {place: 5}), (4.0, {place: 9}), (6.0, {place: 9})]
    assert watched(ends, place, 7) == (2.0, 4.0)
    assert watched(ends, place, 3) == (6.0, float("inf"))


def test_the_worst_is_said_first_and_nobody_is_called_silent_who_cannot_be_heard() -> None:
    waiting = Waiting(late=1, person={"review": 2}, letters=3, database_problem="OperationalError")
    workers = [beat(systems=(away(3),)), beat("billing", 20)]
    assert kinds(waiting, workers) == ["database", "carrier", "silent", "late", "person", "letters"]
    assert kinds(waiting, workers, "No broker.") == ["database", "broker", "carrier", "late", "person", "letters"]


def test_an_outage_is_told_with_since_when_and_how_many_wait() -> None:
    (found,) = findings(Waiting(), [beat(systems=(away(3),))], [], "", None, NOW)
    assert (found.waiting, found.since) == (175, NOW - timedelta(minutes=7))
    assert "send: HTTP 503" in found.detail.en and "消息" not in found.title.en


def points(*looks: tuple[int, int, float]) -> list[Point]:
    """(read, end, seconds behind), two seconds apart."""
    return [Point(2.0 * number, read, end, end - read, seconds) for number, (read, end, seconds) in enumerate(looks)]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([(5, 5, 0)] * 6, "ok"),
        ([(5, 8, float(each)) for each in range(6)], "stalled"),
        ([(5, 8, float(each)) for each in range(3)], "ok"),
        ([(each, each + 1, 0.5) for each in range(6)], "ok"),
        ([(each, 4 * each + 9, 6.0 + each) for each in range(6)], "slow"),
        ([(5, 8, 9.0), (8, 8, 0.0), (8, 9, 1.0), (8, 9, 3.0), (8, 9, 5.0), (8, 9, 7.0)], "ok"),
    ],
)
def test_a_verdict_needs_no_threshold_to_set(looks: list[tuple[int, int, float]], expected: str) -> None:
    assert verdict(points(*looks, *looks[-1:])) == expected


def test_the_time_to_clear_is_what_lies_there_by_what_is_won() -> None:
    assert clears_in(points((0, 100, 9.0), (20, 110, 9.0))) == pytest.approx(90 / 5)
    assert clears_in(points((0, 100, 9.0), (1, 110, 9.0))) is None


def test_the_age_of_the_oldest_unread_record_is_looked_up_once_while_a_group_stands_still() -> None:
    looks = list[dict[Any, int]]()

    class Counting(FakeBroker):
        def times(self, wanted: Any) -> dict[Any, int]:
            looks.append(dict(wanted))
            return super().times(wanted)

    broker, clock = Counting(), iter(range(0, 1000, 3))
    broker.unread_since = datetime.now(UTC) - timedelta(seconds=220)
    watch = Watch(broker, lambda: float(next(clock)))

    async def look() -> None:
        for _ in range(3):
            await watch.now()
            await asyncio.sleep(0)
            while watch._asking is not None:
                await asyncio.sleep(0.01)

    asyncio.run(look())
    assert looks == [{("cancellation.intake", 0): 5, ("cancellation.intake", 1): -1}]
    assert 220 <= watch.seen.behind["cancellation.intake", "review"].seconds < 230


@pytest.mark.asyncio
async def test_a_thousand_viewers_ask_the_broker_once(
    visit: Visit, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "Watch", lambda broker: Watch(broker, lambda: 1000.0))
    async with visit() as client:
        for _ in range(20):
            await client.get("/topics")
    assert broker.asked == 1


@pytest.mark.parametrize(
    ("services", "titles"),
    [
        (("intake", "review"), ["Intake is silent", "Review is silent"]),
        (("intake", "review", "notify"), ["3 services are silent"]),
    ],
)
def test_many_services_that_are_silent_are_one_line(services: tuple[str, ...], titles: list[str]) -> None:
    found = findings(NOTHING, [beat(each, 60 - at) for at, each in enumerate(services)], [], "", None, NOW)
    assert [each.title.en for each in found] == titles
    assert len(services) <= 2 or (found[0].detail.en, found[0].since) == (
        "Intake, Review, Notify",
        NOW - timedelta(seconds=60),
    )


def test_of_several_workers_the_one_that_waits_longest_says_how_long_a_system_takes() -> None:
    seen = away(17)
    workers = [
        beat(systems=(seen,), p95_ms={"messaging": 40}),
        beat(worker="2", systems=(seen,), p95_ms={"messaging": 480}, resting=("messaging",)),
    ]
    [messaging] = systems(workers)
    assert (messaging.p95, messaging.resting) == (0.48, 1)
    [unknown] = systems([beat(systems=(seen,))])  # an older build says nothing of either
    assert (unknown.p95, unknown.resting) == (0.0, 0)


# ---- finding a request -----------------------------------------------------------------------------------------------


@pytest.fixture
def two(tape: Tape) -> Tape:
    other = {"audience": AUDIENCE | {"subscription": "sub-other0002", "masked_number": "139****5678"}}
    application = {"application": {"kind": "line", "reason": "price"}}
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED | {"application": {"kind": "line", "reason": "moving"}}),
        tape.event("intake", "request.accepted.v1", other | application, request_id=UNKNOWN, ce_channel="web"),
        tape.event("review", "review.referred.v1", request_id=UNKNOWN),
    )
    return tape


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (Wish(), [UNKNOWN, REQUEST]),
        (Wish(order="oldest"), [REQUEST, UNKNOWN]),
        (Wish("sub-line0001"), [REQUEST]),
        (Wish("5678"), [UNKNOWN]),
        (Wish("13900005678"), [UNKNOWN]),
        (Wish(REQUEST), [REQUEST]),
        (Wish("2222"), [UNKNOWN]),
        (Wish("22222222-2222"), [UNKNOWN]),
        (Wish("%"), []),
        (Wish(stage="referred"), [UNKNOWN]),
        (Wish(stage="open", reason="moving"), [REQUEST]),
        (Wish(waits="review"), [UNKNOWN]),
        (Wish(waits="dispute"), []),
        (Wish(waits="messaging"), [REQUEST]),
        (Wish(late="yes"), []),
        (Wish(after="nonsense.x"), [UNKNOWN, REQUEST]),
        (Wish(order="quiet"), [REQUEST, UNKNOWN]),
        (Wish(order="latest", after="nonsense.x"), [UNKNOWN, REQUEST]),
        (Wish(order="subscription"), [REQUEST, UNKNOWN]),
        (Wish(order="subscription-last"), [UNKNOWN, REQUEST]),
        (Wish(order="nobody knows it"), [UNKNOWN, REQUEST]),
    ],
)
def test_a_request_is_found_by_what_one_has(two: Tape, store: Store, wish: Wish, found: list[str]) -> None:
    assert [row["request_id"] for row in search.find(store, wish, [REQUEST]).rows] == found


def test_pages_follow_each_other_without_a_gap(two: Tape, store: Store) -> None:
    first = search.find(store, Wish(), limit=1)
    second = search.find(store, Wish(after=first.after), limit=1)
    assert [first.rows[0]["request_id"], second.rows[0]["request_id"]] == [UNKNOWN, REQUEST]
    assert (first.total, second.after) == (2, "")


@pytest.mark.asyncio
async def test_one_search_leads_from_a_subscription_to_its_request(visit: Visit, two: Tape) -> None:
    async with visit() as client:
        answer = await client.get("/requests?q=sub-line0001&lang=zh")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/requests/{REQUEST}?lang=zh")
        exported = (await client.get("/requests.json?stage=referred")).json()["requests"]
    assert [each["request_id"] for each in exported] == [UNKNOWN]


def test_the_read_model_is_made_again_from_the_events_when_it_is_another_version(
    two: Tape, store: Store, pack: Pack
) -> None:
    tables = (REQUESTS, DEADLINES, MONEY)
    before = [sorted(map(tuple, store.read(sa.select(table)))) for table in tables]
    with store.transaction() as tx:
        tx.execute(sa.text("drop index requests_by_reason"))
        tx.execute(sa.text("alter table requests drop column reason"))
        tx.execute(sa.update(READ_MODEL).values(version=1))
    projection(store, pack, "1")
    assert [sorted(map(tuple, store.read(sa.select(table)))) for table in tables] == before


# ---- the pages -------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_every_page_says_what_is_wrong_and_a_request_says_whose_turn_it_is(
    visit: Visit, broker: FakeBroker, two: Tape
) -> None:
    now = datetime.now(UTC)
    call = WaitingCall(request_id=REQUEST, operation="send", attempt=17, problem="send: HTTP 503", next_try=now)
    broker.workers = {"notify/1": beat(systems=(away(17),), waiting_calls=(call,)).model_copy(update={"at": now})}
    async with visit() as client:
        for path in ("/", "/requests", "/topics", "/work", "/dead-letters", "/carrier", "/workers"):
            page = (await client.get(f"{path}?lang=en")).text
            assert "Messaging does not answer" in page and "175 calls wait" in page, path
        page = (await client.get(f"/requests/{REQUEST}?lang=en")).text
        assert "It is that system&#39;s turn" in page and "17 tries" in page
        chinese = (await client.get(f"/requests/{UNKNOWN}?lang=zh")).text
    assert "现在轮到我们" in chinese and "通过" in chinese and "拒绝" in chinese


@pytest.mark.asyncio
async def test_records_of_a_topic_are_shown_masked_and_as_text(visit: Visit, broker: FakeBroker) -> None:
    evil = b'{"x": "<script>13812345678</script>"}'
    broker.held = [Consumed(Record("cancellation.intake", b"<b>", evil, [("ce_type", b"<i>")]), 0, 0, 0, "")]
    async with visit() as client:
        page = (await client.get("/topics/cancellation.intake?lang=en")).text
        nowhere = await client.get("/topics/other")
    assert "138****5678" in page and "&lt;script&gt;" in page and "<script>13" not in page and "<i>" not in page
    assert nowhere.status_code == 404


@pytest.mark.asyncio
@pytest.mark.parametrize("language", ["zh", "en"])
async def test_what_the_strip_says_is_late_leads_to_what_is_late(visit: Visit, tape: Tape, language: str) -> None:
    tape.play(
        tape.event("intake", "request.accepted.v1", ACCEPTED),
        tape.event("termination", "termination.late.v1"),
        tape.event("intake", "request.accepted.v1", ACCEPTED, request_id=UNKNOWN),
    )
    async with visit() as client:
        page = (await client.get("/", params={"lang": language})).text
        strip = page[page.index('id="strip"') : page.index("<main")]
        [address] = [html.unescape(each) for each in re.findall(r'href="(/requests[^"]*)"', strip)]
        found = (await client.get(address)).text
    assert f"/requests/{REQUEST}" in found and f"/requests/{UNKNOWN}" not in found
    assert f'<html lang="{language}">' in found


async def test_a_broker_that_is_away_is_said_on_every_page_with_since_when(visit: Visit) -> None:
    def gone(bootstrap: str, wait_seconds: float) -> list[Lag]:
        raise BrokerAway("Nobody answers.")

    async with visit(gone) as client:
        page = (await client.get("/work?lang=en")).text
    assert "The broker does not answer" in page and "since" in page


@pytest.mark.asyncio
async def test_what_waits_for_a_system_is_found_by_programs_too(visit: Visit, two: Tape, broker: FakeBroker) -> None:
    call = WaitingCall(request_id=UNKNOWN, operation="send", attempt=9, problem="HTTP 503", next_try=NOW)
    at = datetime.now(UTC)
    broker.workers = {"notify/1": beat(waiting_calls=(call,), systems=(away(3),)).model_copy(update={"at": at})}
    async with visit() as client:
        found = (await client.get("/v1/requests?waits=messaging")).json()["requests"]
        nobody = (await client.get("/v1/requests?waits=crm")).json()["requests"]
    assert [each["request_id"] for each in found] == [UNKNOWN]
    assert nobody == []


@pytest.mark.asyncio
async def test_a_letter_that_was_dealt_with_can_still_have_its_original_erased(visit: Visit, tape: Tape) -> None:
    tape.play(tape.letter())
    async with visit() as client:
        place = (await client.get("/v1/dead-letters")).json()["dead_letters"][0]["place"]
        order = {"what": "discard", "place": place, "operator": "op-7", "reason": "checked"}
        await client.post("/orders/letters", data=order)
        page = (await client.get("/dead-letters?lang=en")).text
        dialog = (await client.get("/orders/letters", params={"what": "erase", "place": place, "lang": "en"})).text
    dealt_with = page.partition('id="done"')[2]
    assert f'value="{place}"' in dealt_with and 'value="erase"' in dealt_with
    assert "will be erased" in dialog


@pytest.mark.asyncio
async def test_prometheus_hears_how_far_behind_and_what_waits(visit: Visit, two: Tape, host: FakeHost) -> None:
    async with visit() as client:
        await client.get("/")
        await client.get("/topics")
    (measured,) = host.measured
    found = {(each.name, *each.labels.values()): each.value for family in measured.collect() for each in family.samples}
    assert found["tuiding_lag_records", "tuiding-review", "cancellation.intake"] == 5
    assert found["tuiding_incidents_open", "review"] == 1
    assert found["tuiding_requests_open", "referred"] == 1
    assert found["tuiding_clocks_late",] == 2  # both were promised long ago


def test_how_long_a_stage_took_is_observed_once_and_not_when_it_is_read_again() -> None:
    def observed() -> float:
        samples = [each for family in collected() for each in family.samples]
        return sum(each.value for each in samples if each.name.endswith("_sum") and each.labels["stage"] == "quoted")

    quoted = Request(REQUEST, "", "", "", "", "quoted", "", "", 0, 0, "", 0, "[]", False, "", "", 0)
    confirmed, before = quoted._replace(stage="confirmed"), observed()
    for stages in (Stages(), Stages(observed=False)):
        stages.moved(None, quoted, 1_000_000)
        stages.moved(quoted, confirmed, 8_000_000)
    assert observed() - before == 7


def test_open_pages_ask_less_often_while_looking_costs_much_and_as_before_afterwards() -> None:
    """A core half used is much; the rest of the machine belongs to the services."""
    at, spent = [0.0], [0.0]
    pace, seconds = Pace(lambda: at[0], lambda: spent[0]), list[int]()
    for share in (0.1, *[0.9] * 9, 0.4, *[0.1] * 14):
        at[0], spent[0] = at[0] + 10, spent[0] + 10 * share
        seconds.append(pace.now())
    assert seconds[:3] == [2, 3, 4]
    assert max(seconds) == seconds[9] == seconds[10] == 30
    assert seconds[-1] == 2


def test_of_a_thousand_records_no_more_are_made_ready_than_are_shown(tape: Tape) -> None:
    """Each is masked, which takes half a millisecond: of all of them the console stood still, and was ended for it."""
    mine = [tape.event("intake", "request.accepted.v1", ACCEPTED) for _ in range(SHOWN)]
    touched = Untouchable(Record("cancellation.intake", None, b"", []), 0, 0, 0, "")
    found = latest([*[touched] * 1_000, *mine], "")
    assert [each["offset"] for each in found] == [each.offset for each in reversed(mine)]
    assert [each["offset"] for each in latest(mine, "nobody says this")] == []


class Untouchable(Consumed):
    """What is older than what is shown: whoever looks at it fails."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError("it is not shown")
