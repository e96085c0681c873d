"""A process: it is started, killed, stopped and continued; every await of the program in it may be its last."""

import asyncio
import contextvars
import random
import traceback
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy.exc

from runtime.worker.engine import Engine
from runtime.worker.giving_up import Older
from tests.simulation.log import Group, Part
from tests.simulation.loop import OWNER, Tasks
from tests.simulation.mortality import AWAITS

if TYPE_CHECKING:
    from tests.simulation.world import World

CLOCK_BACK = timedelta(hours=1)
LONGEST_STOP_SECONDS = 40.0
SESSION_SECONDS = 10.0
FAVOURITE = 0.04  # how likely the crash this run is about, each time it passes there


class Killed(BaseException):
    """SIGKILL: no handler of the program sees it coming."""


class Process:
    """One and its successors under the same name; its supervisor starts it again."""

    engine: Engine

    def __init__(self, world: "World", service: str, name: str, stepper: Any, group: Group) -> None:
        self.world, self.service, self.stepper, self.group = world, service, stepper, group
        self.name = f"{service}-{name}"
        self.dice = random.Random(f"{world.seed}/{self.name}")
        self.tasks: Tasks = {}
        self.positions: dict[Part, int] = {}
        self.late: dict[Part, float] = {}
        self.resting: frozenset[str] = frozenset()
        self.places = world.seams.positions()
        self.news = asyncio.Event()
        self.going = asyncio.Event()
        self.going.set()
        self.alive = self.committing = False
        self.cut_off = False  # from the database, as it went over to another machine
        self.clock_back = timedelta(0)

    # ---- life and death --------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self.alive:
            return
        self.alive, self.cut_off = True, False
        self.stepper.partitions_came()  # a new process remembers nothing
        self.going.set()
        self.engine = self.make_engine()
        context = contextvars.copy_context()
        context.run(OWNER.set, self)
        running = context.run(self.world.loop.create_task, self.engine.run())
        running.add_done_callback(self._ended)
        context.run(self.world.loop.create_task, self._listen())
        self.group.join(self)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        """The engine gave up (a database away while looking around): the process exits and is started again."""
        if self.alive and not task.cancelled():
            error = task.exception()
            if isinstance(error, Older) and self.service in self.world.older:
                self.world.tell("", f"{self.name} stands down: {error}")
            elif not isinstance(error, sqlalchemy.exc.DBAPIError | Killed):
                where = "".join(traceback.format_exception(error)[-2:])
                self.world.broken.append(f"{self.name} ended: {type(error).__name__}: {error} {where}")
            self.kill()

    def kill(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self.positions, self.late, self.committing = {}, {}, False
        self.places = self.world.seams.positions()
        for task in list(self.tasks):
            task.cancel()
        self.world.nudge(self.service)
        self.world.loop.call_later(self.dice.uniform(0, 5), self.start)
        self.world.loop.call_later(self.dice.uniform(0, SESSION_SECONDS), self._missed)

    def _missed(self) -> None:
        if not self.alive:
            self.group.leave(self)

    def stop(self) -> None:
        """SIGSTOP, long enough for the group to give its partitions away; then SIGCONT."""
        self.world.seen.faults["stopped"] += 1
        self.going.clear()
        self.world.loop.call_later(SESSION_SECONDS, self._silent)
        self.world.loop.call_later(self.dice.uniform(0.1, LONGEST_STOP_SECONDS), self.go_on)
        self.world.nudge(self.service)

    def _silent(self) -> None:
        if not self.going.is_set():
            self.group.leave(self)

    def go_on(self) -> None:
        self.going.set()
        if self.alive and self not in self.group.members:
            self.world.loop.call_later(self.dice.uniform(0.1, 3), self._rejoin)

    def _rejoin(self) -> None:
        if self.alive:
            self.group.join(self)

    async def at(self, point: str) -> None:
        """Around whatever lasts: a write, a publish, an acknowledgement, a question to the carrier."""
        if self._dies(point):
            self.kill()
        elif self.dice.random() < self.world.rates.stop:
            self.stop()
        await self.going.wait()
        slow = self.world.rates.favourite in AWAITS  # a run about waiting: most things take a moment
        if not self.alive or self.dice.random() < (0.8 if slow else 0.2):
            await asyncio.sleep(self.dice.choice((0.001, 0.02, 0.5) if slow else (0.0, 0.001, 0.02)))

    def at_once(self, point: str) -> None:
        """The same where the program does not wait."""
        if self._dies(point):
            self.world.loop.call_soon(self.kill)
            raise Killed

    def waits(self, places: tuple[str, ...]) -> None:
        """Where its coroutines wait it may be killed before what they wait for has come."""
        rates = self.world.rates
        if self.alive and self.dice.random() < (self._likely() if rates.favourite in places else rates.kill / 10):
            self.world.died(self, *places)
            self.kill()

    def _likely(self) -> float:
        """The crash a run is about surely happens once, and now and then after that."""
        return FAVOURITE if self.world.seen.crashes[self.world.rates.favourite] else 0.5

    def _dies(self, point: str) -> bool:
        world = self.world
        chance = world.rates.kill + (self._likely() if point == world.rates.favourite else 0.0)
        if not self.alive or self.dice.random() >= chance:
            return False
        world.died(self, point)
        return True

    def now(self) -> datetime:
        return self.world.now() - self.clock_back

    def make_engine(self) -> Engine:
        raise NotImplementedError

    async def _listen(self) -> None:
        raise NotImplementedError

    def assigned(self, parts: list[Part]) -> None:
        raise NotImplementedError
