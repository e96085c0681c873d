"""Intake's and billing's doors in this process: real kernels, real stores, a carrier in memory, a broker one can hold."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contracts.flow import BY_NAME, topic_name
from contracts.messages import Message
from demo.carrier.app import carrier_app
from demo.carrier.books import Books
from policies.pack import load
from runtime.arrivals import Arrival, CallDone, Consumed, PendingCall
from runtime.carrier import Carrier, Outage, Refusal
from runtime.decision import Answered, Refused
from runtime.engine import Stepper
from runtime.envelope import Envelope, Record, decode, derived_id, encode, traceparent
from runtime.hosting import stepper
from runtime.settings import Settings
from runtime.store import Store
from services.billing import door as billing_door
from services.intake import door as intake_door

pack_of = cache(load)
SERVICES = ("intake", "review", "billing", "termination")


class House:
    """What a door needs of its worker; `broker` decides what happens to what it publishes."""

    def __init__(self, store: Store, broker: "Broker") -> None:
        self.settings, self.store, self.pack, self.broker = Settings(), store, pack_of("cn-carrier"), broker

    async def publish(self, record: Record) -> None:
        self.broker.reached.set()
        await self.broker.open.wait()
        if self.broker.away:
            raise ConnectionError("no broker")
        self.broker.taken.append(record)


class Broker:
    def __init__(self) -> None:
        self.taken: list[Record] = []
        self.away = False
        self.open, self.reached = asyncio.Event(), asyncio.Event()
        self.open.set()


class Doors:
    """`get` and `post` as a channel does; `settle` lets the services work on what was published."""

    def __init__(self, folder: Path) -> None:
        self.loop = asyncio.new_event_loop()
        self.books, self.broker = Books(":memory:"), Broker()
        self.to_carrier = _client(carrier_app(self.books))
        self.carrier = Carrier(self.to_carrier, outages_in_a_row=10**6)
        self.folder, self.store = folder, Store(str(folder), SERVICES[0])
        self.stores = [self.store]
        self.house = House(self.store, self.broker)
        self.billing = _client(_app(billing_door, self.house, self.carrier))
        self.client = _client(_app(intake_door, self.house, self.billing))
        self.log: dict[str, list[Record]] = defaultdict(list)
        self.read: dict[tuple[str, str], int] = defaultdict(int)

    def close(self) -> None:
        for client in (self.client, self.billing, self.to_carrier):
            self.run(client.aclose())
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        self.books.close()
        for store in self.stores:
            store.close()

    # ---- as a channel ----------------------------------------------------------------------------------------------

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
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
        self.client = _client(_app(intake_door, self.house, self.billing))

    def file(self, key: str = "k-1", **changed: Any) -> str:
        """Submits, lets the services work, and returns the request's address."""
        answer = self.post("/v1/cancellations", wish(**changed), key)
        assert answer.status_code == 202, answer.text
        self.settle()
        return answer.headers["location"]

    # ---- the services ----------------------------------------------------------------------------------------------

    @cached_property
    def kernels(self) -> dict[str, Stepper]:
        """Opened by the first test that lets the services work."""
        self.stores += [Store(str(self.folder), name) for name in SERVICES[1:]]
        return {store.service: stepper(store.service, store, pack_of("cn-carrier"), "1") for store in self.stores}

    def settle(self) -> None:
        self.log[topic_name("commands")] += self.broker.taken
        self.broker.taken = []
        while any([self._turn(name) for name in self.kernels]):
            pass

    def hear(self, service: str, message: Message) -> None:
        """As if `service` had said it."""
        own = derived_id(message.request_id, f"test/{len(self.log)}/{message.type}")
        topic = topic_name(BY_NAME[service].writes)
        envelope = Envelope(own, f"/tuiding/{service}", message, own, "", traceparent(own, own))
        self.log[topic].append(encode(topic, envelope, datetime.now(UTC), {}))
        self.settle()

    def said(self, service: str) -> list[Message]:
        return [decode(record).message for record in self.log[topic_name(BY_NAME[service].writes)]]

    def published(self) -> list[Envelope]:
        return [decode(record) for record in (*self.log[topic_name("commands")], *self.broker.taken)]

    def _turn(self, name: str) -> bool:
        arrivals: list[Arrival] = []
        for topic in (topic_name(short) for short in BY_NAME[name].reads):
            start = self.read[name, topic]
            new = self.log[topic][start:]
            self.read[name, topic] = start + len(new)
            arrivals += [Consumed(record, 0, start + at, 0, name) for at, record in enumerate(new)]
        self._step(name, arrivals)
        return bool(arrivals)

    def _step(self, name: str, arrivals: list[Arrival]) -> None:
        if not arrivals:
            return
        outcome = self.kernels[name].step(arrivals, [], datetime.now(UTC))
        for each in outcome.publish:
            self.log[each.record.topic].append(each.record)
        self.kernels[name].step([], [each.position for each in outcome.publish], datetime.now(UTC))
        done = [found for call in outcome.calls if (found := self.run(self._ask(call))) is not None]
        self._step(name, done)

    async def _ask(self, pending: PendingCall) -> CallDone | None:
        call = pending.call
        facts = {"request_id": pending.request_id, "operation": call.operation, "ask": call.ask, "note": call.note}
        try:
            answer = await self.carrier.ask(call.operation, call.ask, pending.key)
            return CallDone(pending, Answered.model_construct(**facts, answer=answer))
        except Refusal as no:
            return CallDone(pending, Refused(**facts, code=no.code, detail=no.detail, key=pending.key))
        except Outage:
            return None


def _client(app: FastAPI) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://here")


def _app(door: Any, house: House, outside: Any) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(door.routes(house, outside))
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
