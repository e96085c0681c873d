"""The latest heartbeat of every worker, read in no consumer group by whoever wants to know."""

import threading
import time
from typing import Any

from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import BY_NAME, HEALTH_TOPIC
from contracts.health import Heartbeat, heard
from runtime.kafka.connect import naming_silence, reach

POLL_MS = 200
GONE_MS = 3000  # of a topic that was deleted the client asks on and on
PATIENCE_SECONDS = 3.0  # in one look; what is left comes with the next
MOST_WORKERS = 200  # of a service: whoever may say one name on this topic may say any
LARGEST_BYTES = 64 * 1024
ALSO_UNCOMMITTED = {"isolation_level": "read_uncommitted"}  # or who leaves a transaction open here silences everybody


class Heartbeats:
    """Reads from the beginning at first, then only what is new. Raises `BrokerTrouble`."""

    def __init__(self, bootstrap: str, wait_seconds: float = 2.0) -> None:
        self.bootstrap, self.wait_seconds = bootstrap, wait_seconds
        self.latest: dict[str, Heartbeat] = {}  # who spoke last comes last
        self._lock = threading.Lock()
        self._consumer: Any = None

    def look(self) -> dict[str, Heartbeat]:
        with self._lock, naming_silence(self.bootstrap):
            try:
                self._read(self._connected())
            except KafkaError:
                self._drop()  # its topic may be gone, or be another one by now
                raise
            return dict(self.latest)

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _read(self, consumer: Any) -> None:
        ends = consumer.end_offsets(list(consumer.assignment()), timeout_ms=GONE_MS) if consumer.assignment() else {}
        if not ends or any(consumer.position(place) > end for place, end in ends.items()):
            self._drop()  # there is none, or it was made again: the next look begins anew
            return
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(consumer.position(place) < end for place, end in ends.items()) and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=POLL_MS).values():
                for record in records:
                    self._heard(record.key, record.value)

    def _drop(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def _connected(self) -> Any:
        if self._consumer is None:
            options = reach(self.bootstrap, self.wait_seconds).consumer_options | ALSO_UNCOMMITTED
            consumer = KafkaConsumer(**options, enable_auto_commit=False, group_id=None, auto_offset_reset="earliest")
            self._consumer = consumer
            numbers = consumer.partitions_for_topic(HEALTH_TOPIC) or ()
            consumer.assign([TopicPartition(HEALTH_TOPIC, number) for number in sorted(numbers)])
            if numbers:
                consumer.seek_to_beginning()
        return self._consumer

    def _heard(self, key: bytes | None, value: bytes | None) -> None:
        """A live worker speaks every few seconds: of too many names those give way that were silent longest."""
        try:
            heartbeat = heard(value or b"") if len(value or b"") <= LARGEST_BYTES else None
        except ValueError:
            return
        if heartbeat is None or heartbeat.service not in BY_NAME or key != heartbeat.key.encode():
            return
        self.latest.pop(heartbeat.key, None)
        self.latest[heartbeat.key] = heartbeat
        same = [key for key in self.latest if key.startswith(f"{heartbeat.service}/")]
        if len(same) > MOST_WORKERS:
            del self.latest[same[0]]
