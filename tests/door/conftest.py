"""Intake's and billing's doors in this process, a broker that can be held or be away, and all services behind them."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.registry import Collector

from contracts.flow import BY_NAME, topic_name
from contracts.messages import Message
from demo.carrier.app import carrier_app
from demo.carrier.books import Books
from policies.pack import Pack, load
from runtime.envelope import Envelope, Record, decode
from runtime.http.callers.gate import Gate
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.carrier import Carrier
from services.billing import door as billing_door
from services.intake import door as intake_door
from tests.flow.system import System

pack_of = cache(load)
COMMANDS = topic_name("commands")

T = TypeVar("T")
Guards = Callable[["HostContext", str], Gate]


class Broker:
    def __init__(self) -> None:
        self.taken: list[Record] = []
        self.away = False
        self.open, self.reached = asyncio.Event(), asyncio.Event()
        self.open.set()


class HostContext:
    """What a door needs of its worker; `broker` decides what happens to what it publishes."""

    def __init__(self, store: Store, broker: Broker, settings: Settings) -> None:
        self.settings, self.store, self.pack, self.broker = settings, store, pack_of("cn-carrier"), broker

    def measure(self, collector: Collector) -> None:
        raise AssertionError("neither intake nor billing measures more than every worker does")

    def pack_of(self, policy: str) -> Pack:
        return self.pack

    async def publish(self, record: Record) -> None:
        self.broker.reached.set()
        await self.broker.open.wait()
        if self.broker.away:
            raise ConnectionError("no broker")
        self.broker.taken.append(record)


class Doors:
    """`get` and `post` as a channel does; `settle` lets the services work on what was published."""

    def __init__(self, folder: Path, settings: Settings | None = None, gate: Guards | None = None) -> None:
        self.folder, self.store, self.broker = folder, Store(str(folder), "intake"), Broker()
        self.loop, self.books = asyncio.new_event_loop(), Books(":memory:")
        self.to_carrier = _client(carrier_app(self.books))
        self.host = HostContext(self.store, self.broker, settings or Settings())
        self.gates = {name: gate(self.host, name) if gate else None for name in ("billing", "intake")}
        self.billing = _client(_app(billing_door, self.host, Carrier(self.to_carrier), self.gates["billing"]))
        self.client = _client(_app(intake_door, self.host, self.billing, self.gates["intake"]))

    def close(self) -> None:
        for client in (self.client, self.billing, self.to_carrier):
            self.run(client.aclose())
        self.run(self.loop.shutdown_default_executor())
        self.loop.close()
        self.books.close()
        self.store.close()
        if "system" in vars(self):
            self.system.close()

    # ---- as a channel ----------------------------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def sends(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"content-type": "application/json"} | ({} if key is None else {"idempotency-key": key})
        return await self.client.post(path, content=content, headers=usual | headers)

    def post(self, path: str, body: Any, key: str | None = None, **headers: str) -> httpx.Response:
        return self.run(self.sends(path, body, key, **headers))

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.run(self.client.get(path, headers=headers))

    def ask_for_quotes(self, transport: httpx.AsyncBaseTransport) -> None:
        """Somebody else answers where billing should."""
        self.billing = httpx.AsyncClient(transport=transport, base_url="http://there")
        self.client = _client(_app(intake_door, self.host, self.billing))

    def file(self, key: str = "k-1", **changed: Any) -> str:
        """Submits, lets the services work, and returns the request's address."""
        answer = self.post("/v1/cancellations", wish(**changed), key)
        assert answer.status_code == 202, answer.text
        self.settle()
        return answer.headers["location"]

    # ---- the services ----------------------------------------------------------------------------------------------

    @cached_property
    def system(self) -> System:
        """Opened by the first test that lets the services work; intake's store is the door's."""
        return System(database=str(self.folder), start=datetime.now(UTC))

    def settle(self) -> None:
        self.system.log[COMMANDS] += self.broker.taken
        self.broker.taken = []
        self.system.settle()

    def hear(self, service: str, message: Message) -> None:
        """As if `service` had said it."""
        self.system.say(message, BY_NAME[service].writes)

    def said(self, service: str) -> list[Message]:
        return [decode(record).message for record in self.system.log[topic_name(BY_NAME[service].writes)]]

    def published(self) -> list[Envelope]:
        """Every command the doors handed over, also those already worked on."""
        before = self.system.log[COMMANDS] if "system" in vars(self) else []
        return [decode(record) for record in (*before, *self.broker.taken)]


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://here")


def _app(door: Any, host: HostContext, outside: Any, gate: Gate | None = None) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(door.routes(host, outside, gate))
    door.prepare(app)
    return app


def wish(**changed: Any) -> dict[str, Any]:
    """A submission as a channel would write it; a field changed to None is left out."""
    usual = {"channel": "app", "kind": "product", "subscription": "sub-freeaddon01", "items": ["video-pack"]}
    return {name: value for name, value in (usual | changed).items() if value is not None}


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[Doors]:
    made = Doors(tmp_path)
    yield made
    made.close()


@pytest.fixture(name="wish")
def _wish() -> Any:
    return wish
