"""The production engine with its seams filled: where it waits it may die, and what it uses may fail.

Nothing of its order is repeated here: every method it has is its own. Only sleeping is cut short where it would bring
nothing (months pass here), repeating becomes rarer with time, and the store is asked in place, not in a thread.
"""

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy.exc

from contracts.words import Value
from runtime.kernel import due
from runtime.kernel.arrivals import Arrival, Outcome, PendingCall
from runtime.kernel.store import ticks
from runtime.settings import Settings
from runtime.worker.carrier import Outage, Refusal
from runtime.worker.engine import IDLE_SECONDS, Engine
from runtime.worker.telemetry import Meters
from tests.simulation.glance import Glance, closed_before
from tests.simulation.stage import LAST_WORD
from tests.simulation.watched import WatchedKernel

if TYPE_CHECKING:
    from tests.simulation.worker import Worker

POINT_OF: dict[Any, str] = {
    due.take_over_own_calls: "restart",
    due.due_alarms: "alarms",
    due.take_calls: "repeat",
    due.left_unpublished: "relay",
    due.postpone: "postpone",
    due.next_alarm: "look",
    due.to_do: "look",
    due.prune: "prune",
}
WRITES = {due.take_over_own_calls, due.take_calls, due.postpone, due.prune}
PATIENT_AFTER_ATTEMPTS = 5
SHORT_MEMORY_DAYS = 45
RUSH_SECONDS = 3600.0  # of a run about waiting for more: few come here within the blink that it takes otherwise
USUAL = Settings(batch_records=50, calls_at_once=8, patience_seconds=3600, _env_file=None)


def settings_of(seed: int, favourite: str) -> Settings:
    """Small batches, full queues, few slots and short memories are rare in a quiet life: here they are drawn."""
    dice = random.Random(f"{seed}/settings")
    sizes = {"batch_records": dice.choice((2, 5, 20, 50)), "calls_at_once": dice.choice((1, 1, 1, 8))}
    sizes["junk_per_minute"] = dice.choice((3, 3, USUAL.junk_per_minute))
    if "_room" in favourite:
        sizes["batch_records"] = 2
    if "GATHER" in favourite:
        sizes["batch_records"] = 50
    if "_faults" in favourite:
        sizes["junk_per_minute"] = 3
    if "_slots" in favourite:
        sizes["calls_at_once"] = 1
    return USUAL.model_copy(update=sizes | {"keep_days": dice.choice((SHORT_MEMORY_DAYS, USUAL.keep_days))})


@contextmanager
def long_waits() -> Iterator[None]:
    """A call refused for long waits hours here: that is no clock set back."""
    usual = vars(due)["AHEAD"]
    vars(due)["AHEAD"] = timedelta(days=1)
    try:
        yield
    finally:
        vars(due)["AHEAD"] = usual


class Counted:
    """Stands in for the meters: only late writes that were refused matter here."""

    def __init__(self, worker: "Worker") -> None:
        self.conflicts = SimpleNamespace(inc=lambda: worker.world.happened("late write refused"))
        self.kept_back = SimpleNamespace(set=lambda rows: None)
        self.outages = SimpleNamespace(labels=lambda operation: SimpleNamespace(inc=lambda: None))

    def stepped(self, outcome: Outcome, arrivals: int) -> None: ...
    def senders(self, letters: Any, slowed: Any) -> None: ...
    def asked(self, operation: str, outcome: Any) -> None: ...


