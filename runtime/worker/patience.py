"""What lasts, the database and the broker, is waited for: both are asked again until they answer, or we give up.

Decided is what the database has, published what the broker has; acknowledged is what has both behind it.
"""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy.exc
import structlog

from runtime.envelope import Record, Unreadable
from runtime.kernel import database_words
from runtime.kernel.arrivals import Arrival, Consumed, Folded, Outcome, Outgoing, SetAside, joined
from runtime.kernel.cases import Conflict, FromALaterRelease
from runtime.kernel.journal import Shelf, apart, bound
from runtime.kernel.outbox import KeptBack
from runtime.kernel.reached import Reached, WentBack
from runtime.kernel.store import Store, hurried, is_outage
from runtime.rush import Rush
from runtime.settings import Settings
from runtime.worker.carrier import AskCarrier
from runtime.worker.folding import Folding
from runtime.worker.giving_up import Behind, GaveUp, Older, Unpublishable
from runtime.worker.senders import InTurn, Senders
from runtime.worker.telemetry import Meters
from runtime.worker.turns import Turns, Work

log = structlog.get_logger()
LEAVE_IT = "this worker stands down and leaves it to workers of that release; start those, see docs/runbooks/upgrade.md"
BUSY_SECONDS = 0.02
FULL_BATCHES = 2  # in the queue; what is said on another topic waits for all of them
FEW = 8  # messages take about 5 ms, for which nothing else of this process moves
Together = Callable[[Sequence[Outgoing]], Iterable[Record]]
Publish = Callable[[Sequence[Record]], Awaitable[None]]
Learn = Callable[[], Awaitable[None]]  # how far our group has got by now


class Stepper(Protocol):
    """What an engine turns: `Kernel`, or the console's projection."""

    store: Store
    worker: str
    reached: Reached
    patience_seconds: float  # how long what may wait does, for more of its kind

    def wants(self, record: Record) -> bool: ...
    def fault(self, consumed: Consumed) -> Unreadable | None: ...
    def may_wait(self, arrival: Arrival) -> bool: ...
    def partitions_came(self) -> None: ...
    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome: ...


def briefly(error: Exception) -> str:
    """Of a database's error only its own words: the rest repeats what was to be written."""
    return f"{type(error).__name__}: {getattr(error, 'orig', None) or error}"[:300]


async def nothing_new() -> None: ...


def utc_now() -> datetime:
    return datetime.now(UTC)


