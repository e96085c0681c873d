"""Hears every record of every topic as it arrives: who moves, what is quoted, which requests have ended."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import orjson
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from contracts.flow import COMMAND_TOPICS, NOT_OF_A_REQUEST, PARTITIONS, SERVICES, TOPICS, topic_name
from contracts.messages import TYPES
from runtime.envelope import Record, event_type
from tests.contracts.poison import POISONS, STRANGER, Poison

POLL_SECONDS = 0.1
MOST_AT_ONCE = 500
SPOKEN = {topic_name(service.writes) for service in SERVICES if service.name != "console"}
NOBODY = {STRANGER, *((poison.record.key or b"").decode("utf-8", "replace") for poison in POISONS)}
DEAD_LETTERS = ".dead-letter"
MARK = "poison"  # where it lies is not always told to who sent it: a broker that comes back only says it has it
BY_NAME = {poison.name: poison for poison in POISONS}
FEEDS = {  # what makes each service say something, sooner or later
    "cancellation.submit.v1": ("intake",),
    "request.accepted.v1": ("review",),
    "request.approved.v1": ("billing",),
    "fee.settled.v1": ("termination",),
    "quote.issued.v1": ("notify",),
    "service.terminated.v1": ("notify",),
}
Place = tuple[str, int]  # (topic, partition)
SILENCE_MS = 3000  # of a broker that is cut off it must not wait longer than whoever it listens to
Told = Callable[[str, str, dict[str, Any]], None]  # (type, request id, body)


class Ear:
    """A thread that belongs to no consumer group and outlives the broker's absences."""

    def __init__(self, bootstrap: str) -> None:
        self.moves: dict[Place, list[float]] = {(t, n): [] for t in SPOKEN for n in range(PARTITIONS)}
        self.feeds: dict[Place, list[float]] = {place: [] for place in self.moves}  # when each was given work
        self.records: dict[Place, list[Record]] = defaultdict(list)
        self.stamps: dict[Place, list[int]] = defaultdict(list)  # milliseconds, as Faust hands them on
        self.placed: dict[str, Poison] = {}  # where each poison lies
        self.began: dict[str, float] = {}  # request id -> when we first heard of it
        self.ended: dict[str, float] = {}
        self.ends: dict[str, str] = {}
        self.told: list[Told] = []
        self._seen: set[str] = set()
        self._consumer = _placed(bootstrap)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)
        self._consumer.close()

    @property
    def dead_letters(self) -> int:
        return sum(len(records) for (topic, _), records in list(self.records.items()) if topic.endswith(DEAD_LETTERS))

    def _listen(self) -> None:
        while not self._stopping.is_set():
            first = self._consumer.poll(POLL_SECONDS)
            rest = self._consumer.consume(MOST_AT_ONCE, 0) if first is not None else []
            now = time.monotonic()
            for record in [first, *rest] if first is not None else []:
                if record.error() is None:  # an error is only that the broker is away; the client waits for it
                    self._hear(record, now)

    def _hear(self, record: Any, now: float) -> None:
        place = (record.topic(), record.partition())
        own = Record(record.topic(), record.key(), record.value(), tuple(record.headers() or ()))
        self.stamps[place].append(int(record.timestamp()[1] / 1000.0 * 1000))
        self.records[place].append(own)
        mark = dict(own.headers).get(MARK)
        if mark is not None and not own.topic.endswith(DEAD_LETTERS):
            self.placed[f"{own.topic}[{place[1]}]@{record.offset()}"] = BY_NAME[mark.decode()]
        if place in self.moves:
            self.moves[place].append(now)
        kind = event_type(own.headers)
        if kind in TYPES and own.topic in SPOKEN.union(COMMAND_TOPICS):
            self._understand(str(kind), own, place[1], now)

    def _understand(self, kind: str, record: Record, partition: int, now: float) -> None:
        """Each event once; what does not parse is poison of ours."""
        own = dict(record.headers).get("ce_id") or b""
        if own.hex() in self._seen:
            return
        try:
            body = orjson.loads(record.value or b"")
            request_id = str(body["request_id"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return
        if request_id in NOBODY:
            return
        self._seen.add(own.hex())
        self.began.setdefault(request_id, now)
        end = "joined" if kind == "submission.joined.v1" else str(TYPES[kind].ends or "")
        if end:
            self.ended[request_id], self.ends[request_id] = now, end
        for service in FEEDS.get(kind, ()):  # a request has the same partition on every topic
            self.feeds[topic_name(service), partition].append(now)
        for tell in self.told:
            tell(kind, request_id, body)


def _placed(bootstrap: str) -> Consumer:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "chaos-ear",
            "enable.auto.commit": False,
            "log_level": 0,
            "socket.timeout.ms": SILENCE_MS,
        }
    )
    consumer.assign(
        [
            TopicPartition(topic.name, number, OFFSET_BEGINNING)
            for topic in TOPICS
            if topic.name not in NOT_OF_A_REQUEST
            for number in range(PARTITIONS)
        ]
    )
    return consumer
