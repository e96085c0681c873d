"""Who reads in a group of ours and is none of our workers is seen with what it has taken; so is what went unread."""

import html
from datetime import timedelta
from typing import Any

import pytest

from contracts.flow import SERVICES, group_id
from contracts.health import Heartbeat
from runtime.kafka.drift import Drift
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger, strangers
from runtime.kafka.positions import Part
from runtime.kafka.unread import Unread
from services.console.watched.findings import Waiting, findings
from services.console.watched.watch import Watch
from tests.console.conftest import FakeBroker, Visit
from tests.console.test_held_back import NOW

INTAKE = group_id("intake")
TAKEN = ("cancellation.commands.app[0]", "cancellation.commands.app[3]")


def member(client: str, partitions: tuple[int, ...] = (0, 3)) -> dict[str, Any]:
    assigned = [{"topic": "cancellation.commands.app", "partitions": list(partitions)}]
    return {"client_id": client, "client_host": "/10.0.0.7", "member_assignment": {"assigned_partitions": assigned}}


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
@pytest.mark.parametrize("worker", ["", "-1", "-host:8000", "-blue-2"])
def test_our_workers_are_no_strangers_in_their_own_group(service: Any, worker: str) -> None:
    group = group_id(service.name)
    assert list(strangers({group: {"members": [member(f"{group}{worker}")]}})) == []


@pytest.mark.parametrize("client", ["kcat", "", "tuiding", "tuiding-billing-1", "TUIDING-intake-1", "tuiding-intakes"])
def test_whoever_calls_itself_otherwise_is_one(client: str) -> None:
    told = {INTAKE: {"members": [member(f"{INTAKE}-1"), member(client)]}}
    assert list(strangers(told)) == [Stranger(INTAKE, client, "10.0.0.7", TAKEN)]


@pytest.mark.parametrize("assignment", [None, b"\x00\x01", {"assigned_partitions": []}])
def test_one_that_has_nothing_yet_is_seen_as_well(assignment: object) -> None:
    told = {INTAKE: {"members": [member("kcat") | {"member_assignment": assignment}]}}
    assert [each.partitions for each in strangers(told)] == [()]


def test_a_name_that_would_write_on_a_terminal_is_shown_escaped() -> None:
    (found,) = strangers({INTAKE: {"members": [member("\x1b]0;evil\x07" + "x" * 5_000)]}})
    assert found.client.isprintable() and len(found.client) <= 80


def test_it_is_said_with_its_name_and_what_it_has() -> None:
    (found,) = findings(Waiting(), [], [], "", None, NOW, strangers=[Stranger(INTAKE, "kcat", "10.0.0.7", TAKEN)])
    assert (found.kind, found.level) == ("stranger", "bad")
    for said in found.detail.in_language("zh"), found.detail.in_language("en"):
        assert all(each in said for each in ("kcat", "10.0.0.7", INTAKE, *TAKEN))


async def test_the_strip_shows_it(visit: Visit, broker: FakeBroker) -> None:
    broker.in_our_groups = [Stranger(INTAKE, "kcat", "10.0.0.7", TAKEN)]
    async with visit() as console:
        page = html.unescape((await console.get("/topics", headers={"accept-language": "en"})).text)
        assert "A stranger reads what" in page and "kcat" in page


# ---- deleted before it was read -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("committed", "first", "end", "deleted", "behind"),
    [
        (5, 0, 8, 0, 3),
        (5, 5, 8, 0, 3),
        (5, 7, 8, 2, 1),
        (5, 8, 8, 3, 0),
        (8, 8, 8, 0, 0),
        (None, 0, 8, 0, 8),
        (None, 6, 8, 0, 2),  # nobody has read there: nobody can tell
        (90, 2, 8, 0, 6),  # the topic was made again
    ],
)
def test_what_went_unread_is_counted_and_nobody_is_behind_it(
    committed: int | None, first: int, end: int, deleted: int, behind: int
) -> None:
    lag = Lag("cancellation.commands.app", 0, INTAKE, committed, end, end, first)
    assert (lag.deleted, lag.behind) == (deleted, behind)


async def test_the_strip_says_what_went_unread(visit: Visit) -> None:
    lags = [
        Lag("cancellation.commands.app", 3, INTAKE, 5, 8, 8, 7),
        Lag("cancellation.intake", 0, "tuiding-review", 1, 1),
    ]
    async with visit(lambda *_: lags) as console:
        (found,) = (await console.get("/v1/findings")).json()["findings"]
    assert (found["kind"], found["link"]) == ("deleted", "/topics/cancellation.commands.app")
    assert "2 of them, `cancellation.commands.app[3]` from offset 5" in found["detail"]["en"]


