"""`python -m demo --once`: every journey, a burst of traffic through an outage, and then the reckoning."""

import asyncio
import time
from itertools import islice

from rich.console import Console

from contracts.words import Language
from demo.carrier.books import utc_now
from demo.carrier.crowd import crowd
from demo.ground import currency
from demo.journeys import JOURNEYS, Journey, Played, played
from demo.reconciliation import at_rest, ends_of, reckon
from demo.scene import Scene
from demo.summary import Summary, verdict
from demo.traffic import Traffic
from demo.visits import visits
from runtime.local.supervisor import Supervisor

BURST_REQUESTS = 200
BURST_RATE = 12.0
TELL_EVERY_SECONDS = 5.0


class Once:
    def __init__(self, scene: Scene, supervisor: Supervisor, console: Console, began: float) -> None:
        self.scene, self.supervisor, self.console, self.began = scene, supervisor, console, began
        self.journeys: dict[str, Played] = {}
        self.traffic = Traffic(scene, BURST_RATE)

    async def play(self) -> Summary:
        """Side by side what disturbs nobody; then the outage, under traffic."""
        together = [journey for journey in JOURNEYS.values() if not journey.alone]
        alone = [journey for journey in JOURNEYS.values() if journey.alone]
        self.console.print(f"playing {len(together)} journeys side by side ...")
        await asyncio.gather(*(self._play(journey) for journey in together))
        self.console.print(f"{BURST_REQUESTS} more requests on four channels, through an outage of the carrier ...")
        telling = asyncio.create_task(self._tell_how_far())
        await asyncio.gather(self._burst(), *(self._play(journey) for journey in alone))
        telling.cancel()
        self.console.print("waiting until everything has come to rest, then comparing the books ...")
        return await self._summary()

    async def _play(self, journey: Journey) -> None:
        result = self.journeys[journey.id] = await played(journey, self.scene)
        title = journey.title.in_language(Language.EN)
        self.console.print(f"  {journey.id:4} {verdict(result.passed)} {result.seconds:5.1f} s  {title}  {result.why}")

    async def _burst(self) -> None:
        customers = crowd(BURST_REQUESTS, utc_now().date(), mixed=True)
        await self.traffic.run(islice(visits(customers), BURST_REQUESTS))
        await self.traffic.all_ended()

    async def _tell_how_far(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_SECONDS)
            done, begun = self.traffic.ended.total() + len(self.traffic.faults), self.traffic.begun.total()
            self.console.print(f"  traffic: {begun} of {BURST_REQUESTS} begun, {done} ended")

    async def _summary(self) -> Summary:
        faults = list(self.traffic.faults)
        if not await at_rest(self.scene):
            faults.append("it did not come to rest: somebody still reads or writes")
        looks = await asyncio.gather(*(look() for look in self.scene.last_looks))
        faults += [f"not so any more at the end: {why}" for why in looks if why]
        heard = self.scene.listener.everything()
        ends, reckoning = ends_of(heard), await reckon(self.scene)
        joined = ends.pop("joined", 0)  # a second press that found the first one under way is no request of its own
        requests = ends.total()
        return Summary(
            requests=requests,
            ends=dict(sorted(ends.items())),
            joined=joined,
            journeys=self.journeys,
            money=reckoning.as_json(),
            dead_letters=self.scene.listener.dead_letters,
            records_per_request=round(self.scene.listener.records.total() / max(1, requests), 2),
            restarts=sum(self.supervisor.restart_counts.values()),
            seconds=round(time.monotonic() - self.began, 1),
            faults=faults,
            currency=currency(self.supervisor.settings),
        )
