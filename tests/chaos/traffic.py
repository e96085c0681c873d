"""The one workload as an open loop over both doors: by the clock, whatever happens; commands 1 to 5 times (F4)."""

import random
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson
from confluent_kafka import KafkaException, Producer

from bench.workload import LATE_SECONDS, Publish, Way, Workload
from contracts.flow import BY_NAME, SHARED_COMMANDS, topic_name
from tests.chaos.doors import Doors
from tests.chaos.ear import MARK, Ear
from tests.contracts.poison import POISONS

POISON_A_REQUEST = 0.10  # a request is about ten records, so this is one record in a hundred
MOST_COPIES = 5
LARGEST_BYTES = 2 * 1024 * 1024
PACKINGS = ("none", "gzip", "snappy", "lz4", "zstd")  # whatever a channel's client does
TICK_SECONDS = 0.01
SLOW_ENDS = frozenset({Way.SILENT, Way.DECLINED_ALWAYS, Way.LATE})  # they wait out a clock
DAYS = frozenset({Way.SILENT, Way.DECLINED_ALWAYS, Way.NOTICE})  # where a clock counts days, nobody waits for these
TOPICS = tuple(topic_name(BY_NAME[name].writes) for name in ("intake", "review", "billing", "termination", "notify"))


class Traffic:
    """`rough`: duplicates and poison; `left_out`: who does not come just now."""

    def __init__(self, bootstrap: str, doors: Doors, ear: Ear, seed: int, rate: float, customers: int) -> None:
        self.doors, self.rate = doors, rate
        self.workload = Workload(seed & 0xFFFFFFFF)
        self.begun: dict[str, set[int]] = {"http": set(), "kafka": set()}
        self.copies = 0
        self.rough, self.left_out, self.failed = False, frozenset[Way](), ""
        self._dice, self._customers = random.Random(f"{seed}/traffic"), customers
        self._later: list[tuple[float, Publish, int]] = []  # (when, what, whose answer it is; 0: a copy)
        self._wanted: deque[tuple[float, Publish, int]] = deque()  # the same, from the ear's thread
        self._producers = [_producer(bootstrap, packing) for packing in PACKINGS]
        self._stopping, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)
        ear.told.append(self._heard)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No new requests; what was begun is still answered."""
        self._stopping.set()

    def close(self) -> None:
        self.stop()
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        for producer in self._producers:
            producer.flush(30)

    @property
    def submitted(self) -> int:
        return sum(map(len, self.begun.values()))

    # ---- by the clock ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        began, number = time.monotonic(), 0
        while not self._closing.is_set():  # also for a quote that comes after the last request
            due = began + number / self.rate
            if time.monotonic() >= due and not self._stopping.is_set():
                number = self._next(number)
            self._send_what_is_due()
            for producer in self._producers:
                producer.poll(0)
            time.sleep(TICK_SECONDS)

    def _next(self, number: int) -> int:
        number += 1
        if number > self._customers:
            self.failed = "every customer of the crowd has cancelled: start with a larger --customers"
            self._stopping.set()
        elif self.workload.way(number) not in self.left_out:
            self._submit(number)
        if self.rough and self._dice.random() < POISON_A_REQUEST:
            self._poison()
        return number

    def _submit(self, number: int) -> None:
        door = self._dice.choice(("http", "kafka"))
        self.begun[door].add(number)
        for again in range(2 if self.workload.twice(number) else 1):
            self._say(self.workload.submit(number, again), door, "/v1/cancellations")

    def _say(self, command: Publish, door: str, path: str) -> None:
        if door == "kafka":
            self._publish(command)
            return
        body = orjson.loads(command.value)
        del body["request_id"]
        own = next(value for name, value in command.headers if name == "ce_id")
        self.doors.post(path, {name: value for name, value in body.items() if value is not None}, str(own))

    def _publish(self, command: Publish) -> None:
        copies = self._dice.randint(1, MOST_COPIES) if self.rough else 1
        self.copies += copies - 1
        self._later += [(time.monotonic() + self._dice.uniform(0, 2), command, 0) for _ in range(copies - 1)]
        self._produce(command)

    def _produce(self, command: Publish) -> None:
        """Any channel, with any client: each request's commands come through one and stay in their order."""
        mine = self._producers[sum(str(command.key).encode()) % len(self._producers)]
        mine.produce(command.topic, command.value, command.key, headers=command.headers)

    def _send_what_is_due(self) -> None:
        while self._wanted:
            self._later.append(self._wanted.popleft())
        now = time.monotonic()
        due = [each for each in self._later if each[0] <= now]
        self._later = [each for each in self._later if each[0] > now]
        for _, command, number in due:
            if number:
                self._answer(number, command)
            else:
                self._produce(command)

    # ---- what customers answer -------------------------------------------------------------------------------------

    def _heard(self, kind: str, request_id: str, body: dict[str, Any]) -> None:
        if kind not in ("quote.issued.v1", "settlement.failed.v1"):
            return
        number = _number(str(body["audience"]["subscription"]))
        way = self.workload.way(number)
        if kind == "quote.issued.v1" and way is not Way.SILENT:
            wait = LATE_SECONDS if way is Way.LATE else 0.0
            own = self._named(self.workload.confirm(number), request_id, str(body["quote"]["version"]))
            self._wanted.append((time.monotonic() + wait, own, number))
        elif kind == "settlement.failed.v1" and way is not Way.DECLINED_ALWAYS:
            own = self._named(self.workload.retry(number, 1), request_id, str(self._dice.random()))
            self._wanted.append((time.monotonic(), own, number))

    def _named(self, command: Publish, request_id: str, occasion: str) -> Publish:
        """The same command about the request as intake named it, with an id of its own."""
        body = orjson.loads(command.value) | {"request_id": request_id}
        kind = next(value for name, value in command.headers if name == "ce_type")
        own = str(uuid5(NAMESPACE_URL, f"{request_id}/{kind!s}/{occasion}"))
        new: dict[str, str | bytes | None] = {"ce_subject": request_id, "ce_id": own}
        headers = [(name, new.get(name, value)) for name, value in command.headers]
        return Publish(request_id, orjson.dumps(body), headers, command.topic)

    def _answer(self, number: int, command: Publish) -> None:
        if number in self.begun["kafka"]:
            self._publish(command)
            return
        step = "confirmation" if b"quote_version" in command.value else "payment"
        self._say(command, "http", f"/v1/cancellations/{command.key}/{step}")

    # ---- poison ----------------------------------------------------------------------------------------------------

    def _poison(self) -> None:
        poison = self._dice.choice(POISONS)
        topic = self._dice.choice((SHARED_COMMANDS, *TOPICS))
        record = poison.record
        headers: Any = [*record.headers, (MARK, poison.name.encode())]
        with suppress(KafkaException, BufferError):
            self._dice.choice(self._producers).produce(topic, record.value, record.key, headers=headers)


def _producer(bootstrap: str, packing: str) -> Producer:
    return Producer(
        {
            "bootstrap.servers": bootstrap,
            "log_level": 0,
            "linger.ms": 1,
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": packing,
            "message.max.bytes": LARGEST_BYTES,
            "delivery.timeout.ms": 120_000,
        }
    )


def _number(subscription: str) -> int:
    return int(subscription.removeprefix("sub-c"))
