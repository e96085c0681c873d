"""Stands in for librdkafka's consumer: gives what it is given, moves partitions when told to, keeps what it hears."""

import queue
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, TopicPartition

TOPIC = "cancellation.intake"


class Message:
    def __init__(self, offset: int, partition: int = 0, error: Any = None, topic: str = TOPIC) -> None:
        self._offset, self._partition, self._error, self._topic = offset, partition, error, topic

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return self._partition

    def offset(self) -> int:
        return self._offset

    def error(self) -> Any:
        return self._error

    def key(self) -> bytes:
        return b"key"

    value = key

    def headers(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        return 1, 1000


def the_end(offset: int, partition: int = 0) -> Message:
    return Message(offset, partition, KafkaError(KafkaError._PARTITION_EOF))


class Client:
    """`items` are messages, or what happens instead of one."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config, self.items = config, queue.Queue[Any]()
        self.paused: set[int] = set()
        self.commits: list[tuple[dict[int, int], bool]] = []
        self.marks: dict[int, str] = {}  # what lies beside the last commit of each partition
        self.polls = 0
        self.closed = False

    def subscribe(self, topics: Sequence[str], **callbacks: Callable[..., None]) -> None:
        self.callbacks = callbacks

    def moves(self, how: str, *partitions: int) -> Callable[[], None]:
        return lambda: self.callbacks[how](self, [TopicPartition(TOPIC, each) for each in partitions])

    def poll(self, seconds: float) -> Any:
        self.polls += 1
        try:
            item = self.items.get(timeout=0.02)
        except queue.Empty:
            return None
        return item() if callable(item) else item

    def consume(self, most: int, seconds: float) -> list[Any]:
        found: list[Any] = []
        while len(found) < most and not self.items.empty():
            item = self.items.get()
            if callable(item):
                item()
            else:
                found.append(item)
        return found

    def assign(self, places: Sequence[Any]) -> None:
        self.paused -= {each.partition for each in places}

    def pause(self, places: Sequence[Any]) -> None:
        self.paused |= {each.partition for each in places}

    def resume(self, places: Sequence[Any]) -> None:
        self.paused -= {each.partition for each in places}

    def commit(self, offsets: Sequence[Any], asynchronous: bool) -> None:
        self.commits.append(({each.partition: each.offset for each in offsets}, asynchronous))
        self.marks |= {each.partition: each.metadata or "" for each in offsets}
        if asynchronous:
            self.items.put(lambda: self.config["on_commit"](None, offsets))

    def committed(self, places: Sequence[Any], seconds: float) -> list[Any]:
        return [TopicPartition(TOPIC, each.partition, metadata=self.marks.get(each.partition, "")) for each in places]

    def close(self) -> None:
        self.closed = True
