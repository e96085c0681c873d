"""One worker process: the production engine and kernel, a consumer, and everything that can happen to a process."""

import asyncio
import contextvars
import random
import traceback
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import sqlalchemy.exc

from runtime.arrivals import Arrival, Consumed, Outcome
from runtime.engine import Engine
from runtime.envelope import Record
from tests.simulation.log import Group, Heard, Part
from tests.simulation.loop import OWNER, Tasks

if TYPE_CHECKING:
    from tests.simulation.world import World

CLOCK_BACK = timedelta(hours=1)
LONGEST_STOP_SECONDS = 40.0
SESSION_SECONDS = 10.0


class Killed(BaseException):
    """SIGKILL: no handler of the program sees it coming."""


class Worker:
    """A process and its successors under the same name; its supervisor starts it again."""

    engine: Engine

    def __init__(self, world: "World", service: str, name: str, stepper: Any, group: Group) -> None:
        self.world, self.service, self.stepper, self.group = world, service, stepper, group
        self.name = f"{service}-{name}"
        self.dice = random.Random(f"{world.seed}/{self.name}")
        self.tasks: Tasks = set()
        self.positions: dict[Part, int] = {}
        self.late: dict[Part, float] = {}
        self.acked: dict[Part, int] = {}
        self.news = asyncio.Event()
        self.going = asyncio.Event()
        self.going.set()
        self.alive = self.committing = False
        self.clock_back = timedelta(0)

    # ---- life and death --------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self.alive:
            return
        self.alive = True
        self.going.set()
        self.engine = self.world.seams.engine(self)
        context = contextvars.copy_context()
        context.run(OWNER.set, self.tasks)
        running = context.run(self.world.loop.create_task, self.engine.run())
        running.add_done_callback(self._ended)
        context.run(self.world.loop.create_task, self._listen())
        self.group.join(self)

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        """The engine gave up (a database away while looking around): the process exits and is started again."""
        if self.alive and not task.cancelled():
            error = task.exception()
            if not isinstance(error, sqlalchemy.exc.DBAPIError | Killed):
                where = "".join(traceback.format_exception(error)[-2:])
                self.world.broken.append(f"{self.name} ended: {type(error).__name__}: {error} {where}")
            self.kill()

    def kill(self) -> None:
        if not self.alive:
            return
        self.alive = False
        self.positions, self.acked, self.late, self.committing = {}, {}, {}, False
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
        """Every await of the program comes by here; it may be its last."""
        if self._dies(point):
            self.kill()
        elif self.dice.random() < self.world.rates.stop:
            self.stop()
        await self.going.wait()
        if not self.alive or self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.choice((0.0, 0.001, 0.02)))

    def at_once(self, point: str) -> None:
        """The same where the program does not wait."""
        if self._dies(point):
            self.world.loop.call_soon(self.kill)
            raise Killed

    def _dies(self, point: str) -> bool:
        world = self.world
        world.seen.points[point] += 1
        chance = world.rates.kill + (0.04 if point == world.rates.favourite else 0.0)
        if not self.alive or self.dice.random() >= chance:
            return False
        world.died(self, point)
        return True

    def now(self) -> datetime:
        return self.world.now() - self.clock_back

    # ---- the consumer ----------------------------------------------------------------------------------------------

    def assigned(self, parts: list[Part]) -> None:
        self.positions = {
            part: self.group.committed.get(part, self.world.seams.first_offset(self, part)) for part in parts
        }
        self.news.set()

    async def _listen(self) -> None:
        while True:
            await self.going.wait()
            part = self._next_part()
            if part is None:
                self.news.clear()
                await self._news()
            else:
                await self._deliver(part)
                if self._next_part() is None or self.dice.random() < self.world.haste(self.service):
                    await asyncio.sleep(self.world.leisure(self.service))

    async def _news(self) -> None:
        if self.late:
            soonest = min(self.late.values()) - self.world.loop.time()
            self.world.loop.call_later(max(0.0, soonest), self.news.set)
        await self.news.wait()

    def _next_part(self) -> Part | None:
        time, there = self.world.loop.time(), self.world.log.parts
        self.late = {part: until for part, until in self.late.items() if until > time}
        if self.world.broker_away:
            return None
        ready = [part for part, at in self.positions.items() if at < len(there[part]) and part not in self.late]
        return self.dice.choice(ready) if ready else None

    async def _deliver(self, part: Part) -> None:
        if self.dice.random() < self.world.rates.late:
            self.world.seen.faults["late partition"] += 1
            self.late[part] = self.world.loop.time() + self.dice.choice((0.5, 5.0, 60.0, 7200.0))
            return
        for _ in range(self.dice.randint(1, 20)):
            at = self.positions.get(part)
            if at is None or at >= len(self.world.log.parts[part]):
                return
            self.positions[part] = at + 1
            await self._arrive(part, self.world.log.parts[part][at])

    async def _arrive(self, part: Part, heard: Heard) -> None:
        wanted = self.stepper.wants(heard.record)
        if not wanted:
            self.group.finish(part, heard.offset)
        arrival = (
            Consumed(heard.record, heard.partition, heard.offset, heard.at_ms, self.group.name) if wanted else None
        )
        await self.engine.arrived(arrival, partial(self._acknowledge, part, heard.offset))

    def _acknowledge(self, part: Part, offset: int) -> None:
        """As Faust does it: the highest acknowledged offset is what is committed, gaps or not."""
        self.at_once("between acknowledgements")
        if offset + 1 > self.acked.get(part, 0):
            self.acked[part] = offset + 1
        if not self.committing:
            self.committing = True
            self.world.loop.call_later(self.dice.uniform(0, 1), self._commit)

    def _commit(self) -> None:
        if not self.alive:
            return
        if not self.going.is_set():
            self.world.loop.call_later(1.0, self._commit)
            return
        self.committing, acked, self.acked = False, self.acked, {}
        if self._dies("before offsets"):
            self.kill()
            return
        for part, offset in acked.items():
            if self.dice.random() < self.world.rates.offsets:
                self.world.seen.faults["commit lost"] += 1
                self.acked[part] = max(offset, self.acked.get(part, 0))
            else:
                self.group.commit(self, part, offset)
        if self.acked and not self.committing:
            self.committing = True
            self.world.loop.call_later(1.0, self._commit)
        if self._dies("after offsets"):
            self.kill()

    # ---- what the engine uses --------------------------------------------------------------------------------------

    async def publish(self, records: Sequence[Record]) -> None:
        await self.at("before publish")
        await self.world.broker(self)
        fails = self.dice.random() < self.world.rates.publish
        upto = self.dice.randint(0, len(records)) if fails else len(records)
        for index, record in enumerate(records[:upto]):
            if index:
                await self.at("between records")
            self.world.publish(record, self.dice)
        if fails:
            self.world.seen.faults["publish lied" if upto == len(records) else "publish failed"] += 1
            raise ConnectionError("the broker did not confirm")
        await self.at("after publish")

    def finished(self, arrivals: Sequence[Arrival]) -> None:
        for each in arrivals:
            if isinstance(each, Consumed):
                self.group.finish((each.record.topic, each.partition), each.offset)


Step = Callable[[Sequence[Arrival], Sequence[int], datetime], Outcome]
