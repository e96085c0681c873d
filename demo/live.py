"""The steady demo on a screen: stages, channels, lag, money, and one request followed step by step."""

import asyncio
import time
from itertools import islice

import httpx
from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live as Screen

from demo.carrier.books import utc_now
from demo.carrier.crowd import crowd
from demo.doors import SaidNo, ask
from demo.listener import Heard
from demo.picture import Overview, lags, line, money, stages, trail
from demo.scene import Scene
from demo.story import Story
from demo.traffic import Traffic
from demo.visits import visits
from runtime.local.supervisor import Supervisor

LOOK_SECONDS = 1.0
PLAIN_EVERY = 5  # without a terminal, one line for so many looks
LINGER_LOOKS = 4  # how long the followed request stays on the screen after its end
FEW_FAULTS = 3
LOOK_PATIENCE_SECONDS = 3.0  # for the console: the traffic and the screen go on without it
AWAY = "the console does not answer: the traffic goes on, and so do its numbers once it is back"


async def look(console: httpx.AsyncClient) -> Overview | None:
    """The operators' own: what the console shows is what we show. None: it does not answer."""
    try:
        found = await ask(console, "GET", "/v1/overview", patience_seconds=LOOK_PATIENCE_SECONDS)
    except (TimeoutError, SaidNo):
        return None
    return dict(found)


class Live:
    def __init__(self, scene: Scene, supervisor: Supervisor, console: Console, rate: float) -> None:
        self.scene, self.supervisor, self.console = scene, supervisor, console
        self.traffic = Traffic(scene, rate, seed=int(time.time()))
        self.followed: Story | None = None
        self.lingered = 0
        self.known: Overview | None = None  # what the console said last

    async def run(self, seconds: float, customers: int) -> list[str]:
        """Until the time is up (0: never) or everybody of the crowd has left; returns what was not as it must be."""
        met = {self._subscription(heard) for heard in self.scene.listener.everything().values()}
        fresh = (each for each in crowd(customers, utc_now().date(), mixed=True) if each.line.subscription not in met)
        deadline = time.monotonic() + seconds if seconds else float("inf")
        running = asyncio.create_task(self.traffic.run(islice(visits(fresh, seed=int(time.time())), customers)))
        try:
            await self._show(running, deadline)
        finally:
            running.cancel()
            await self.traffic.stop()
        return self.traffic.faults

    async def _show(self, running: "asyncio.Task[None]", deadline: float) -> None:
        looks = 0
        with Screen(console=self.console, auto_refresh=False, transient=False) as screen:
            while time.monotonic() < deadline and (not running.done() or self.traffic.under_way):
                overview = await look(self.scene.console)
                self.known = overview or self.known
                self._choose()
                if self.console.is_terminal:
                    screen.update(self._picture(overview), refresh=True)
                elif looks % PLAIN_EVERY == 0 or overview is None:
                    told = line(overview, len(self.traffic.faults)) if overview else AWAY
                    self.console.print(told, highlight=False)
                looks += 1
                await asyncio.sleep(LOOK_SECONDS)

    def _subscription(self, heard: list[Heard]) -> str:
        known = (each.body.get("audience") or each.body for each in heard)
        return next((str(body["subscription"]) for body in known if "subscription" in body), "")

    def _choose(self) -> None:
        """Stays with one request until it has ended and could be read; then the newest."""
        trail = self.scene.heard(self.followed.request_id) if self.followed else []
        self.lingered += any(each.end for each in trail)
        if self.followed is None or self.lingered > LINGER_LOOKS:
            self.followed, self.lingered = self.traffic.latest, 0

    def _picture(self, overview: Overview | None) -> Group:
        shown, away = overview or self.known, [] if overview else [f"[red]{AWAY}[/]"]
        restarts, followed = self.supervisor.restart_counts, self._followed_so_far()
        tables = [Columns([stages(shown), lags(shown, restarts), money(shown, followed)])] if shown else []
        heard = self.scene.heard(self.followed.request_id) if self.followed else []
        faults = [f"[red]not as it must be: {fault}[/]" for fault in self.traffic.faults[-FEW_FAULTS:]]
        address = f"console: {self.scene.addresses['console']}   Ctrl-C stops"
        return Group(*away, *tables, trail(str(self.followed or "..."), heard), *faults, address)

    def _followed_so_far(self) -> str:
        return f"{self.traffic.ended.total()} of {self.traffic.begun.total()}"
