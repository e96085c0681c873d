"""What is kept of so many and no more: whoever fills it pushes out nobody who speaks, and gains nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.audit import Audited
from contracts.health import Heartbeat
from runtime.envelope import Record
from runtime.http.callers.buckets import MOST_CALLERS, Buckets
from runtime.http.callers.trail import MOST_KINDS, MOST_WAITING, Trail
from runtime.kafka.heartbeats import LARGEST_BYTES, MOST_WORKERS, Heartbeats

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def beat(service: str, worker: str, **more: Any) -> tuple[bytes, bytes]:
    said = Heartbeat(service=service, worker=worker, version="1", started=NOW, at=NOW, **more)
    return said.key.encode(), said.model_dump_json().encode()


def heard(*beats: tuple[bytes | None, bytes | None]) -> dict[str, Heartbeat]:
    found = Heartbeats("nowhere:9092")
    for key, value in beats:
        found._heard(key, value)
    return found.latest


def test_however_many_names_are_made_up_a_worker_that_speaks_is_known() -> None:
    names = [beat("intake", f"made-up-{number}") for number in range(5 * MOST_WORKERS)]
    known = heard(beat("billing", "1"), *names[: MOST_WORKERS * 4], beat("intake", "1"), *names[-MOST_WORKERS + 1 :])
    assert {"intake/1", "billing/1"} <= known.keys() and len(known) == MOST_WORKERS + 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        beat("nobody", "1"),
        (b"billing/2", beat("billing", "1")[1]),
        (None, beat("billing", "1")[1]),
        (b"billing/1", None),
        (b"billing/1", b""),
        (b"billing/1", b"[]"),
        (b"billing/1", b"{"),
        (b"billing/1", b"\xff\xfe"),
        beat("billing", "1", waiting_for="x" * LARGEST_BYTES),
    ],
    ids=["no service", "of another", "no key", "tombstone", "empty", "list", "half", "no utf-8", "too large"],
)
def test_what_is_no_heartbeat_says_nothing_and_takes_none_away(key: bytes | None, value: bytes | None) -> None:
    true = beat("billing", "1")
    assert heard(true, (key, value)) == heard(true) and heard((key, value)) == {}


def test_a_caller_with_many_names_gets_no_more_out_of_a_name_he_comes_back_to() -> None:
    buckets = Buckets(per_second=5)
    while buckets.take("me", 0.0) == 0:
        pass
    for number in range(3 * MOST_CALLERS):
        buckets.take(f"me-{number}", 0.0)
    assert buckets.take("me", 0.0) > 0
    for number in range(3 * MOST_CALLERS):
        buckets.take(f"later-{number}", 60.0 + number)
    assert len(buckets.levels) <= MOST_CALLERS + 1


def test_a_record_that_the_broker_does_not_take_waits_in_no_more_than_so_much() -> None:
    async def away(record: Record) -> None:
        raise OSError("no broker")

    async def run() -> int:
        trail = Trail(away)
        for second in range(60):
            for number in range(MOST_KINDS):
                at, who = NOW + timedelta(seconds=second), f"somebody-{number}"
                said = Audited(at=at, service="intake", what="GET /", principal=who, allowed=False, status=401)
                for _ in range(2):
                    trail.note(said)
            await trail.flush()
        return len(trail.waiting) + len(trail.more)

    assert asyncio.run(run()) <= MOST_WAITING + MOST_KINDS + 1
