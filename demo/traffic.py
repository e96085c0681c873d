"""Steady traffic on all four channels: each visit is followed to the end it must have."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.messages.shared import CommandRefused
from contracts.words import End
from demo.doors import PATIENCE_SECONDS, SaidNo
from demo.effects import effects
from demo.habits import pays_again, pressed_twice
from demo.scene import By, Scene, until
from demo.story import Status, Story, Unfulfilled, demand, patiently
from demo.visits import LATE, NEVER, SORRY_AT_ONCE, SORRY_LATER, Visit
from runtime.kafka.connect import BrokerRefused, NotPublished

SORRY_WITHIN = timedelta(minutes=2)  # whoever may be sorry later wishes an end that is so far away
WITHIN_SECONDS = 120.0
MOST_AT_ONCE = 400


class Traffic:
    """`rate` is in requests a second and may be changed while it runs."""

    def __init__(self, scene: Scene, rate: float, seed: int = 0) -> None:
        self.scene, self.rate = scene, rate
        self.begun: Counter[str] = Counter()  # by channel
        self.ended: Counter[str] = Counter()  # by end
        self.faults: list[str] = []
        self.latest: Story | None = None  # of those that go all the way
        self._dice = random.Random(seed)
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    async def run(self, visits: Iterable[Visit]) -> None:
        """Until the visits are over, or it is cancelled; those under way are then still being followed."""
        for visit in visits:
            while self.under_way >= MOST_AT_ONCE:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self._follow(visit))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.sleep(self._dice.expovariate(self.rate))

    async def all_ended(self) -> None:
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def stop(self) -> None:
        for task in self._under_way:
            task.cancel()
        await self.all_ended()

    async def _follow(self, visit: Visit) -> None:
        self.begun[visit.by.channel] += 1
        try:
            await self._visit(visit)
            self.ended[visit.end] += 1
        except (Unfulfilled, SaidNo, TimeoutError, NotPublished, BrokerRefused) as fault:
            self.faults.append(f"{visit.subscription} ({visit.temper}, {visit.by.channel}): {fault}")

    async def _visit(self, visit: Visit) -> None:
        story = await self._submitted(visit)
        if visit.end is End.CLOSED:
            self.latest = story
        status = await story.wait_for("quoted", "rejected", within=WITHIN_SECONDS)
        if status["stage"] == "quoted":
            await self._answer(visit, story)
        await story.wait_for(visit.end, within=WITHIN_SECONDS)
        if visit.temper == LATE and status["stage"] == "quoted":
            await _too_late(story)
        await _charged_as_quoted(visit, story, status)

    async def _submitted(self, visit: Visit) -> Story:
        def story() -> Story:
            return Story(self.scene, visit.subscription, visit.by)

        later: dict[str, Any] = (
            {"requested_end": datetime.now(UTC) + SORRY_WITHIN} if visit.temper == SORRY_LATER else {}
        )
        if visit.twice:
            return await pressed_twice(story(), story(), *visit.items, **later)
        return await story().submit(*visit.items, **later)

    async def _answer(self, visit: Visit, story: Story) -> None:
        if visit.temper in (NEVER, LATE):
            return
        if visit.temper == SORRY_AT_ONCE:
            await story.withdraw()
            return
        await story.confirm()
        if visit.costs:
            await pays_again(story, len(visit.customer.quirks.get("payment", ())))
        if visit.temper == SORRY_LATER and visit.end is End.WITHDRAWN:
            await story.wait_for("scheduled", within=WITHIN_SECONDS)
            await story.withdraw()


async def _too_late(story: Story) -> None:
    """On HTTP the answer is a refusal; who publishes hears of it on the topic."""
    try:
        await story.confirm(By(story.by.channel, "http"))
        demand(False, f"{story}: a yes after the deadline was taken")
    except SaidNo as no:
        demand(no.status == 409, f"{story}: a yes after the deadline is refused with 409, not {no}")
    refused = CommandRefused.type
    if story.by.door == "kafka":
        await story.confirm()
        await until(lambda: story.scene.heard(story.request_id, refused), PATIENCE_SECONDS, f"{story} refused")


async def _charged_as_quoted(visit: Visit, story: Story, quoted: Status) -> None:
    """What was quoted is what is kept; where nothing was carried out nothing is kept and nothing switched off."""
    due = quoted["quote"]["total"]["minor"] if visit.end is End.CLOSED else 0

    async def right() -> bool:
        found = effects(await story.scene.ledger(story.request_id))
        return found.charged - found.refunded == due and bool(found.off) == (visit.end is End.CLOSED)

    if not await patiently(right, WITHIN_SECONDS):
        demand(False, f"{story}: {due} is due, but {effects(await story.scene.ledger(story.request_id))}")
