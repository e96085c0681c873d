"""A carrier in this process: its books in memory, and a client that needs no socket."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contracts.carrier.asks import MoneyAsk, SwitchAsk
from contracts.words import Money
from demo.carrier.app import carrier_app
from demo.carrier.books import Books

REQUEST = "11111111-1111-4111-8111-111111111111"


class InProcess(httpx.BaseTransport):
    """httpx's ASGI transport for a client that is not asynchronous."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._ask(request))

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        answer = await httpx.ASGITransport(self._app).handle_async_request(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())


@pytest.fixture
def books() -> Iterator[Books]:
    books = Books(":memory:")
    yield books
    books.close()


@pytest.fixture
def naps() -> list[float]:
    """How long the carrier would have slept."""
    return []


@pytest.fixture
def transport(books: Books, naps: list[float]) -> httpx.BaseTransport:
    async def nap(seconds: float) -> None:
        naps.append(seconds)

    return InProcess(carrier_app(books, sleep=nap))


@pytest.fixture
def client(transport: httpx.BaseTransport) -> httpx.Client:
    return httpx.Client(transport=transport, base_url="http://carrier")


@pytest.fixture
def money() -> Callable[..., MoneyAsk]:
    def ask(subscription: str, minor: int = 100, purpose: Any = "settlement", request: str = REQUEST) -> MoneyAsk:
        return MoneyAsk(request_id=request, subscription=subscription, amount=Money(minor=minor), purpose=purpose)

    return ask


@pytest.fixture
def switch() -> Callable[..., SwitchAsk]:
    def ask(subscription: str, item: str, request: str = REQUEST) -> SwitchAsk:
        return SwitchAsk(request_id=request, subscription=subscription, item=item)

    return ask


@pytest.fixture
def body() -> Callable[..., dict[str, Any]]:
    """A charge as a client would write it, with fields changed."""

    def charge(**changed: Any) -> dict[str, Any]:
        usual = {"request_id": REQUEST, "subscription": "sub-freeaddon01", "purpose": "settlement"}
        return usual | {"amount": {"minor": 100, "currency": "CNY"}} | changed

    return charge
