"""How many calls go out at once without looking at each other's connections.

The client's own pool asks every idle socket, twice a call, whether it is still open: at thirty connections that was
half of what notify used. Here each call has a connection to itself while it lasts.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from runtime.worker.connection import Connection

BY_WAY_OF_ANOTHER = httpx.Limits(max_connections=1, max_keepalive_connections=0)


class Lanes(httpx.AsyncBaseTransport):
    """Opens a connection only where no earlier one is free; who finds `at_once` of them taken waits."""

    def __init__(self, at_once: int, base_url: str = "", certificates: ssl.SSLContext | None = None) -> None:
        self.slots = asyncio.Semaphore(at_once)
        self.proxy, self.certificates = _proxy(httpx.URL(base_url)), certificates or httpx.create_ssl_context()
        self.all: list[httpx.AsyncBaseTransport] = []
        self.free: list[httpx.AsyncBaseTransport] = []  # the last one back goes first: it is the least likely to be old

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.slots.acquire()
        lane = self.free.pop() if self.free else self._another()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._back(lane)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Held(response.stream, lambda: self._back(lane))
        return response

    def _another(self) -> httpx.AsyncBaseTransport:
        lane = self._through(self.proxy) if self.proxy else Connection(self.certificates)
        self.all.append(lane)
        return lane

    def _through(self, proxy: str) -> httpx.AsyncBaseTransport:
        """By httpx's own transport, which looks for words too many in the socket only: nothing is kept for the next."""
        return httpx.AsyncHTTPTransport(verify=self.certificates, limits=BY_WAY_OF_ANOTHER, proxy=proxy)

    def _back(self, lane: httpx.AsyncBaseTransport) -> None:
        self.free.append(lane)
        self.slots.release()

    async def aclose(self) -> None:
        for lane in self.all:
            await lane.aclose()


class _Held(httpx.AsyncByteStream):
    """An answer that is still being read: until it is closed, nobody else has its connection."""

    def __init__(self, stream: httpx.AsyncByteStream, back: Callable[[], Any]) -> None:
        self.stream, self.back = stream, back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self.stream.aclose()
        finally:
            self.back()


def _proxy(url: httpx.URL) -> str | None:
    """As the environment says (`HTTPS_PROXY`, `NO_PROXY`), which a client with a transport of its own does not ask."""
    proxies = getproxies()
    return None if not url.host or proxy_bypass(url.host) else proxies.get(url.scheme) or proxies.get("all")
