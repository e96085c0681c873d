"""Looks at single records of topics, in no consumer group: how old an unread one is, what lies at a place."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.connect import BrokerAway, naming_silence, reach
from runtime.kafka.reader import consumed
from runtime.kafka.record_times import Place
from runtime.kernel.arrivals import Consumed

POLL_MS = 200
PATIENCE_SECONDS = 3.0
GONE_MS = 3000  # of a topic that was deleted the client asks on and on
LEADERLESS_SECONDS, AGAIN_SECONDS = 2.0, 0.1
FEW_BYTES = 4096  # a fetch of one record must not bring a megabyte of those behind it; the client is told when made
MANY_BYTES = 256 * 1024
BEGINNING = -1


class Peeking:
    """Keeps one connection, made when it is first needed and again after trouble. Raises `BrokerTrouble`."""

    def __init__(
        self, bootstrap: str, wait_seconds: float = 2.0, at_once: int = MANY_BYTES, uncommitted: bool = False
    ) -> None:
        """`at_once`: of each partition in one fetch, in bytes; a record that is larger comes all the same.

        `uncommitted`: also what may never have been said, for whoever looks for what holds back the rest.
        """
        self.bootstrap, self.wait_seconds, self.at_once = bootstrap, wait_seconds, at_once
        self.isolation = {"isolation_level": "read_uncommitted"} if uncommitted else {}
        self._lock = threading.Lock()
        self._consumer: Any = None

    def times(self, wanted: Mapping[Place, int]) -> dict[Place, int]:
        """The time stamp, in milliseconds, of the record at each offset, or of the first one there after it."""
        found = self._each(wanted, 1) if wanted else {}
        return {place: records[0].timestamp_ms for place, records in found.items()}

    def records(self, wanted: Mapping[Place, int], most: int) -> list[Consumed]:
        """Up to `most` of each place, from its offset on, in the order of their time stamps."""
        found = self._each(wanted, most)
        return sorted((each for records in found.values() for each in records), key=lambda each: each.timestamp_ms)

    def bounds(self, topic: str) -> dict[Place, tuple[int, int]]:
        """The first offset that is there and the next one to come, of each partition."""
        with self._lock, naming_silence(self.bootstrap):
            consumer = self._connected()
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            begins, ends = _bound(consumer.beginning_offsets, places), _bound(consumer.end_offsets, places)
            return {(topic, place.partition): (begins[place], ends[place]) for place in places}

    def at_time(self, topic: str, milliseconds: int) -> dict[Place, int]:
        """The first offset of each partition said then or later; partitions without one are left out."""
        with self._lock, naming_silence(self.bootstrap):
            consumer = self._connected()
            places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
            found = consumer.offsets_for_times(dict.fromkeys(places, milliseconds), timeout_ms=GONE_MS)
            return {(topic, place.partition): each.offset for place, each in found.items() if each is not None}

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _each(self, wanted: Mapping[Place, int], most: int) -> dict[Place, list[Consumed]]:
        with self._lock, naming_silence(self.bootstrap):
            consumer = self._connected()
            places = [TopicPartition(*place) for place in wanted]
            consumer.assign(places)
            for place in places:
                offset = wanted[tuple(place)]
                consumer.seek(place, offset) if offset > BEGINNING else consumer.seek_to_beginning(place)
            try:
                return _read(consumer, places, _bound(consumer.end_offsets, places), most)
            finally:
                consumer.unsubscribe()

    def _connected(self) -> Any:
        if self._consumer is None:
            options = reach(self.bootstrap, self.wait_seconds).consumer_options | self.isolation
            little = {"max_partition_fetch_bytes": self.at_once, "enable_auto_commit": False, "group_id": None}
            self._consumer = KafkaConsumer(**options, **little, auto_offset_reset="earliest")
        return self._consumer

    def _drop(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None


def _bound(ask: Callable[..., dict[Any, int]], places: list[Any]) -> dict[Any, int]:
    """Asked again while a partition has no leader, as in the first moments of a topic."""
    deadline = time.monotonic() + LEADERLESS_SECONDS
    while True:
        try:
            found = ask(places, timeout_ms=GONE_MS)
            return {place: found[place] for place in places}
        except KeyError as place:  # so kafka-python says it
            if time.monotonic() > deadline:
                raise BrokerAway(f"The broker does not say how far {place} goes: its leader is being chosen.") from None
            time.sleep(AGAIN_SECONDS)


def _read(consumer: Any, places: list[Any], ends: Mapping[Any, int], most: int) -> dict[Place, list[Consumed]]:
    """Until each place has so many, or nothing more comes."""
    found: dict[Place, list[Consumed]] = {}
    left = {place for place in places if ends[place] > consumer.position(place)}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while left and time.monotonic() < deadline:
        for place, records in consumer.poll(timeout_ms=POLL_MS).items():
            mine = found.setdefault(tuple(place), [])
            mine += [consumed(each) for each in records[: most - len(mine)]]
        done = {place for place in left if len(found.get(tuple(place), ())) >= most}
        done |= {
            place for place in left - done if consumer.position(place) >= ends[place]
        }  # what ends in no record, too
        left -= done
        consumer.pause(*done)
    return found


def fresh(known: Mapping[Place, int], bounds: Mapping[Place, tuple[int, int]]) -> dict[Place, int]:
    """Where to read on after the last look; from the beginning of what was made again. Pure."""
    begun = {place: (known.get(place, end), first, end) for place, (first, end) in bounds.items()}
    return {place: at if at <= end else first for place, (at, first, end) in begun.items() if at != end and first < end}
