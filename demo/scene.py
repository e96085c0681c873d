"""Where the stories play: the doors, the operators' console, the carrier, and an ear on every topic."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import httpx

from contracts.words import Channel, Proof
from demo.doors import Door, HttpDoor, KafkaDoor, ask
from demo.listener import Heard, Listener
from demo.terminal import CommandLine
from runtime.kafka.publisher import Publisher
from runtime.local import tickets

TIMEOUT_SECONDS = 20.0
AT_ONCE = 64
T = TypeVar("T")
LastLook = Callable[[], Awaitable[str]]  # says what is not as wanted, or nothing


class By(NamedTuple):
    """A channel and the door it uses: the customer's app, an agent's terminal."""

    channel: Channel
    door: str


APP, WEB = By(Channel.APP, "http"), By(Channel.WEB, "http")
HOTLINE, COUNTER = By(Channel.HOTLINE, "kafka"), By(Channel.COUNTER, "kafka")
WEB_BY_KAFKA = By(Channel.WEB, "kafka")
AGENT_AT_A_TERMINAL = By(Channel.HOTLINE, "terminal")
PROOF = {
    Channel.HOTLINE: Proof(agent="agent-7", call="call-0815"),
    Channel.COUNTER: Proof(agent="clerk-3", identity_document="doc-4711"),
}
PROOF_OF_YES = {
    Channel.HOTLINE: Proof(agent="agent-7", call="call-0816"),
    Channel.COUNTER: Proof(agent="clerk-3", signed_paper="paper-99"),
}


class Scene:
    """`addresses` as `Supervisor.addresses` gives them; what was said before is heard only `from_the_beginning`."""

    def __init__(self, addresses: Mapping[str, str], from_the_beginning: bool = False) -> None:
        self.addresses = addresses
        self.intake, self.console, self.carrier = (_web(addresses[name]) for name in ("intake", "console", "carrier"))
        self.console.auth = _Developer(Path(addresses["data"]))
        self._publisher = Publisher(addresses["kafka"])
        self.doors: dict[str, Door] = {
            "http": HttpDoor(self.intake),
            "kafka": KafkaDoor(self._publisher),
            "terminal": CommandLine({f"TUIDING_{name.upper()}": address for name, address in addresses.items()}),
        }
        self.listener = Listener(addresses["kafka"], from_the_beginning)
        self.last_looks: list[LastLook] = []  # of the stories that have said how they want to end

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.listener.start)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.listener.stop)
        await asyncio.to_thread(self._publisher.close)
        for web in (self.intake, self.console, self.carrier):
            await web.aclose()

    async def carrier_acts(self, method: str, path: str, **body: Any) -> Any:
        return await ask(self.carrier, method, path, body or None)

    async def ledger(self, request_id: str) -> list[dict[str, Any]]:
        """What the carrier truly carried out for a request, in order."""
        rows: list[dict[str, Any]] = await self.carrier_acts("GET", f"/ledger?request_id={request_id}")
        return rows

    def heard(self, request_id: str, kind: str = "") -> list[Heard]:
        return [each for each in self.listener.of(request_id) if kind in ("", each.type)]


async def until(look: Callable[[], T], within_seconds: float, what: str) -> T:
    """Looks again until there is something; for what costs nothing to look at."""
    deadline = time.monotonic() + within_seconds
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {within_seconds:.0f} s")
        await asyncio.sleep(0.05)
    return found


class _Developer(httpx.Auth):
    """Signs in to the console of this run, for as long as the traffic goes on."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {tickets.issue(self.data, tickets.TOKEN)}"
        yield request


def _web(address: str) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, limits=limits, trust_env=False)