class SimulatedEngine(Engine):
    def __init__(self, worker: "Worker") -> None:
        super().__init__(
            worker.stepper,
            worker.publish,
            self._asked,
            worker.world.settings,
            cast(Meters, Counted(worker)),
            worker.now,
            worker.learn,
        )
        self.worker, self.world = worker, worker.world
        self.glance = Glance(worker.stepper.store)
        if "GATHER" in self.world.rates.favourite:
            self._rush.seconds = RUSH_SECONDS

    async def _asked(self, operation: str, ask: Value, key: str) -> Value:
        await self.worker.at("before ask")
        if self.worker.dice.random() < self.world.rates.asking:
            self.world.happened("asking fails")
            raise ZeroDivisionError("a bug of ours on the way to the carrier")
        try:
            answer: Value = await self.world.seams.ask(self.worker, operation, ask, key)
        except (Refusal, Outage):
            await self.worker.at("after ask")
            raise
        await self.worker.at("after ask")
        return answer

    # ---- time ------------------------------------------------------------------------------------------------------

    async def _sleep(self) -> None:
        """Jumps to shortly before something is due; the rest of the way is the production engine's own."""
        await self.worker.going.wait()
        ahead = self._until_next() - IDLE_SECONDS
        if ahead > 0 and not self.queue and not self.turns:
            self._wake.clear()
            waking = self.world.loop.call_later(ahead, self._wake.set)
            await self._wake.wait()
            waking.cancel()
        await super()._sleep()
        await self.worker.going.wait()

    def _until_next(self) -> float:
        """Seconds until looking around could find something."""
        here = self.world.loop.time()
        look = max(0.0, self._next_look - here)
        if self.published or self.shelf.rows or len(self.folding):
            return max(look, IDLE_SECONDS)
        at = self.glance.next_due(self.kept_back)
        behind = 400 * 86400.0 if at is None else (at - ticks(self.now())) / 1e6
        again = min((until - here for _, until in self.kept_back._rows.values()), default=behind)
        return max(look, min(behind, again), 0.0) + 0.001

    # ---- the store -------------------------------------------------------------------------------------------------

    async def _on_store(self, function: Callable[..., Any], *arguments: Any, few: bool = False) -> Any:
        if function.__name__ == "step":
            return await self._stepped(function, *arguments)
        point = POINT_OF[function]
        if function is due.postpone:
            arguments = self._patient(*arguments)
        await self.worker.at(f"before {point}")
        self._perhaps_away()
        result = self._looked(point, function, arguments)
        if result != []:
            if function in WRITES:
                self._perhaps_lied()
            await self.worker.at(f"after {point}")
        return result

    def _looked(self, point: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """A glance first: most of the time there is nothing to look for. Every eighth run does without."""
        if self.world.glances and self.glance.in_vain(function, arguments):
            return []
        if self.world.glances and function is due.next_alarm:
            return self.glance.next_alarm()
        if self.world.glances and function is due.to_do:
            return self.glance.to_do(*arguments)
        if function is due.prune:
            self.world.forgotten |= closed_before(*arguments)
        with LAST_WORD.of(lambda: self.worker.at_once(f"before the commit of {point}")):
            return function(*arguments)

    async def _stepped(
        self, step: Callable[..., Outcome], arrivals: Sequence[Arrival], published: Sequence[int], now: datetime
    ) -> Outcome:
        self.world.worked()
        await self.worker.at("before step")
        await self._grow_old(arrivals)
        self._perhaps_away()
        self._perhaps_refused(arrivals)
        what = "step" if isinstance(self.stepper, WatchedKernel) else "show"
        with LAST_WORD.of(lambda: self.worker.at_once(f"before the commit of {what}")):
            outcome = step(arrivals, published, now)
        self.worker.finished(arrivals)
        self._perhaps_lied()
        await self.worker.at("after step")
        return outcome

    async def _grow_old(self, arrivals: Sequence[Arrival]) -> None:
        """Sometimes reads the cases now and decides later, as a worker would that was stopped in between."""
        kernel = self.stepper
        if not isinstance(kernel, WatchedKernel):
            return
        kernel.stale = None
        if arrivals and self.worker.dice.random() < self.world.rates.stale:
            self.world.happened("stale view")
            view = kernel.glimpse(arrivals)
            await asyncio.sleep(self.worker.dice.choice((0.01, 1.0, 5.0, 20.0)))
            await self.worker.going.wait()
            kernel.stale = view

    def _perhaps_away(self) -> None:
        if self.worker.cut_off:
            self.worker.cut_off = False
            raise sqlalchemy.exc.OperationalError("connect", {}, Exception("the server closed the connection"))
        if self.worker.dice.random() < self.world.rates.database:
            self.world.happened("database away")
            raise sqlalchemy.exc.OperationalError("connect", {}, Exception("the database does not answer"))

    def _perhaps_refused(self, arrivals: Sequence[Arrival]) -> None:
        build = self.world.builds.get(self.worker.name)
        if build is not None and build.refused(arrivals):
            self.world.happened("database refuses")
            raise sqlalchemy.exc.IntegrityError("insert", {}, Exception("a value that must not be"))

    def _perhaps_lied(self) -> None:
        if self.worker.dice.random() < self.world.rates.database:
            self.world.happened("database lied")
            raise sqlalchemy.exc.OperationalError("commit", {}, Exception("the connection was cut"))

    def _patient(self, store: Any, call: PendingCall, until: datetime, problem: str) -> tuple[Any, ...]:
        """Days pass here: whoever was refused many times need not be asked twice a minute."""
        more = max(0, call.attempt - PATIENT_AFTER_ATTEMPTS)
        pause = timedelta(seconds=min(6 * 3600.0, 30.0 * 2**more)) if more else timedelta(0)
        return store, call, max(until, self.now() + pause), problem
