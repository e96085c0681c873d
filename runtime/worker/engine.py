"""Keeps a kernel turning: batches in, records published, calls made, alarms rung, acknowledgements last.

It knows no Kafka client: `publish` returns once the broker has everything, `acknowledge` marks what came as done.
Records are acknowledged strictly in the order in which they came, and only after all they led to is published.
"""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import sqlalchemy.exc
import structlog

from runtime.decision import Answered, Refused
from runtime.envelope import Record, Unreadable
from runtime.kernel import due
from runtime.kernel.arrivals import (
    Arrival,
    CallDone,
    Consumed,
    Folded,
    Letter,
    Outcome,
    Outgoing,
    PendingCall,
    SetAside,
    joined,
)
from runtime.kernel.cases import Conflict
from runtime.kernel.dead_letters import TAKEN_IN
from runtime.kernel.journal import Shelf, apart, bound
from runtime.kernel.outbox import KeptBack
from runtime.kernel.store import Store, is_outage
from runtime.settings import Settings
from runtime.worker.carrier import CALLING, AskCarrier, Outage, Refusal, Resting
from runtime.worker.folding import Folding
from runtime.worker.senders import InTurn, Senders
from runtime.worker.telemetry import Meters

log = structlog.get_logger()
ASK_THEM = "this sender breaks the contract again and again: see docs/runbooks/slowed-sender.md"
Together = Callable[[Sequence[Outgoing]], Iterable[Record]]
Publish = Callable[[Sequence[Record]], Awaitable[None]]
IDLE_SECONDS = 1.0
PRUNE_SECONDS = 3600.0
BUSY_SECONDS, GATHER_SECONDS = 0.02, 0.006
LONGEST_BACKOFF_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 300.0  # a carrier may ask for patience, not for a year


class Stepper(Protocol):
    """What an engine turns: `Kernel`, or the console's projection."""

    store: Store
    worker: str
    patience_seconds: float  # how long it may wait for more before it takes what is there

    def wants(self, record: Record) -> bool: ...
    def fault(self, consumed: Consumed) -> Unreadable | None: ...
    def partitions_came(self) -> None: ...
    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome: ...


class GaveUp(Exception):
    """The database or the broker was away for longer than our patience: end, and be restarted."""


class NotAllowed(GaveUp):
    """The broker answers and says no to all we say: a person has to grant it; the sentence says what."""


class Unpublishable(Exception):
    """The broker will never take this record (too large, not a valid record): the others are to go on."""


class Flood(GaveUp):
    """So many dead letters in a minute that the fault must be ours: stop, and let a person look first."""


class Work(NamedTuple):
    arrival: Arrival | None  # None: nobody here decides on it, it is only acknowledged in its turn
    acknowledge: Callable[[], object] | None


