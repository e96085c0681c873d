"""The latest heartbeat of every worker, read in no consumer group by whoever wants to know."""

import threading
import time
from typing import Any

from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import HEALTH_TOPIC
from contracts.health import Heartbeat, heard
from runtime.kafka.connect import naming_silence, reach

POLL_MS = 200
PATIENCE_SECONDS = 3.0  # in one look; what is left comes with the next


class Heartbeats:
    """Reads from the beginning at first, then only what is new. Raises `BrokerTrouble`."""

    def __init__(self, bootstrap: str, wait_seconds: float = 2.0) -> None:
        self.bootstrap, self.wait_seconds = bootstrap, wait_seconds
        self.latest: dict[str, Heartbeat] = {}
        self._lock = threading.Lock()
        self._consumer: Any = None

    def look(self) -> dict[str, Heartbeat]:
        with self._lock, naming_silence(self.bootstrap):
            consumer = self._connected()
            places = list(consumer.assignment())
            ends = consumer.end_offsets(places) if places else {}
            deadline = time.monotonic() + PATIENCE_SECONDS
            while any(consumer.position(place) < end for place, end in ends.items()) and time.monotonic() < deadline:
                for records in consumer.poll(timeout_ms=POLL_MS).values():
                    for record in records:
                        self._heard(record.key, record.value)
            return dict(self.latest)

    def close(self) -> None:
        with self._lock:
            if self._consumer is not None:
                self._consumer.close()
                self._consumer = None

    def _connected(self) -> Any:
        if self._consumer is None:
            options = reach(self.bootstrap, self.wait_seconds).consumer_options
            consumer = KafkaConsumer(**options, enable_auto_commit=False, group_id=None, auto_offset_reset="earliest")
            numbers = consumer.partitions_for_topic(HEALTH_TOPIC) or ()
            places = [TopicPartition(HEALTH_TOPIC, number) for number in sorted(numbers)]
            consumer.assign(places)
            if places:
                consumer.seek_to_beginning()
                self._consumer = consumer
            else:  # a broker of before: its topics are applied with the next `tuiding topics apply`
                return consumer
        return self._consumer

    def _heard(self, key: bytes | None, value: bytes | None) -> None:
        try:
            heartbeat = heard(value or b"")
        except ValueError:
            return
        if key == heartbeat.key.encode():
            self.latest[heartbeat.key] = heartbeat
