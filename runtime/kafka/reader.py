"""Topics from their very beginning to where they end now, and on from there; or one sentence why that cannot be."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from runtime.envelope import Record
from runtime.kafka.connect import BrokerAway, BrokerTrouble, naming_silence, reach
from runtime.kafka.record_times import broker_time
from runtime.kafka.security import or_unseen
from runtime.kernel.arrivals import Consumed

POLL_MS = 500
POLL_RECORDS = 5000
SILENT_SECONDS = 20.0


class TopicMissing(BrokerTrouble):
    """There is nothing to read from."""


class Gone(NamedTuple):
    """The beginning of a partition was deleted: what is left starts at `offset`, said at `since`."""

    topic: str
    partition: int
    offset: int
    since: datetime | None

    @property
    def sentence(self) -> str:
        since = f", of {self.since.isoformat(timespec='seconds')}" if self.since else ""
        return f"{self.topic}[{self.partition}] begins at offset {self.offset}{since}: what came before was deleted"


class Reading:
    """Belongs to no consumer group. Raises `BrokerAway`, `TopicMissing`."""

    def __init__(self, bootstrap: str, topics: Sequence[str], wait_seconds: float = 10.0) -> None:
        options = reach(bootstrap, wait_seconds).consumer_options | {"enable_auto_commit": False, "group_id": None}
        self.first_times: dict[Any, datetime] = {}
        with naming_silence(bootstrap):
            self.consumer = KafkaConsumer(**options, max_poll_records=POLL_RECORDS)
            places = [
                TopicPartition(topic, number) for topic in topics for number in self._partitions(topic, bootstrap)
            ]
            self.begins = self.consumer.beginning_offsets(places)
            self.consumer.assign(places)
            for place in places:
                self.consumer.seek(place, self.begins[place])
            self.ends: dict[Any, int] = {}
            self.go_on()

    def _partitions(self, topic: str, bootstrap: str) -> list[int]:
        known = self.consumer.partitions_for_topic(topic) if topic in self.consumer.topics() else None
        if not known:
            raise TopicMissing(
                f"The topic {topic} does not exist at {bootstrap}{or_unseen()}: there is nothing to replay from."
            )
        return sorted(known)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.consumer.close()

    def go_on(self) -> None:
        """`records` then reads on to where the topics end by now."""
        self.ends = self.consumer.end_offsets(list(self.begins))

    @property
    def left(self) -> int:
        return sum(max(0, end - self.consumer.position(place)) for place, end in self.ends.items())

    def records(self) -> Iterator[list[Consumed]]:
        heard = time.monotonic()
        while left := self.left:
            polled = self.consumer.poll(timeout_ms=POLL_MS)
            heard = time.monotonic() if polled else self._patient(heard, left)
            for place, records in polled.items():
                self.first_times.setdefault(place, broker_time(records[0].timestamp))
                yield [consumed(each) for each in records]

    def _patient(self, heard: float, left: int) -> float:
        if time.monotonic() - heard > SILENT_SECONDS:
            raise BrokerAway(f"There are {left} more records, but the broker no longer sends any.")
        return heard

    @property
    def gone(self) -> list[Gone]:
        """Complete once `records` were read."""
        return [
            Gone(place.topic, place.partition, begin, self.first_times.get(place))
            for place, begin in sorted(self.begins.items())
            if begin > 0
        ]


def consumed(each: Any) -> Consumed:
    """A record of kafka-python's as an arrival that no group has to acknowledge."""
    record = Record(each.topic, each.key, each.value, list(each.headers or ()))
    return Consumed(record, each.partition, each.offset, each.timestamp, "")
