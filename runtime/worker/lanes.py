"""How many calls go out at once without looking at each other's connections.

The client's own pool asks every idle socket, twice a call, whether it is still open: at thirty connections that was
half of what notify used. Here each call has a pool of one connection to itself while it lasts.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

KEPT_SECONDS = 50.0  # most proxies close an idle connection after a minute; the client's usual five make a new one each
ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_SECONDS)


class Lanes(httpx.AsyncBaseTransport):
    """Opens a connection only where no earlier one is free; who finds `at_once` of them taken waits."""

    def __init__(self, at_once: int, base_url: str = "", certificates: ssl.SSLContext | None = None) -> None:
        self.slots = asyncio.Semaphore(at_once)
        self.proxy, self.certificates = _proxy(httpx.URL(base_url)), certificates or httpx.create_ssl_context()
        self.all: list[httpx.AsyncHTTPTransport] = []
        self.free: list[httpx.AsyncHTTPTransport] = []  # the last one back goes first: it is the least likely to be old

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.slots.acquire()
        lane = self.free.pop() if self.free else self._another()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._back(lane)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Held(response.stream, lane, lambda: self._back(lane))
        return response

    def _another(self) -> httpx.AsyncHTTPTransport:
        self.all.append(httpx.AsyncHTTPTransport(verify=self.certificates, limits=ONE, proxy=self.proxy))
        return self.all[-1]

    def _back(self, lane: httpx.AsyncHTTPTransport) -> None:
        self.free.append(lane)
        self.slots.release()

    async def aclose(self) -> None:
        for lane in self.all:
            await lane.aclose()


class _Held(httpx.AsyncByteStream):
    """An answer that is still being read: until it is closed, nobody else has its connection."""

    def __init__(self, stream: httpx.AsyncByteStream, lane: httpx.AsyncHTTPTransport, back: Callable[[], Any]) -> None:
        self.stream, self.lane, self.back = stream, lane, back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.stream:
            yield piece

    async def aclose(self) -> None:
        try:
            await self.stream.aclose()
            if any(map(said_more, self.lane._pool.connections)):
                await self.lane.aclose()  # and the next call opens a connection of its own
        finally:
            self.back()


def said_more(connection: Any) -> bool:
    """Whether anything lies behind the answer: the client would take it for the answer to the next call.

    It looks for that in the socket only. None of these names is public: a test says when they go.
    """
    while connection is not None and not hasattr(connection, "_h11_state"):
        connection = connection._connection  # a proxy's, or what holds the connection
    if connection is None:
        return False
    stream = connection._network_stream._stream
    if unpacked := getattr(stream, "_ssl_object", None):
        if unpacked.pending() or stream._read_bio.pending:
            return True
        stream = stream.transport_stream
    return bool(connection._h11_state._receive_buffer or stream._protocol.read_queue)


def _proxy(url: httpx.URL) -> str | None:
    """As the environment says (`HTTPS_PROXY`, `NO_PROXY`), which a client with a transport of its own does not ask."""
    proxies = getproxies()
    return None if not url.host or proxy_bypass(url.host) else proxies.get(url.scheme) or proxies.get("all")