def _briefly(error: Exception) -> str:
    """Of a database's error only its own words: the rest repeats what was to be written."""
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"[:300]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Engine:
    def __init__(
        self,
        stepper: Stepper,
        publish: Publish,
        ask: AskCarrier,
        settings: Settings,
        meters: Meters,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.stepper, self.publish, self.ask, self.settings, self.meters = stepper, publish, ask, settings, meters
        self.now = now
        self.queue: deque[Work] = deque()
        self.published: list[int] = []
        self.shelf = Shelf()
        self._done: list[Callable[[], object]] = []  # acknowledgements that wait for the journal
        self.in_work_since: float | None = None
        self.kept_back = KeptBack()
        self.waiting_for = ""  # why we stand still, for /readyz
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._calls: dict[str, asyncio.Task[None]] = {}  # the last call of each request: they go in order
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(settings.calls_at_once)
        self._next_alarm: datetime | None = None
        self._next_look = self._next_prune = self._last_turn = 0.0
        self._our_faults: list[float] = []
        self.senders, self.folding, self.in_turn = Senders(settings.junk_per_minute), Folding(), InTurn()

    # ---- in --------------------------------------------------------------------------------------------------------

    async def arrived_together(
        self, arrivals: Sequence[Arrival], acknowledge: Callable[[], object] | None = None
    ) -> None:
        """Queues arrivals in their order, acknowledged together, after all that came before them.

        Waits while the queue is full, so that Kafka is not read faster than we decide.
        """
        await self._room.wait()
        done = None if acknowledge is None else self.in_turn.expect(acknowledge, max(1, len(arrivals)))
        for arrival in arrivals or (None,):
            if not (self.senders.slowed_since and self._is_folded(arrival, done)):
                self._put(Work(arrival, done))
        if len(self.queue) >= 4 * self.settings.batch_records or self.folding.full:
            self._wake.set()
            self._room.clear()

    def _is_folded(self, arrival: Arrival | None, done: Callable[[], None] | None) -> bool:
        """What breaks the contract, of a sender beyond its budget; whatever else that one sends is as everybody's."""
        if not isinstance(arrival, Consumed):
            return False
        sender = self.senders.beyond(arrival.record)
        fault = self.stepper.fault(arrival) if sender else None
        if sender is None or fault is None:
            return False
        if not len(self.folding):
            self._wake.set()  # whoever sleeps for long is to sleep no longer than they may be held
        self.folding.add(sender, arrival, fault, done, asyncio.get_running_loop().time())
        return True

    def _put(self, work: Work) -> None:
        self.queue.append(work)
        self._wake.set()

    @property
    def slowed(self) -> tuple[str, ...]:
        """Who sends so much that breaks the contract that it is told together, for people."""
        slowed = self.senders.slowed(asyncio.get_running_loop().time())
        return tuple(f"{sender.source or '(no source)'} on {sender.topic}" for sender in slowed)

    def oldest_seconds(self) -> float:
        """How long the present round takes; the watchdog ends the process when it hangs, wherever that is.

        What still waits in the queue does not count: being slow is no reason to die.
        """
        since = self.in_work_since  # the watchdog asks from its own thread: no event loop to take the time from
        return 0.0 if since is None else time.monotonic() - since

    # ---- round and round -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        try:
            await self._rounds()
        except sqlalchemy.exc.SQLAlchemyError as error:  # not about one message: it refuses what every round asks
            raise GaveUp(f"the database refuses us ({_briefly(error)}): look at the database") from error

    async def _rounds(self) -> None:
        store = self.stepper.store
        self.in_work_since = time.monotonic()
        await self._patiently(due.take_over_own_calls, store, self.stepper.worker, self.now())
        self._next_alarm = await self._patiently(due.next_alarm, store)
        while True:
            self.in_work_since = None
            await self._sleep()
            self.in_work_since = time.monotonic()
            await self._ring()
            if asyncio.get_running_loop().time() >= self._next_look or self.shelf.is_full:
                await self._look_around()
            await self._gather()
            await self._turn(self._batch())
            self._last_turn = asyncio.get_running_loop().time()

    async def _gather(self) -> None:
        """Under load a moment's patience fills the batch: a transaction costs about as much as ten messages in it."""
        if self.stepper.patience_seconds and 0 < len(self.queue) < self.settings.batch_records:
            await asyncio.sleep(self.stepper.patience_seconds)
            return
        just_now = asyncio.get_running_loop().time() - self._last_turn < BUSY_SECONDS
        if just_now and len(self.queue) < self.settings.batch_records // 10:
            await asyncio.sleep(GATHER_SECONDS)

    async def _sleep(self) -> None:
        if self.queue:
            return
        self._wake.clear()
        wait = IDLE_SECONDS
        if self._next_alarm is not None:
            wait = min(wait, max(0.0, (self._next_alarm - self.now()).total_seconds()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), wait)

    async def _look_around(self) -> None:
        """About once a second: calls to repeat, alarms others armed, records a dead worker left unpublished."""
        store, now, most = self.stepper.store, self.now(), self.settings.batch_records
        here = asyncio.get_running_loop().time()
        self._next_look = here + IDLE_SECONDS
        await self.clear_the_shelf()
        for call in await self._patiently(due.take_calls, store, self.stepper.worker, now, most):
            if call.id not in self._under_way:
                self._make(call)
        self._next_alarm = await self._patiently(due.next_alarm, store)
        again, waiting = self.kept_back.due(here)
        left = await self._patiently(due.left_unpublished, store, now, most, [*self.published, *waiting], again)
        there = {row.position for row in left}
        self.kept_back.let_go(position for position in again if position in there or len(left) < most)
        if left:
            self.published += await self._out(left)
        self.meters.kept_back.set(len(self.kept_back))
        if here >= self._next_prune:
            self._next_prune = here + PRUNE_SECONDS
            await self._patiently(due.prune, store, now, timedelta(days=self.settings.keep_days))

    async def _ring(self) -> None:
        if self._next_alarm is None or self._next_alarm > self.now():
            return
        due_now = await self._patiently(due.due_alarms, self.stepper.store, self.now(), self.settings.batch_records)
        if not due_now:  # a twin was faster: without a new look at once we would turn on the spot until the next one
            self._next_look = 0.0
        self.queue.extendleft(Work(alarm, None) for alarm in reversed(due_now))

    def _batch(self) -> list[Work]:
        size = min(len(self.queue), self.settings.batch_records)
        batch = [self.queue.popleft() for _ in range(size)]
        batch += [Work(*each) for each in self.folding.due(asyncio.get_running_loop().time())]
        if len(self.queue) < 2 * self.settings.batch_records:
            self._room.set()
        return batch

    async def _turn(self, batch: list[Work]) -> None:
        arrivals = [work.arrival for work in batch if work.arrival is not None]
        if arrivals or self.published:
            outcome = await self._step(arrivals)
            for call in outcome.calls:
                self._make(call)
            self.published = [*outcome.unforgotten, *await self._out(self.shelf.put(outcome.publish))]
            self._next_alarm = outcome.next_due
            self.meters.stepped(outcome, len(arrivals))
            self._notice_a_flood(outcome.letters)
        self._done += [work.acknowledge for work in batch if work.acknowledge is not None]
        if not self.shelf.rows:
            self._acknowledge()

    async def clear_the_shelf(self) -> None:
        """The journal first: what is acknowledged can be decided again from the topics alone."""
        self.published += await self._out(self.shelf.cleared(), bound)
        self._acknowledge()

    def _acknowledge(self) -> None:
        done, self._done = self._done, []
        for acknowledge in done:
            acknowledge()

    def _notice_a_flood(self, letters: Sequence[Letter]) -> None:
        """Only what we took in and then failed at is our fault; what breaks the contract is its sender's."""
        now = asyncio.get_running_loop().time()
        for sender in self.senders.heard(letters, now):
            log.warning("slowed", topic=sender.topic, source=sender.source, what_to_do=ASK_THEM)
        self.meters.senders(letters, self.senders.slowed(now))
        ours = [now for letter in letters if letter.code in TAKEN_IN]
        self._our_faults = [at for at in self._our_faults if at > now - 60] + ours
        if len(self._our_faults) > self.settings.dead_letters_per_minute:
            raise Flood(
                f"{len(self._our_faults)} decisions of ours failed within a minute: that is us, not them. Nothing is "
                "lost: look at `tuiding dead-letters list`, mend the cause, start again, then redrive them"
            )

    async def _step(self, arrivals: list[Arrival]) -> Outcome:
        """Until the database has it. If it will not have it, the one that it refuses is looked for and set aside."""
        try:
            return await self._decided(arrivals)
        except GaveUp:
            raise
        except Exception as error:  # away is waited for; this is about what we asked
            if not arrivals:
                raise
            log.error("one by one", arrivals=len(arrivals), why=_briefly(error))
            return joined([await self._alone(each) for each in arrivals])

    async def _alone(self, arrival: Arrival) -> Outcome:
        try:
            return await self._decided([arrival])
        except GaveUp:
            raise
        except Exception as error:
            log.error("set aside", why=_briefly(error))
            assert not isinstance(arrival, SetAside)
            return await self._last_try(arrival if isinstance(arrival, Folded) else SetAside(arrival, error))

    async def _last_try(self, aside: SetAside | Folded) -> Outcome:
        try:
            return await self._decided([aside])
        except GaveUp:
            raise
        except Exception as error:
            raise GaveUp(
                f"the database refuses even a dead letter ({_briefly(error)}): look at the database"
            ) from error

    async def _decided(self, arrivals: list[Arrival]) -> Outcome:
        """A conflict is decided again at once, on the fresh cases."""
        while True:
            try:
                outcome: Outcome = await self._patiently(self.stepper.step, arrivals, self.published, self.now())
                return outcome
            except Conflict as error:
                self.meters.conflicts.inc()
                log.info("decide again", why=str(error))

    async def _patiently(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """A database that is away is waited for; what it may have done before it went is safe to do again."""
        deadline = asyncio.get_running_loop().time() + self.settings.patience_seconds
        while True:
            try:
                result = await self._on_store(function, *arguments)
                self.waiting_for = ""
                return result
            except sqlalchemy.exc.SQLAlchemyError as error:
                if not is_outage(error):
                    raise
                await self.clear_the_shelf()  # should the database never come back, it is made again from the journal
                await self._wait("database", error, deadline)

    async def _out(self, rows: Sequence[Outgoing], together: Together = apart) -> list[int]:
        """The positions of those the broker has; it is waited for until it has all but what it will never take."""
        free = [row for row in rows if not self.kept_back.holds(row)]
        try:
            await self._sent(list(together(free)))
            return [row.position for row in free]
        except Unpublishable:
            return [position for row in free for position in await self._one_out(row)]

    async def _one_out(self, row: Outgoing) -> list[int]:
        """What cannot go holds back all that its request says after it, and nobody else's."""
        if self.kept_back.holds(row):
            return []
        try:
            await self._sent([row.record])
            return [row.position]
        except Unpublishable as error:
            log.error("kept back", topic=row.record.topic, position=row.position, why=str(error))
            self.kept_back.add(row, asyncio.get_running_loop().time())
            self.meters.kept_back.set(len(self.kept_back))
            return []

    async def _sent(self, records: Sequence[Record]) -> None:
        """What was published twice on the way is recognised by its id."""
        deadline = asyncio.get_running_loop().time() + self.settings.patience_seconds
        while records:
            try:
                await self.publish(records)
                self.waiting_for = ""
                return
            except (GaveUp, Unpublishable):
                raise
            except Exception as error:  # every other client error means the same: the broker does not have it yet
                await self._wait("broker", error, deadline)

    async def _wait(self, what: str, error: Exception, deadline: float) -> None:
        self.waiting_for = f"{what}: {type(error).__name__}"
        log.warning("waiting", what=what, error=_briefly(error))
        if asyncio.get_running_loop().time() > deadline:
            seconds = self.settings.patience_seconds
            raise GaveUp(f"the {what} was away for more than {seconds:.0f} s; at last: {_briefly(error)}") from error
        await asyncio.sleep(0.2 + random.random() * 0.8)

    async def _on_store(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    # ---- asking the carrier ----------------------------------------------------------------------------------------

    def _make(self, call: PendingCall) -> None:
        self._under_way.add(call.id)
        before = self._calls.get(call.request_id)
        task = asyncio.get_running_loop().create_task(self._ask(call, before))
        self._calls[call.request_id] = task
        task.add_done_callback(lambda done: self._call_over(call, done))

    def _call_over(self, call: PendingCall, task: asyncio.Task[None]) -> None:
        self._under_way.discard(call.id)
        if self._calls.get(call.request_id) is task:
            del self._calls[call.request_id]

    async def _ask(self, pending: PendingCall, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        call = pending.call
        CALLING.set(pending)  # this task's alone, as are the names in its log
        structlog.contextvars.bind_contextvars(request=pending.request_id, trace_id=UUID(pending.root).hex)
        async with self._slots:
            try:
                answer = await self.ask(call.operation, call.ask, pending.key)
                outcome: Answered | Refused = pending.answered(answer)
            except Refusal as no:
                outcome = pending.refused(no.code, no.detail)
            except Outage as outage:
                await self._later(pending, outage)
                return
            except Exception as error:  # a bug of ours: nobody knows what was done, so it is asked again like an outage
                log.error("asking failed", operation=call.operation, why=_briefly(error))
                await self._later(pending, Outage(_briefly(error)))
                return
        self.meters.asked(call.operation, outcome)
        self._put(Work(CallDone(pending, outcome), None))

    async def _later(self, pending: PendingCall, outage: Outage) -> None:
        self.meters.outages.labels(pending.call.operation).inc()
        seconds = min(LONGEST_BACKOFF_SECONDS, 0.5 * 2 ** min(pending.attempt, 10)) * random.uniform(0.5, 1.0)
        asked_for = min(outage.retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)
        until = self.now() + timedelta(seconds=max(seconds, asked_for))
        try:
            why = "" if isinstance(outage, Resting) else str(outage)
            await self._on_store(due.postpone, self.stepper.store, pending, until, why)
        except sqlalchemy.exc.DBAPIError as error:  # its lease ends and it is taken up again
            log.warning("could not postpone", error=str(error)[:200])