class Patience:
    def __init__(
        self,
        stepper: Stepper,
        publish: Publish,
        ask: AskCarrier,
        settings: Settings,
        meters: Meters,
        now: Callable[[], datetime] = utc_now,
        learn: Learn = nothing_new,
    ) -> None:
        self.stepper, self.publish, self.ask, self.settings, self.meters = stepper, publish, ask, settings, meters
        self.now, self.learn = now, learn
        self.queue: deque[Work] = deque()
        self.turns = Turns(FULL_BATCHES * settings.batch_records, settings.calls_at_once)
        self.published: list[int] = []
        self.shelf = Shelf()
        self._done: list[Callable[[], object]] = []  # acknowledgements that wait for the journal
        self.in_work_since: float | None = None
        self.kept_back = KeptBack()
        self.waiting_for = ""  # why we stand still, for /readyz
        self._wake, self._room = asyncio.Event(), asyncio.Event()
        self._hurry = asyncio.Event()  # not set: what is in the queue waits for others, or for one that may not wait
        self._room.set()
        self._hurry.set()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._calls: dict[str, asyncio.Task[None]] = {}  # the last call of each request: they go in order
        self._under_way: set[str] = set()
        self._slots = asyncio.Semaphore(settings.calls_at_once)
        self._slots_of_long = asyncio.Semaphore(self.turns.calls_of_long)
        self._next_alarm: datetime | None = None
        self._next_look = self._next_prune = self._last_step = 0.0
        self._rush = Rush(BUSY_SECONDS)
        self._our_faults: list[float] = []
        self.senders, self.folding = Senders(settings.junk_per_minute), Folding()
        self.in_turn = defaultdict[str, InTurn](InTurn)  # by topic: on one, others' rows hold back no acknowledgement

    async def clear_the_shelf(self) -> None:
        """The journal first: what is acknowledged can be decided again from the topics alone."""
        lines = self.shelf.cleared()
        self.published += await self._out(lines, bound)
        self.stepper.reached.published(lines)  # before it is acknowledged: it goes with the commit
        self._acknowledge()

    def _acknowledge(self) -> None:
        done, self._done = self._done, []
        for acknowledge in done:
            acknowledge()

    async def _step(self, arrivals: list[Arrival]) -> Outcome:
        """Until the database has it. If it will not have it, the one that it refuses is looked for and set aside."""
        try:
            return await self._decided(arrivals)
        except GaveUp:
            raise
        except Exception as error:  # away is waited for; this is about what we asked
            if not arrivals:
                raise
            log.error("one by one", arrivals=len(arrivals), why=briefly(error))
            return joined([await self._alone(each) for each in arrivals])

    async def _alone(self, arrival: Arrival) -> Outcome:
        try:
            return await self._decided([arrival])
        except GaveUp:
            raise
        except Exception as error:
            log.error("set aside", why=briefly(error))
            assert not isinstance(arrival, SetAside)
            return await self._last_try(arrival if isinstance(arrival, Folded) else SetAside(arrival, error))

    async def _last_try(self, aside: SetAside | Folded) -> Outcome:
        try:
            return await self._decided([aside])
        except GaveUp:
            raise
        except Exception as error:
            why = database_words.why_not(error)
            raise GaveUp(f"the database refuses even a dead letter ({why})") from error

    async def _decided(self, arrivals: list[Arrival]) -> Outcome:
        """A conflict is decided again at once, on the fresh cases."""
        while True:
            try:
                outcome: Outcome = await self._patiently(
                    self.stepper.step, arrivals, self.published, self.now(), few=len(arrivals) <= FEW
                )
                return outcome
            except Conflict as error:
                self.meters.conflicts.inc()
                log.info("decide again", why=str(error))
            except FromALaterRelease as error:
                raise Behind(f"{error}. Nothing is lost: {LEAVE_IT}") from error
            except WentBack as error:
                raise Older(str(error)) from error

    async def _patiently(self, function: Callable[..., Any], *arguments: Any, few: bool = False) -> Any:
        """A database that is away is waited for; what it may have done before it went is safe to do again."""
        deadline = asyncio.get_running_loop().time() + self.settings.patience_seconds
        while True:
            try:
                result = await self._on_store(function, *arguments, few=few)
                self.waiting_for = ""
                return result
            except sqlalchemy.exc.SQLAlchemyError as error:
                if not is_outage(error):
                    raise
                await self.clear_the_shelf()  # should the database never come back, it is made again from the journal
                await self._wait("database", error, deadline)
                await self._learn(deadline)

    async def _learn(self, deadline: float) -> None:
        """What comes back may be a standby that was behind, and a twin may have got further than we know."""
        while True:
            try:
                await self.learn()
                return
            except Exception as error:  # as of every other client
                await self._wait("broker", error, deadline)

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
        why = database_words.why_not(error) if what == "database" else briefly(error)
        self.waiting_for = database_words.unnamed(f"{what}: {why}")
        log.warning("waiting", what=what, error=briefly(error))
        if asyncio.get_running_loop().time() > deadline:
            seconds = self.settings.patience_seconds
            raise GaveUp(f"the {what} was away for more than {seconds:.0f} s; at last: {why}") from error
        await asyncio.sleep(0.2 + random.random() * 0.8)

    async def _on_store(self, function: Callable[..., Any], *arguments: Any, few: bool = False) -> Any:
        """In a thread of its own; a few messages are in a file before that has woken up, unless a twin writes to it."""
        if few and self.stepper.store.is_a_file:
            try:
                with hurried():
                    return function(*arguments)
            except sqlalchemy.exc.OperationalError as error:
                log.debug("not at once", why=briefly(error))
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)
