"""All kernels in one process, without Kafka: an in-memory log, a still clock, batches as large as one likes."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from bench.in_process import InProcessCarrier
from bench.workload import Publish, Workload
from contracts.flow import SERVICES, group_id
from contracts.messages.billing import QuoteIssued
from contracts.messages.notify import RequestClosed
from policies.pack import editions
from runtime.envelope import Record, event_type
from runtime.kernel.arrivals import Arrival, CallDone, Consumed, Outcome, PendingCall
from runtime.kernel.journal import Shelf, bound
from runtime.kernel.store import Store
from runtime.worker.carrier import Refusal
from runtime.worker.consuming import read_topics
from runtime.worker.engine import IDLE_SECONDS
from runtime.worker.service_host import stepper

START = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
MOMENT = timedelta(milliseconds=10)  # a round takes so long by the clock of this system
LOOK = timedelta(seconds=IDLE_SECONDS)
GATHERED = 5  # where others take one at a time, a patient one finds so many: about what one saga says at once
QUOTED, CLOSED = QuoteIssued.type, RequestClosed.type


class Queued(NamedTuple):
    arrival: Arrival
    may_wait: bool


class Service:
    """One kernel with its queue, turned by hand as the engine turns it."""

    def __init__(self, name: str, folder: Path, policy: str) -> None:
        self.name = name
        self.stepper = stepper(name, Store(str(folder), name), editions(policy), "1")
        self.hopes = bool(self.stepper.patience_seconds)  # for others, where one may wait
        self.shelf = Shelf()
        self.queue: deque[Queued] = deque()
        self.published: list[int] = []
        self.seen: dict[str, int] = dict.fromkeys(read_topics(name), 0)

    def may_wait(self, arrival: Arrival) -> bool:
        return self.hopes and self.stepper.may_wait(arrival)

    @property
    def patient(self) -> bool:
        """It waits until nobody else moves."""
        return all(each.may_wait for each in self.queue)

    def batch(self, most: int) -> list[Arrival]:
        """Those that may wait go with whoever comes then."""
        patient = sum(1 for _ in takewhile(lambda each: each.may_wait, self.queue))
        most = min(most * GATHERED, max(most, patient + (most if patient < len(self.queue) else 0)))
        return [self.queue.popleft().arrival for _ in range(min(most, len(self.queue)))]

    def step(self, batch: Sequence[Arrival], now: datetime) -> Outcome:
        outcome = self.stepper.step(batch, self.published, now)
        self.published = list(outcome.unforgotten)
        return outcome

    def publish(self, outcome: Outcome) -> list[Record]:
        """As the engine: the journal's rows go out together once a second."""
        now = self.shelf.put(outcome.publish)
        self.published += [each.position for each in now]
        return [each.record for each in now]

    def clear_the_shelf(self) -> list[Record]:
        rows = self.shelf.cleared()
        self.published += [each.position for each in rows]
        return list(bound(rows))


class OneProcess:
    """`run` so many sagas from submission to the last notice; then look at `tally`."""

    def __init__(self, folder: Path, most: int, policy: str = "demo") -> None:
        self.most, self.now = most, START
        self.carrier = InProcessCarrier(lambda: self.now)
        self.services = [Service(service.name, folder, policy) for service in SERVICES]
        self.log: defaultdict[str, list[Record]] = defaultdict(list)
        self.tally: Counter[str] = Counter()
        self.workload = Workload(1, plain=True)
        self._looked = START
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        self._loop.close()
        for each in self.services:
            each.stepper.store.close()

    def run(self, customers: Iterator[int], sagas: int) -> None:
        closed = self.tally[CLOSED]
        for _ in range(sagas):
            self._say(self.workload.submit(next(customers)))
        while self._round():
            pass
        if self.tally[CLOSED] - closed != sagas:
            raise RuntimeError(f"{self.tally[CLOSED] - closed} of {sagas} sagas were closed")

    def _round(self) -> bool:
        """Those who may wait come when all others have nothing left; rows that were published go in the end."""
        self.now += MOMENT
        if self.now - self._looked >= LOOK:
            self._looked = self.now
            for each in self.services:
                self._clear_the_shelf(each)
        waiting = [each for each in self.services if self._poll(each)]
        for each in [each for each in waiting if not each.patient] or waiting:
            self._turn(each)
        for each in () if waiting else self.services:
            self._tidy(each)
        return bool(waiting)

    def _turn(self, service: Service) -> None:
        outcome = service.step(service.batch(self.most), self.now)
        for each in service.publish(outcome):
            self._publish(each)
        answers = [self._ask(call) for call in outcome.calls]
        service.queue += [Queued(each, service.may_wait(each)) for each in answers]

    def _clear_the_shelf(self, service: Service) -> None:
        for each in service.clear_the_shelf():
            self._publish(each)

    def _tidy(self, service: Service) -> None:
        self._clear_the_shelf(service)
        if service.published:
            service.step((), self.now)

    def _poll(self, service: Service) -> bool:
        """Whether anything is there."""
        for topic, seen in service.seen.items():
            records = self.log[topic]
            for offset in range(seen, len(records)):
                self.tally["delivered"] += 1
                if service.stepper.wants(records[offset]):
                    self.tally["deliveries"] += 1
                    milliseconds = int(self.now.timestamp() * 1000)
                    found = Consumed(records[offset], 0, offset, milliseconds, group_id(service.name))
                    service.queue.append(Queued(found, service.may_wait(found)))
            service.seen[topic] = len(records)
        return bool(service.queue)

    def _publish(self, record: Record) -> None:
        self.log[record.topic].append(record)
        self.tally["records"] += 1
        self.tally["bytes of records"] += len(record.value or b"") + sum(len(n) + len(v) for n, v in record.headers)
        kind = event_type(record.headers) or ""
        self.tally[kind] += 1
        if kind == QUOTED:
            self._say(self.workload.confirm(int((record.key or b"")[-12:], 16)))

    def _say(self, command: Publish) -> None:
        headers = [
            (name, value.encode() if isinstance(value, str) else value or b"") for name, value in command.headers
        ]
        self._publish(Record(command.topic, command.key.encode(), command.value, headers))

    def _ask(self, pending: PendingCall) -> CallDone:
        call = pending.call
        try:
            answer = self._loop.run_until_complete(self.carrier.ask(call.operation, call.ask, pending.key))
            return CallDone(pending, pending.answered(answer))
        except Refusal as no:
            return CallDone(pending, pending.refused(no.code, no.detail))
