"""One HTTP/1.1 connection beneath httpx, for one call after the other: a call costs a third of what its own takes.

h11 reads what comes, as it does for httpx's own transport. What ended oddly, or has more behind the answer than the
answer, is not kept: it would be taken for the answer to the next call.
"""

import asyncio
import select
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any, cast

import aiohappyeyeballs
import h11
import httpx

KEPT_SECONDS = 50.0  # most proxies close an idle connection after a minute
NEXT_ADDRESS_SECONDS = 0.25  # where the first of a host does not answer
PIECE_BYTES = 64 * 1024
LARGEST_HEAD_BYTES = 100 * 1024
MOST_ANNOUNCED = 50  # answers before the answer (100, 103): more of them is a carrier that never comes to it
KEPT = "kept"  # in the extensions of a request that went over a connection of before; sent again, it has one of its own
PORTS = {"http": 80, "https": 443}


class Wire(asyncio.Protocol):
    """What the other side says, as it comes, and no more of it ahead than a piece or two."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.said, self.over, self.why = bytearray(), False, cast(BaseException | None, None)
        self.news = asyncio.Event()
        self.http = h11.Connection(h11.CLIENT, LARGEST_HEAD_BYTES)
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.said += data
        if len(self.said) >= PIECE_BYTES:
            self.transport.pause_reading()
        self.news.set()

    def eof_received(self) -> None:
        self.over = True
        self.news.set()

    def connection_lost(self, exc: BaseException | None) -> None:
        self.over, self.why = True, exc
        self.news.set()

    def write(self, request: httpx.Request) -> None:
        asked = h11.Request(method=request.method, target=request.url.raw_path, headers=request.headers.raw)
        parts = [self.http.send(asked), self.http.send(h11.Data(request.content)), self.http.send(h11.EndOfMessage())]
        self.transport.write(b"".join(each or b"" for each in parts))

    async def event(self) -> Any:
        """The next thing that h11 made out."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.http.receive_data(await self._piece())
        return event

    async def _piece(self) -> bytes:
        while not self.said and not self.over:
            self.news.clear()
            await self.news.wait()
        if not self.said and (self.why or self.http.their_state is h11.SEND_RESPONSE):
            raise self.why or h11.RemoteProtocolError("hung up without an answer")
        piece, self.said = bytes(self.said), bytearray()
        if not self.over:
            self.transport.resume_reading()
        return piece

    def can_be_kept(self) -> bool:
        both_done = self.http.our_state is h11.DONE and self.http.their_state is h11.DONE
        return both_done and not self.over and not self.said and not self.http.trailing_data[0]

    def is_silent(self, now: float) -> bool:
        """Since the last answer nothing came, neither a word nor the end; also not what the loop has not read yet."""
        if self.over or self.said or now - self.idle_since > KEPT_SECONDS:
            return False
        come = select.poll()
        come.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not come.poll(0)


class Connection(httpx.AsyncBaseTransport):
    """Lends its connection to one call at a time, and opens another where there is none any more."""

    def __init__(self, certificates: ssl.SSLContext) -> None:
        self.certificates = certificates
        self.kept: Wire | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        wire, announced = await self._wire(request), 0
        try:
            with as_httpx_says_it():
                wire.write(request)
                while isinstance(head := await wire.event(), h11.InformationalResponse):
                    announced += 1
                    if announced > MOST_ANNOUNCED:
                        raise h11.RemoteProtocolError("announces an answer again and again")
        except BaseException:
            wire.transport.abort()
            raise
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=Answer(self, wire))

    async def _wire(self, request: httpx.Request) -> Wire:
        wire, self.kept = self.kept, None
        alone = request.extensions.pop(KEPT, False)
        if wire is not None and not alone and wire.is_silent(asyncio.get_running_loop().time()):
            request.extensions[KEPT] = True
            return wire
        if wire is not None:
            wire.transport.abort()
        try:
            return await self._opened(request.url)
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error

    async def _opened(self, url: httpx.URL) -> Wire:
        loop, host = asyncio.get_running_loop(), url.raw_host.decode("ascii")
        addresses = await loop.getaddrinfo(host, url.port or PORTS[url.scheme], type=socket.SOCK_STREAM)
        found = await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
        tls, name = (self.certificates, host) if url.scheme == "https" else (None, None)
        try:
            _, wire = await loop.create_connection(Wire, sock=found, ssl=tls, server_hostname=name)
        except BaseException:
            found.close()
            raise
        return wire

    def done(self, wire: Wire) -> None:
        if wire.can_be_kept():
            wire.http.start_next_cycle()
            wire.idle_since = asyncio.get_running_loop().time()
            self.kept = wire
        else:
            wire.transport.abort()

    async def aclose(self) -> None:
        if self.kept is not None:
            self.kept.transport.close()


class Answer(httpx.AsyncByteStream):
    """Its body; closed, whether or not it was read to its end."""

    def __init__(self, connection: Connection, wire: Wire) -> None:
        self.connection, self.wire = connection, wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with as_httpx_says_it():
            while isinstance(event := await self.wire.event(), h11.Data):
                yield bytes(event.data)

    async def aclose(self) -> None:
        self.connection.done(self.wire)


@contextmanager
def as_httpx_says_it() -> Iterator[None]:
    try:
        yield
    except h11.ProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
    except OSError as error:
        raise httpx.ReadError(str(error)) from error
