"""The customers of the benchmark in one efficient loop: submits, confirms what is quoted, notes when each was told.

Closed loop: a new request for each that left (ended, or waits on purpose). Open loop: by the clock, whatever happens;
then a latency counts from the moment at which the request should have been sent.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from confluent_kafka import Message, Producer

from bench.listener import following, type_of, waiting
from bench.workload import LATE_SECONDS, Publish, Way, Workload
from contracts.flow import PREFIX
from contracts.messages.billing import FeeSettled, QuoteExpired, QuoteIssued, SettlementAbandoned, SettlementFailed
from contracts.messages.notify import RequestClosed
from contracts.messages.review import RequestRejected

FOLLOWED = ("billing", "review", "notify")
ENDS = {
    RequestClosed.type: "closed",
    RequestRejected.type: "rejected",
    QuoteExpired.type: "expired",
    SettlementAbandoned.type: "failed",
}
WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.005, 0.1  # the driver looks at the clock again after it


class CrowdUsedUp(Exception):
    """Every customer has cancelled already; start with a larger crowd."""


@dataclass(slots=True)
class Journey:
    intended: float
    quoted: float = 0.0
    told: float = 0.0
    end: str = ""
    tries: int = 0
    waiting: bool = False  # on purpose: no longer in the closed loop's window


class Driver:
    """`run` for so many seconds, `drain` until everybody has an end; look at `journeys`, `ends` and `faults`."""

    def __init__(self, bootstrap: str, workload: Workload, prefix: str, customers: Iterator[int]) -> None:
        self.workload, self._customers = workload, customers
        self.journeys: dict[int, Journey] = {}
        self.ends: Counter[str] = Counter()
        self.faults: list[str] = []
        self.active = self.sent = 0
        self.awaited: tuple[str, int] = ("", 0)  # (topic, ms): `moved_at` is when we see the first record written later
        self.moved_at = 0.0
        self._later: list[tuple[float, int]] = []
        self._prefix, self._shared = prefix, "" if prefix == PREFIX else f"{prefix}.commands"
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": "all"})
        self._consumer = following(bootstrap, [f"{prefix}.{short}" for short in FOLLOWED])

    def close(self) -> None:
        self._producer.flush(10)
        self._consumer.close()

    def run(self, seconds: float, *, window: int = 0, rate: float = 0.0) -> None:
        """Closed loop with `window` requests in flight, or open loop at `rate` a second."""
        began = time.perf_counter()
        sent_before = self.sent
        while (now := time.perf_counter()) < began + seconds:
            if window:
                for _ in range(window - self.active):
                    self._submit(now)
                self.follow()
            else:
                for number in range(self.sent - sent_before, int((now - began) * rate) + 1):
                    self._submit(began + number / rate)
                self.follow(began + (self.sent - sent_before) / rate - time.perf_counter())

    def drain(self, patience_seconds: float) -> bool:
        """Until every request has its end; false when some still have none."""
        deadline = time.perf_counter() + patience_seconds
        while sum(self.ends.values()) < len(self.journeys) and time.perf_counter() < deadline:
            self.follow()
        return sum(self.ends.values()) == len(self.journeys)

    def empty(self, patience_seconds: float) -> None:
        """Until nobody is in flight but those who wait on purpose."""
        deadline = time.perf_counter() + patience_seconds
        while self.active and time.perf_counter() < deadline:
            self.follow()

    def follow(self, patience_seconds: float = WAIT_SECONDS) -> None:
        """One look at what was said, for which it waits, and one at who confirms now."""
        until_later = self._later[0][0] - time.perf_counter() if self._later else LONGEST_WAIT_SECONDS
        for record in waiting(self._consumer, max(0.0, min(patience_seconds, until_later, LONGEST_WAIT_SECONDS))):
            self._heard(record)
        now = time.perf_counter()
        while self._later and self._later[0][0] <= now:
            self._send(self.workload.confirm(self._later.pop(0)[1]))
        self._producer.poll(0)

    def _submit(self, intended: float) -> None:
        number = next(self._customers, None)
        if number is None:
            raise CrowdUsedUp("every customer of the crowd has cancelled; try again with a larger --crowd")
        self.journeys[number] = Journey(intended)
        self.active += 1
        self.sent += 1
        self._send(self.workload.submit(number))
        if self.workload.twice(number):
            self._send(self.workload.submit(number, again=1))

    def _send(self, command: Publish) -> None:
        self._producer.produce(self._shared or command.topic, command.value, command.key, headers=command.headers)

    def _heard(self, record: Message) -> None:
        if record.error():
            raise RuntimeError(f"the driver cannot follow: {record.error()}")
        key, kind = record.key(), type_of(record)
        topic, after = self.awaited
        if not self.moved_at and topic and record.topic() == topic and record.timestamp()[1] > after:
            self.moved_at = time.perf_counter()
        if key is None or not key.startswith(b"%08x-" % self.workload.run):
            return
        number = int(key[-12:], 16)
        journey = self.journeys.get(number)
        if journey is None:
            return
        if kind == QuoteIssued.type:
            self._quoted(number, journey)
        elif kind == SettlementFailed.type:
            self._declined(number, journey)
        elif kind == FeeSettled.type and self.workload.way(number) is Way.NOTICE:
            self._leave(journey)
        elif kind in ENDS:
            self._ended(number, journey, ENDS[kind])

    def _quoted(self, number: int, journey: Journey) -> None:
        if journey.quoted:
            return
        journey.quoted = time.perf_counter()
        way = self.workload.way(number)
        if way in (Way.SILENT, Way.LATE):
            self._leave(journey)
        if way is Way.LATE:
            self._later.append((journey.quoted + LATE_SECONDS, number))
        elif way is not Way.SILENT:
            self._send(self.workload.confirm(number))

    def _declined(self, number: int, journey: Journey) -> None:
        journey.tries += 1
        if self.workload.way(number) is Way.DECLINED_ALWAYS:
            self._leave(journey)
        else:
            self._send(self.workload.retry(number, journey.tries))

    def _leave(self, journey: Journey) -> None:
        if not journey.waiting and not journey.end:
            journey.waiting = True
            self.active -= 1

    def _ended(self, number: int, journey: Journey, end: str) -> None:
        if journey.end:
            self.faults.append(f"{self.workload.request_id(number)} ended twice: {journey.end}, then {end}")
            return
        self._leave(journey)
        journey.end, journey.told = end, time.perf_counter()
        self.ends[end] += 1
