"""What the console would answer about a request of the flow system: its own projection, store and door."""

import asyncio
from collections.abc import Iterable
from typing import Any

import httpx
from fastapi import FastAPI

from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from services.console.app import READS, projection
from services.console.door import prepare, routes
from tests.console.conftest import FakeBroker, FakeHost
from tests.flow.system import System


def told_by_the_console(system: System, request_id: str, more: Iterable[Consumed] = ()) -> dict[str, Any]:
    store = Store("memory:", "console")
    consumed = [
        Consumed(record, 0, offset, 0, "tuiding-console")
        for topic in READS
        for offset, record in enumerate(system.log[topic])
    ]
    projection(store, system.pack, "1").step([*consumed, *more], (), system.now)
    host = FakeHost(store, system.pack)
    answer = asyncio.run(_get(host, f"/v1/requests/{request_id}"))
    store.close()
    return answer


async def _get(host: FakeHost, path: str) -> dict[str, Any]:
    app = FastAPI()
    prepare(app)
    app.include_router(routes(host, FakeBroker()))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console") as client:
        answer = await client.get(path)
    answer.raise_for_status()
    return dict(answer.json())