# ---- set otherwise -------------------------------------------------------------------------------------------------


async def test_the_strip_says_which_topics_lose_or_refuse_records_and_what_mends_them(
    visit: Visit, broker: FakeBroker
) -> None:
    broker.set_otherwise = [
        Drift("cancellation.commands.app", "config", "retention.ms=34560000000", "-1"),
        Drift("cancellation.health", "config", "max.message.bytes=1048588", "100"),
        Drift("*", "unchecked", "partitions and settings", "an in-memory broker chooses its own"),
    ]
    async with visit(lambda *_: []) as console:
        found = (await console.get("/v1/findings")).json()["findings"]
        page = html.unescape((await console.get("/topics", headers={"accept-language": "en"})).text)
    assert [(each["kind"], each["level"], each["link"]) for each in found] == [("topics", "bad", "/topics")] * 2
    first, second = (each["detail"]["en"] for each in found)
    assert "cancellation.commands.app: -1 (retention.ms=34560000000)" in first and "--delete-older" in first
    assert "cancellation.health: 100 (max.message.bytes=1048588)" in second
    assert "Topics on the broker are not as they must be" in page


async def test_how_topics_are_set_is_asked_now_and_then_and_not_at_each_look() -> None:
    asked, at = list[float](), [0.0]

    class Counting(FakeBroker):
        def drifts(self, wait_seconds: float) -> list[Drift]:
            asked.append(at[0])
            return []

    watch = Watch(Counting(), clock=lambda: at[0])
    for at[0] in (0.0, 2.0, 29.0, 30.0, 32.0, 61.0):
        watch._look()
    assert asked == [0.0, 30.0, 61.0]


# ---- deleted before it was read, some time ago ---------------------------------------------------------------------

WENT = Heartbeat(
    service="intake", worker="1", version="1", started=NOW, at=NOW,
    gone={"cancellation.review": 7, "cancellation.ops": 2}, gone_at=NOW - timedelta(hours=1),
)  # fmt: skip


def test_what_went_unread_is_told_for_a_day_after_the_service_has_gone_on() -> None:
    (found,) = findings(Waiting(), [WENT], [], "", None, NOW)
    assert (found.kind, found.since, found.link) == ("deleted", WENT.gone_at, "/topics/cancellation.review")
    for said in found.detail.in_language("zh"), found.detail.in_language("en"):
        assert "9" in said and "cancellation.review" in said and "tuiding topics verify" in said
    a_day_later = WENT.model_copy(update={"at": NOW + timedelta(days=1)})
    assert findings(Waiting(), [a_day_later], [], "", None, NOW + timedelta(days=1)) == []


def test_of_a_topic_that_was_made_again_nobody_can_tell_how_much_went_unread() -> None:
    (found,) = findings(Waiting(), [WENT.model_copy(update={"gone": {"cancellation.ops": 0}})], [], "", None, NOW)
    assert (found.kind, found.level, found.title.en) == (
        "deleted",
        "bad",
        "A topic that intake reads was deleted and made again",
    )
    for said in found.detail.in_language("zh"), found.detail.in_language("en"):
        assert "`cancellation.ops`" in said and "`tuiding top`" in said and "0" not in said


RESET = "[thrd:main]: cancellation.ops [3]: offset reset (at offset 40 (leader epoch 0), broker 1) to BEGINNING: gone"


def test_how_many_went_is_known_once_the_partition_goes_on_and_not_of_a_topic_that_was_made_again() -> None:
    unread, place = Unread(), Part("cancellation.ops", 3)
    for goes_on_at, gone in ((47, 7), (40, 7), (90, 57), (2, 57)):
        unread.log(30, "OFFSET [%s] %s", "consumer", RESET)
        unread.goes_on(Part("cancellation.ops", 2), 99)
        unread.goes_on(place, goes_on_at)
        unread.goes_on(place, 1_000)
        assert unread.gone.records.get("cancellation.ops", 0) == gone
    unread.log(30, "%s", "cancellation.ops [3]: offset reset (at offset BEGINNING, broker 1) to END: what")
    assert not unread.open


@pytest.mark.parametrize(
    ("goes_on_at", "told"), [(40, {}), (39, {"cancellation.ops": 0}), (0, {"cancellation.ops": 0})]
)
def test_a_topic_that_begins_before_where_it_was_read_to_was_made_again(goes_on_at: int, told: dict[str, int]) -> None:
    unread = Unread()
    unread.log(30, "%s", RESET)
    unread.goes_on(Part("cancellation.ops", 3), goes_on_at)
    assert (unread.gone.records, unread.gone.at is not None) == (told, bool(told))
