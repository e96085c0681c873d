"""Says every few seconds how this worker is and how the carrier's systems answer it; it never stops the worker."""

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import structlog

from contracts.carrier.operations import OPERATIONS
from contracts.flow import HEALTH_TOPIC
from contracts.health import EVERY_SECONDS, Heartbeat, SystemSeen, WaitingCall
from contracts.words import Value
from runtime.envelope import Record
from runtime.kafka.unread import NOTHING_GONE, Gone
from runtime.kernel.backlog import Backlog, backlog
from runtime.worker.carrier import AskCarrier, Outage, Refusal, Resting
from runtime.worker.engine import Engine
from runtime.worker.patience import utc_now

log = structlog.get_logger()
LATEST = 200  # answers that the slowest of twenty is found among
WEIGHT = 0.1  # of the latest answer in the moving average
LONGEST_ERROR = 200
MS = 1000


@dataclass
class Experience:
    """With one system of the carrier, since this worker began."""

    answered: int = 0
    failed: int = 0
    in_a_row: int = 0
    since: datetime | None = None
    error: str = ""
    answered_at: datetime | None = None
    seconds: float = 0.0
    resting: bool = False
    latest: deque[float] = field(default_factory=lambda: deque(maxlen=LATEST))

    @property
    def p95(self) -> float:
        return sorted(self.latest)[math.ceil(0.95 * len(self.latest)) - 1] if self.latest else 0.0

    def answer(self, now: datetime, seconds: float) -> None:
        self.seconds += (seconds - self.seconds) * (WEIGHT if self.answered else 1.0)
        self.answered += 1
        self.answered_at, self.in_a_row, self.since, self.resting = now, 0, None, False
        self.latest.append(seconds)

    def outage(self, now: datetime, why: str) -> None:
        self.failed += 1
        self.in_a_row += 1
        self.since, self.error, self.resting = self.since or now, why[:LONGEST_ERROR], False


class Heart:
    """Stands between the engine and the carrier, and listens."""

    def __init__(
        self,
        service: str,
        worker: str,
        asks: AskCarrier,
        send: Callable[[Sequence[Record]], Awaitable[None]],
        now: Callable[[], datetime] = utc_now,
        answered_in: Callable[[str, float], None] = lambda operation, seconds: None,
    ) -> None:
        self._answered_in = answered_in
        self.service, self.worker, self._asks, self._send, self._now = service, worker, asks, send, now
        self.systems: dict[str, Experience] = {}
        self.started = now()
        try:
            self.version = version("tuiding")
        except PackageNotFoundError:  # run from a folder that was never installed
            self.version = ""

    async def ask(self, name: str, ask: Value, key: str) -> Value:
        """As the carrier answers it; a refusal is an answer too."""
        system = self.systems.setdefault(OPERATIONS[name].system, Experience())
        began = time.monotonic()
        try:
            answer = await self._asks(name, ask, key)
        except Resting:
            system.resting = True
            raise
        except Outage as outage:
            system.outage(self._now(), str(outage))
            raise
        except Refusal:
            self._answer(system, name, time.monotonic() - began)
            raise
        self._answer(system, name, time.monotonic() - began)
        return answer

    def _answer(self, system: Experience, name: str, seconds: float) -> None:
        system.answer(self._now(), seconds)
        self._answered_in(name, seconds)

    async def beat(
        self, engine: Engine, assigned: Callable[[], Iterable[Any]], gone: Callable[[], Gone] = Gone
    ) -> None:
        """A broker or a database that is away has people who wait for it already: here a beat is left out."""
        while True:
            try:
                async with asyncio.timeout(EVERY_SECONDS):
                    left = await asyncio.to_thread(backlog, engine.stepper.store, self.worker)
                    await self._send([record(self.heartbeat(engine, assigned(), left, gone()))])
                engine.meters.calls_pending.set(left.calls)
                engine.meters.outbox_pending.set(left.outbox)
                engine.meters.early_waiting(left.early)
                engine.meters.heartbeat.set(time.time())
            except Exception as error:
                log.info("no heartbeat", why=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    def heartbeat(self, engine: Engine, assigned: Iterable[Any], left: Backlog, gone: Gone = NOTHING_GONE) -> Heartbeat:
        partitions: dict[str, list[int]] = {}
        for place in assigned:
            partitions.setdefault(place.topic, []).append(place.partition)
        return Heartbeat(
            service=self.service,
            worker=self.worker,
            version=self.version,
            started=self.started,
            at=self._now(),
            waiting_for=engine.waiting_for,
            oldest_ms=round(engine.oldest_seconds() * MS),
            queued=len(engine.queue) + len(engine.turns),
            partitions={topic: tuple(sorted(numbers)) for topic, numbers in sorted(partitions.items())},
            calls=left.calls,
            outbox=left.outbox,
            kept_back=len(engine.kept_back),
            gone=gone.records,
            gone_at=gone.at,
            slowed=engine.slowed,
            crowding=engine.crowding,
            early=left.early,
            systems=tuple(self._seen(left)),
            p95_ms={name: round(known.p95 * MS) for name, known in sorted(self.systems.items()) if known.latest},
            resting=tuple(sorted(name for name, known in self.systems.items() if known.resting)),
            waiting_calls=tuple(WaitingCall(**each._asdict()) for each in left.worst),
        )

    def _seen(self, left: Backlog) -> Iterable[SystemSeen]:
        waiting = Counter[str]()
        for operation, number in left.in_vain.items():
            waiting[OPERATIONS[operation].system] += number
        for name in sorted({*self.systems, *waiting}):
            known = self.systems.get(name, Experience())
            yield SystemSeen(
                system=name,
                answered=known.answered,
                failed=known.failed,
                failed_in_a_row=known.in_a_row,
                failing_since=known.since,
                last_error=known.error,
                last_answer_at=known.answered_at,
                answer_ms=round(known.seconds * MS),
                waiting=waiting[name],
            )


def record(heartbeat: Heartbeat) -> Record:
    return Record(HEALTH_TOPIC, heartbeat.key.encode(), heartbeat.model_dump_json().encode(), [])
