"""Bugs around the kernel: handing over, acknowledging, retrying, where reading begins, keys of what is asked."""

from typing import TYPE_CHECKING

import sqlalchemy.exc

from contracts.words import Value
from runtime.kafka.positions import Marks, Positions
from runtime.kafka.positions import Part as Place
from runtime.kernel.arrivals import Arrival, Outcome
from runtime.kernel.cases import Conflict
from runtime.worker.turns import Turns, Work
from tests.simulation.engine import SimulatedEngine
from tests.simulation.log import Part

if TYPE_CHECKING:
    from tests.simulation.worker import Worker

PAUSE_SECONDS = 1.0
EMPTY = Outcome([], [], None, 0, 0, 0)


class AckBeforeCommit(SimulatedEngine):
    async def _turn(self, batch: list[Work]) -> None:
        for work in batch:
            if work.acknowledge is not None:
                work.acknowledge()
        await super()._turn([work._replace(acknowledge=None) for work in batch])


class AckOverGap(SimulatedEngine):
    async def _turn(self, batch: list[Work]) -> None:
        if len(batch) > 1:
            self._put(batch.pop(0))
        await super()._turn(batch)


class OffsetMovesAnyway(SimulatedEngine):
    async def _step(self, arrivals: list[Arrival]) -> Outcome:
        try:
            outcome: Outcome = await self._on_store(self.stepper.step, arrivals, self.published, self.now())
            return outcome
        except (sqlalchemy.exc.DBAPIError, Conflict):
            return EMPTY


class RetryOvertakes(SimulatedEngine):
    """One try; then later, behind whatever came meanwhile."""

    async def _turn(self, batch: list[Work]) -> None:
        try:
            await super()._turn(batch)
        except (sqlalchemy.exc.DBAPIError, Conflict):
            for work in batch:
                self.world.loop.call_later(PAUSE_SECONDS, self._put, work)

    async def _step(self, arrivals: list[Arrival]) -> Outcome:
        outcome: Outcome = await self._on_store(self.stepper.step, arrivals, self.published, self.now())
        return outcome


class NeverAgain(Turns):
    def paused_anew(self, now: float) -> frozenset[str]:
        before = self.paused
        self.paused = before | super().paused_anew(now)
        return self.paused


class RestsForEver(SimulatedEngine):
    def __init__(self, worker: "Worker") -> None:
        super().__init__(worker)
        self.turns = NeverAgain(self.turns.few, worker.world.settings.calls_at_once)


class CommitsWhatIsHanded(Positions):
    def hand(self, part: Place, offset: int, marks: Marks) -> bool:
        handed = super().hand(part, offset, marks)
        self.acknowledge(marks)
        return handed


async def new_keys(worker: "Worker", operation: str, ask: Value, key: str) -> Value:
    fresh = f"{key}-{worker.dice.getrandbits(32)}"
    return await worker.world.carrier.ask(worker, operation, ask, fresh)


async def refund_under_new_keys(worker: "Worker", operation: str, ask: Value, key: str) -> Value:
    if operation == "refund":
        return await new_keys(worker, operation, ask, key)
    return await worker.world.carrier.ask(worker, operation, ask, key)


async def refund_is_a_charge(worker: "Worker", operation: str, ask: Value, key: str) -> Value:
    return await worker.world.carrier.ask(worker, "charge" if operation == "refund" else operation, ask, key)


def latest(worker: "Worker", part: Part) -> int:
    return len(worker.world.log.parts[part])
