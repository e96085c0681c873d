"""One worker: a process with the production engine in it, a consumer, and a producer that may fail."""

import asyncio
from collections.abc import Sequence
from functools import partial

from runtime.envelope import Record
from runtime.kafka.positions import Marks
from runtime.kafka.positions import Part as Place
from runtime.kernel.arrivals import Arrival, Consumed, Folded, SetAside
from runtime.worker.engine import Engine
from runtime.worker.giving_up import Unpublishable
from runtime.worker.same_store import partitions_come
from tests.simulation.log import Heard, Part
from tests.simulation.process import Process


class Worker(Process):
    def make_engine(self) -> Engine:
        engine: Engine = self.world.seams.engine(self)
        engine.pause = self._rest
        self.resting = frozenset()
        return engine

    # ---- the consumer ----------------------------------------------------------------------------------------------

    def assigned(self, parts: list[Part]) -> None:
        self.places.gone(self.places.parts())
        partitions_come(self.stepper)(list(self.group.marks.values()))
        self.places.assigned(Place(*part) for part in parts)
        self.positions = {part: self._from(part) for part in parts}
        self.news.set()

    def _from(self, part: Part) -> int:
        committed = self.group.committed.get(part)
        return self.world.seams.first_offset(self, part) if committed is None else committed

    def _rest(self, topics: frozenset[str]) -> None:
        if topics - self.resting:
            self.world.happened("topic rests")
        if self.resting - topics:
            self.news.set()
        self.resting = topics

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
        unread = [part for part, at in self.positions.items() if at < len(there[part]) and part not in self.late]
        ready = [part for part in unread if part[0] not in self.resting]
        return self.dice.choice(ready) if ready else None

    async def _deliver(self, part: Part) -> None:
        if self.dice.random() < self.world.rates.late:
            self.world.seen.faults["late partition"] += 1
            self.late[part] = self.world.loop.time() + self.dice.choice((0.5, 5.0, 60.0, 7200.0))
            return
        at = self.positions[part]
        heard = self.world.log.parts[part][at : at + self.dice.randint(1, 20)]
        self.positions[part] = at + len(heard)
        await self._hand(part, heard)

    async def _hand(self, part: Part, heard: list[Heard]) -> None:
        """A whole batch, and one acknowledgement for all of it, as production's transport does."""
        marks: Marks = {}
        batch: list[Consumed] = []
        for each in heard:
            if not self.places.hand(Place(*part), each.offset, marks):
                continue
            if self.stepper.wants(each.record):
                batch.append(Consumed(each.record, each.partition, each.offset, each.at_ms, self.group.name))
            else:
                self.group.finish(part, each.offset)
        await self.engine.arrived_together(batch, partial(self._acknowledge, marks), part[0])

    def _acknowledge(self, marks: Marks) -> None:
        self.at_once("between acknowledgements")
        self.places.acknowledge(marks)
        self._commit_soon()

    def _commit_soon(self) -> None:
        if not self.committing:
            self.committing = True
            self.world.loop.call_later(self.dice.uniform(0, 1), self._commit)

    def _commit(self) -> None:
        if not self.alive:
            return
        if not self.going.is_set():
            self.world.loop.call_later(1.0, self._commit)
            return
        self.committing = False
        if self._dies("before offsets"):
            self.kill()
            return
        for part, (place, offset) in self.places.due().items():
            if self.dice.random() < self.world.rates.offsets:
                self.world.seen.faults["commit lost"] += 1
                self._commit_soon()
            elif self.group.commit(self, (part.topic, part.partition), offset, str(self.stepper.reached.mark)):
                self.places.committed({part: (place, offset)})
        if self._dies("after offsets"):
            self.kill()

    # ---- what the engine uses --------------------------------------------------------------------------------------

    async def learn(self) -> None:
        await asyncio.sleep(self.dice.choice((0.0, 0.02)))
        await self.world.broker(self)
        if self.dice.random() < 4 * self.world.rates.database:
            raise ConnectionError("nobody says how far the group has got")
        self.stepper.reached.must_be(self.group.reached())

    async def publish(self, records: Sequence[Record]) -> None:
        await self.at("before publish")
        await self.world.broker(self)
        self._perhaps_unwanted(records)
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

    def _perhaps_unwanted(self, records: Sequence[Record]) -> None:
        """Whether a record is too large for the broker does not change until somebody changes the broker."""
        for record in records:
            if self.world.unwanted(record, self.dice):
                raise Unpublishable("MessageSizeTooLargeError")

    def finished(self, arrivals: Sequence[Arrival]) -> None:
        for each in arrivals:
            each = each.arrival if isinstance(each, SetAside) else each
            if isinstance(each, Folded):
                self.world.happened("told together")
                for offset, _ in each.places:
                    self.group.finish((each.first.record.topic, each.first.partition), offset)
            if isinstance(each, Consumed):
                self.group.finish((each.record.topic, each.partition), each.offset)
