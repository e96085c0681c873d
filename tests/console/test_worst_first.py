"""In every list that knows better and worse the worst stands first, and what is well stays where it was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.health import Heartbeat
from services.console.showing import ranked
from services.console.showing.topic_views import parted
from services.console.watched.systems import System
from services.console.wording import words

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def reader(group: str, verdict: str = "ok", seconds: float = 0.0) -> dict[str, Any]:
    return {"group": group, "verdict": verdict, "seconds": seconds}


def topic(
    name: str, *readers: dict[str, Any], uncommitted: int = 0, uncommitted_seconds: float = 0.0
) -> dict[str, Any]:
    held = {"uncommitted": uncommitted, "uncommitted_seconds": uncommitted_seconds}
    return {"topic": name, **held, **parted(list(readers))}


def test_a_stalled_topic_is_before_a_slow_one_and_both_before_what_is_in_step() -> None:
    found = ranked.topics(
        [
            topic("in step, though not at this moment", reader("review", seconds=4.0)),
            topic("in step", reader("review"), reader("billing")),
            topic("slow", reader("review", "slow", 90.0)),
            topic("stalled", reader("review"), reader("billing", "stalled", 12.0)),
            topic("stalled for long", reader("billing", "stalled", 700.0)),
            topic("held back", reader("billing"), uncommitted=3, uncommitted_seconds=100.0),
            topic("nobody reads it"),
        ]
    )
    assert [each["topic"] for each in found] == [
        "stalled for long",
        "stalled",
        "held back",
        "slow",
        "in step, though not at this moment",
        "in step",
        "nobody reads it",
    ]
    assert [each["in_step"] for each in found] == [False] * 4 + [True] * 3


@pytest.mark.parametrize("seconds", [1.0, 5_000.0])
def test_the_reader_that_stands_is_named_before_one_that_is_slow(seconds: float) -> None:
    found = parted([reader("review", "slow", seconds), reader("notify"), reader("billing", "stalled", 50.0)])
    assert [each["group"] for each in found["first"]] == ["billing", "review"]
    assert [each["group"] for each in found["fine"]] == ["notify"]


def system(name: str, away: bool = False, minutes: int = 0, waiting: int = 0) -> System:
    since = NOW - timedelta(minutes=minutes) if away else None
    return System(name, away, 1, 0, since, "", NOW, 0.1, waiting)


def test_a_system_that_is_away_stands_first_and_the_others_stay_where_they_were() -> None:
    found = ranked.systems(
        [
            system("charging", waiting=3),
            system("messaging", away=True, minutes=2, waiting=900),
            system("provisioning", away=True, minutes=7, waiting=4),
        ]
    )
    assert [each.name for each in found] == ["provisioning", "messaging", "charging", "crm"]
    assert [each.name for each in ranked.systems([system("messaging"), system("crm")])] == list(words.SYSTEMS)


def worker(service: str, name: str, seconds_ago: float = 1, **more: Any) -> Heartbeat:
    at = NOW - timedelta(seconds=seconds_ago)
    return Heartbeat(service=service, worker=name, version="1", started=at, at=at, **more)


def test_a_silent_worker_stands_before_one_that_waits_and_both_before_the_road() -> None:
    found = ranked.workers(
        [
            worker("notify", "well"),
            worker("intake", "well too"),
            worker("billing", "waits", waiting_for="postgresql"),
            worker("notify", "refused", kept_back=2),
            worker("review", "silent", 60),
            worker("review", "silent for long", 600),
        ],
        NOW,
    )
    assert [each.worker for each in found] == ["silent for long", "silent", "refused", "waits", "well too", "well"]


def partition(number: int, minutes: int | None, held: bool = False) -> dict[str, Any]:
    mine = {"behind": 5, "oldest": NOW - timedelta(minutes=minutes)} if minutes is not None else {"behind": 0}
    open_there = type("Open", (), {"records": 1, "seconds": 9.0})() if held else None
    return {"partition": number, "held": open_there, "groups": {"billing": mine, "review": None}}


@pytest.mark.parametrize(
    ("verdict", "expected"), [("ok", [3, 0, 1, 2]), ("slow", [3, 2, 1, 0]), ("stalled", [2, 1, 3, 0])]
)
def test_the_partition_that_is_furthest_behind_stands_first_unless_its_reader_keeps_up(
    verdict: str, expected: list[int]
) -> None:
    rows = [partition(0, None), partition(1, 4), partition(2, 9), partition(3, None, held=True)]
    assert [each["partition"] for each in ranked.partitions(rows, {"billing": verdict})] == expected


def test_what_is_overdue_stands_before_what_has_only_waited_longer() -> None:
    def incident(name: str, minutes: int, due: str = "") -> dict[str, Any]:
        body = {"code": "overdue", "detail": f"nobody decided by {due}"} if due else {}
        return {"name": name, "at": (NOW - timedelta(minutes=minutes)).isoformat(), "body": body}

    found = ranked.waiting(
        [incident("young", 1), incident("old", 90), incident("overdue", 30, "2026-11-29T09:00:00+00:00")]
    )
    assert [each["name"] for each in found] == ["overdue", "old", "young"]


def test_of_groups_of_dead_letters_the_one_that_has_waited_longest_stands_first() -> None:
    def group(minutes: int, letters: int) -> dict[str, Any]:
        return {"oldest": (NOW - timedelta(minutes=minutes)).isoformat(), "letters": [None] * letters}

    found = ranked.letters([group(1, 400), group(1, 2), group(60, 1)])
    assert [len(each["letters"]) for each in found] == [1, 400, 2]
