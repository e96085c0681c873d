"""The history as the topics hold it: every event with its time, read partition by partition to where they end now.

A request's key is the same on every topic and so is the partition count: partition n of all topics together holds
whole requests, so whatever is gathered about them can be let go of at the end of each partition.
"""

import heapq
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import topic_name
from contracts.messages import TYPES, Message
from contracts.rights import may_say
from runtime.envelope import Headers, request_named
from runtime.kafka.connect import BrokerAway, naming_silence, reach
from runtime.kafka.record_times import said_at

POLL_MS = 200
SILENT_SECONDS = 15.0
NOISE = (AttributeError, KeyError, TypeError, ValueError)  # what a body that breaks its contract leads to


class Said(NamedTuple):
    """One event, not decoded yet; `value` is its JSON."""

    at: datetime
    type: str
    request_id: str
    value: bytes

    @property
    def body(self) -> dict[str, Any]:
        found = orjson.loads(self.value)
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> Message:
        """Raises pydantic's `ValidationError` where the record breaks the contract."""
        return TYPES[self.type].model_validate_json(self.value)


class History(NamedTuple):
    """`partitions` yields the events of one partition of all topics, in time, None for a record that is no event."""

    records: int
    partitions: Iterator[Iterator[Said | None]]


class Stretch(NamedTuple):
    """What is to be read of one partition of one topic."""

    consumer: Any
    place: Any
    begin: int
    end: int


@contextmanager
def history(
    bootstrap: str, topics: Sequence[str], since: datetime | None = None, wait_seconds: float = 10.0
) -> Iterator[History]:
    """`topics` by their short names. Raises `BrokerAway`."""
    reached = reach(bootstrap, wait_seconds)
    options = reached.consumer_options | {"enable_auto_commit": False, "group_id": None}
    skip_to = None if reached.in_memory else since  # that broker cannot find an offset by its time
    with naming_silence(bootstrap), ExitStack() as open_ones:
        stretches = []
        for name in topics:
            consumer = open_ones.enter_context(_closing(KafkaConsumer(**options)))
            stretches += _stretches(consumer, topic_name(name), skip_to)
        numbers = sorted({each.place.partition for each in stretches})
        parts = ([each for each in stretches if each.place.partition == number] for number in numbers)
        yield History(sum(each.end - each.begin for each in stretches), (_merged(part, since) for part in parts))


@contextmanager
def _closing(consumer: Any) -> Iterator[Any]:
    try:
        yield consumer
    finally:
        consumer.close()


def _stretches(consumer: Any, topic: str, since: datetime | None) -> list[Stretch]:
    places = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
    begins, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    if since is not None:
        moment = int(since.timestamp() * 1000)
        found = consumer.offsets_for_times(dict.fromkeys(places, moment))
        begins |= {place: found[place].offset if found.get(place) else ends[place] for place in places}
    return [Stretch(consumer, place, begins[place], ends[place]) for place in places]


def _merged(stretches: Sequence[Stretch], since: datetime | None) -> Iterator[Said | None]:
    for _, said in heapq.merge(*(_records(each) for each in stretches), key=lambda pair: pair[0]):
        yield said if said and (since is None or said.at >= since) else None


def _records(stretch: Stretch) -> Iterator[tuple[int, Said | None]]:
    """Each with the broker's time, which never goes back within a partition by more than a clock's error."""
    consumer, place, begin, end = stretch
    consumer.assign([place])
    consumer.seek(place, begin)
    heard = time.monotonic()
    while consumer.position(place) < end:
        records = consumer.poll(timeout_ms=POLL_MS).get(place, ())
        heard = time.monotonic() if records else _patient(heard, place)
        yield from ((each.timestamp, said(place.topic, each.headers, each.value, each.timestamp)) for each in records)


def _patient(heard: float, place: Any) -> float:
    if time.monotonic() - heard > SILENT_SECONDS:
        raise BrokerAway(f"{place.topic}[{place.partition}] has more records, but the broker no longer sends any.")
    return heard


def said(topic: str, headers: Headers, value: bytes | None, timestamp_ms: int) -> Said | None:
    """None: not one of our events, or said by somebody who may not say it."""
    found = {name: text.decode("utf-8", "replace") for name, text in headers if name.startswith("ce_") and text}
    kind, request_id = found.get("ce_type", ""), found.get("ce_subject", "")
    request_id = request_named(found.get("ce_source", ""), request_id)
    if kind not in TYPES or not request_id or not value or not may_say(topic, found.get("ce_source", ""), kind):
        return None
    return Said(said_at(found.get("ce_time", ""), timestamp_ms), kind, request_id, value)
