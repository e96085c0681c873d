"""What is kept of so many and no more: whoever fills it pushes out nobody who speaks, and gains nothing."""

import asyncio
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from contracts.audit import Audited
from contracts.health import Heartbeat
from runtime.envelope import Record
from runtime.http.callers.buckets import MOST_CALLERS, Buckets
from runtime.http.callers.trail import MOST_KINDS, MOST_WAITING, Trail
from runtime.kafka.heartbeats import LARGEST_BYTES, MOST_WORKERS, Heartbeats
from runtime.kernel.arrivals import Consumed, Letter
from runtime.kernel.dead_letters import ANY, LONGEST_SOURCE, source_named
from runtime.worker.senders import Senders
from runtime.worker.telemetry import MOST_SOURCES, Meters
from runtime.worker.tracing import LONGEST_ID, Traces

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
TOPIC, MEGABYTE = "cancellation.commands", 1_000_000
TRACED = b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"


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


def named(source: bytes) -> Record:
    return Record(TOPIC, b"k", b"{", [("ce_source", source)])


def test_a_source_of_a_megabyte_is_told_by_its_beginning_and_leaves_nothing_in_memory() -> None:
    tracemalloc.start()
    told = {source_named(named(b"%d/" % number + b"x" * MEGABYTE)) for number in range(20)}
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(told) == 20 and kept < MEGABYTE


@pytest.mark.parametrize("each", ["x", "名", "😀", "1", "13800138000 ", "\n", "\x00", "\ud7ff"])
@pytest.mark.parametrize("often", [1, 79, 80, 81, 179, 180, 181, 5_000])
def test_a_source_is_called_the_same_however_much_comes_after_its_beginning(each: str, often: int) -> None:
    told = source_named(named((each * often).encode()))
    longer = source_named(named((each * (often + 400)).encode()))
    assert len(told) <= LONGEST_SOURCE and (often * len(each) < 180 or told == longer)


def test_no_id_of_a_record_is_kept_for_its_trace_that_is_longer_than_any_of_ours() -> None:
    traces = Traces("intake", TracerProvider(), SpanProcessor())
    for own in (b"fine", b"x" * LONGEST_ID, b"x" * (LONGEST_ID + 1), b"x" * MEGABYTE):
        record = Record(TOPIC, b"k", b"{", [("ce_id", own), ("traceparent", TRACED)])
        traces.heard([Consumed(record, 0, 1, 0, "tuiding-intake")])
    assert list(traces._callers) == ["fine", "x" * LONGEST_ID]


@pytest.mark.parametrize("source", ["/channels/app", "/channels/web", "/tuiding/billing"])
def test_a_source_that_we_know_is_counted_by_its_name_however_many_were_made_up_before(source: str) -> None:
    meters = Meters("intake")
    for number in range(3 * MOST_SOURCES):
        meters.senders([Letter("breaks-contract", TOPIC, f"/x/{number}")], ())
    meters.senders([Letter("breaks-contract", TOPIC, source)], ())
    (family,) = meters.letters_of.collect()
    counted = {each.labels["source"]: each.value for each in family.samples if each.name.endswith("_total")}
    assert counted[source] == 1 and counted["others"] == 2 * MOST_SOURCES and len(counted) == MOST_SOURCES + 2


@pytest.mark.parametrize("before", [0, 2_000])
def test_what_is_told_of_many_senders_together_counts_once_and_for_all_of_them(before: int) -> None:
    senders = Senders(10)
    senders.heard([Letter("breaks-contract", f"topic-{number}", "/x") for number in range(before)], 0.0)
    assert senders.heard([Letter("same-id-other-content", TOPIC, ANY, 50)], 0.0) == []
    ((topic, source),) = senders.heard([Letter("same-id-other-content", TOPIC, ANY, 1)], 0.0)
    assert (topic, source) == (TOPIC, ANY)
