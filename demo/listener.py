"""Hears everything that is said on the topics, from the first record on: the evidence the demo judges itself by."""

import threading
from collections import Counter, defaultdict
from typing import Any, NamedTuple

import orjson
from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import NOT_OF_A_REQUEST, TOPICS
from contracts.messages import TYPES
from contracts.messages.intake import SubmissionJoined
from contracts.rights import may_say
from runtime.kafka.connect import reach

POLL_MS = 200
PLACING_SECONDS = 60.0
MOST_REQUESTS = 50_000  # of which we remember what was said; a demo may run for days


class Heard(NamedTuple):
    """One event, once, however often it was published."""

    topic: str
    type: str
    id: str
    cause: str
    at_ms: int
    body: dict[str, Any]

    @property
    def end(self) -> str:
        """Which end of its request this event is; empty: none."""
        return "joined" if self.type == SubmissionJoined.type else str(TYPES[self.type].ends or "")


class Listener:
    """A thread that reads every partition of every topic; belongs to no consumer group, so it disturbs nobody."""

    def __init__(self, bootstrap: str, from_the_beginning: bool) -> None:
        self._bootstrap, self._from_the_beginning = bootstrap, from_the_beginning
        self._placed, self._stopping, self._lock = threading.Event(), threading.Event(), threading.Lock()
        self._ids: set[str] = set()
        self._requests: dict[str, list[Heard]] = defaultdict(list)
        self.records: Counter[str] = Counter()
        self.dead_letters: list[str] = []
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> None:
        """Returns when nothing that is said from now on can be missed."""
        self._thread.start()
        if not self._placed.wait(PLACING_SECONDS):
            raise TimeoutError(f"the broker did not say within {PLACING_SECONDS:.0f} s where its topics end")

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(10)

    def of(self, request_id: str) -> list[Heard]:
        """What was said about one request, in the order in which we heard it."""
        with self._lock:
            return list(self._requests.get(request_id, ()))

    def everything(self) -> dict[str, list[Heard]]:
        with self._lock:
            return {request_id: list(heard) for request_id, heard in self._requests.items()}

    def _listen(self) -> None:
        consumer = KafkaConsumer(**reach(self._bootstrap).consumer_options, enable_auto_commit=False)
        places = [
            TopicPartition(topic.name, number)
            for topic in TOPICS
            if topic.name not in NOT_OF_A_REQUEST  # it never rests
            for number in consumer.partitions_for_topic(topic.name) or ()
        ]
        consumer.assign(places)
        (consumer.seek_to_beginning if self._from_the_beginning else consumer.seek_to_end)()
        for place in places:
            consumer.position(place)  # seeking is lazy: asked for the position, it takes place
        self._placed.set()
        while not self._stopping.is_set():
            for place, records in consumer.poll(timeout_ms=POLL_MS).items():
                for record in records:
                    self._hear(place.topic, record)
        consumer.close()

    def _hear(self, topic: str, record: Any) -> None:
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers or ()}
        with self._lock:
            self.records[topic] += 1
            if topic.endswith(".dead-letter"):
                self.dead_letters.append(f"{topic}: {headers.get('x-error-code', '?')} {headers.get('ce_type', '?')}")
            elif _believed(topic, headers) and isinstance(body := _body(record.value), dict):
                self._remember(topic, record, headers, body)

    def _remember(self, topic: str, record: Any, headers: dict[str, str], body: dict[str, Any]) -> None:
        own, kind, cause = (headers.get(name, "") for name in ("ce_id", "ce_type", "ce_causationid"))
        if own in self._ids:
            return
        self._ids.add(own)
        heard = Heard(topic, kind, own, cause, record.timestamp, body)
        request_id = str(heard.body.get("request_id", ""))
        self._requests[request_id].append(heard)
        while len(self._requests) > MOST_REQUESTS:
            self._requests.pop(next(iter(self._requests)))


def _body(value: bytes | None) -> Any:
    """Whatever a stranger may have put there."""
    try:
        return orjson.loads(value or b"")
    except ValueError:
        return None


def _believed(topic: str, headers: dict[str, str]) -> bool:
    kind = headers.get("ce_type", "")
    return kind in TYPES and may_say(topic, headers.get("ce_source", ""), kind)
