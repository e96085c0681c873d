"""Serves HTTP for every service, with limits that hold before a byte is parsed and until the last one is taken.

A library's limits are for one read or begin after parsing. What a stranger can cost is bounded here over the whole:
bytes that are no body, the time of a request and of its answer, connections, and requests in work.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import orjson
import uvicorn
from httptools import HttpParserError
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from runtime.http.bodies import LARGEST_BODY_BYTES
from runtime.http.framing import LONGEST_ENDING, another_protocol, two_meanings
from runtime.http.guests import Guests, Limits
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import MEDIA, RETRY_AFTER_SECONDS, Problem
from runtime.http.protection import HEADERS
from runtime.http.quiet_server import QuietServer
from runtime.settings import Settings

LARGEST_HEADER_BYTES = 64 * 1024  # all of a request that is no body
FRAMING_BYTES = 8  # what a chunk of one byte may cost beside it
SLICE_BYTES = 16 * 1024  # the parser copies what it has of a header again for each piece, so it gets few large ones
MOST_PIPELINED = 32
LAST_WORD_SECONDS = 1
UNREAD_BYTES = 128 * 1024  # what the system keeps for one reader; left to itself it keeps megabytes, and all looks read
ANSWERS_MAY_TAKE = 6  # times as long as requests: work, and a slow reader
TCP_INFO, ESTABLISHED = getattr(socket, "TCP_INFO", None), 1
FAULTS = logging.getLogger(f"{__name__}.faults")  # the library's own, without its line for each connection
FAULTS.setLevel(logging.ERROR)
WAITING_OUTSIDE = 4096  # beyond it the system drops whoever comes, who tries again after a second
KEPT_ALIVE_SECONDS = 75  # longer than a proxy or a page waits between two requests; whoever is idle gives way first


class Guest(HttpToolsProtocol):
    """One connection."""

    def __init__(self, guests: Guests, **given: Any) -> None:
        super().__init__(**given)
        self.guests, self.deadline, self.logger = guests, None, FAULTS
        self.overhead = self.content = 0
        self.receiving, self.in_head, self.served = False, True, False

    deadline: asyncio.TimerHandle | None
    ending = b""
    answering: RequestResponseCycle | None = None

    # ---- the connection ----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNREAD_BYTES)
        if len(self.connections) > self.guests.limits.connections:
            self._make_room()
        if not transport.is_closing():
            self.guests.wait(self)
            self._expect(self.guests.limits.request_seconds)

    def _make_room(self) -> None:
        """Where all are being answered, the new one gives way."""
        oldest = self.guests.out() or self
        self.connections.discard(oldest)
        oldest.refuse("too-busy")

    def connection_lost(self, exc: Exception | None) -> None:
        self.guests.gone(self)
        self._expect(None)
        super().connection_lost(exc)
        if self.answering is not None:  # the library tells the last of several requests alone
            self.answering.disconnected = True
            self.answering.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.answering = cycle
        super()._start_asgi_task(cycle, app)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        self.guests.refused[self] = None
        try:
            yield
        finally:
            self.guests.refused.pop(self, None)

    def shutdown(self) -> None:
        self.guests.ending = True
        super().shutdown()

    def has_left(self) -> bool:
        """Asked of the system where it can say: what came before the good-bye may not be read yet."""
        if not self.transport.is_closing() and TCP_INFO is not None:
            state = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, TCP_INFO, 1)
            if state[0] != ESTABLISHED:
                self.transport.abort()
        return bool(self.transport.is_closing())

    def timeout_keep_alive_handler(self) -> None:
        """Closing would wait for a reader who does not read."""
        self.transport.abort() if self.transport.get_write_buffer_size() else super().timeout_keep_alive_handler()

    # ---- a request ---------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if not self.receiving:
            self._begin()
        start = 0
        while start < len(data) and not self.transport.is_closing():
            piece = data[start : start + self._most()]
            start += len(piece)
            self.overhead += len(piece)
            if another_protocol(self.ending + piece):
                self.refuse("not-http")
                break
            self.ending = piece[-LONGEST_ENDING:]
            super().data_received(piece)
            if self.overhead >= LARGEST_HEADER_BYTES + FRAMING_BYTES * min(self.content, LARGEST_BODY_BYTES):
                self.refuse("headers-too-large")
            elif len(self.pipeline) > MOST_PIPELINED:
                self.refuse("too-busy")

    def _most(self) -> int:
        """Not a byte beyond the limit, or what follows the headers would count as one of them."""
        return min(SLICE_BYTES, LARGEST_HEADER_BYTES - self.overhead) if self.in_head else SLICE_BYTES

    def _begin(self) -> None:
        self.receiving = True
        self.guests.gone(self)
        self.guests.wait(self)
        self._expect(self.guests.limits.request_seconds)

    def on_message_begin(self) -> None:
        if not self.receiving:  # pipelined behind another one
            self._begin()
        super().on_message_begin()
        self.scope["state"]["guest"] = self

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_head:  # behind a body nobody has looked at it, so it is no header
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.in_head = False
        if two_meanings(self.parser.get_http_version(), self.url, self.headers):
            raise HttpParserError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.overhead -= len(body)
        self.content += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.receiving, self.in_head = False, True
        self.overhead = self.content = 0
        self.guests.gone(self)
        self._expect(self.guests.limits.request_seconds * ANSWERS_MAY_TAKE)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.receiving and not self.transport.is_closing():
            self.guests.wait(self)  # nobody is kept out by a connection that is only kept alive

    def _expect(self, seconds: float | None) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if self.receiving:
            self.refuse("too-slow")
        elif not self._is_idle():
            self.transport.abort()

    def _is_idle(self) -> bool:
        """Answered, and the answer has gone."""
        answered = self.cycle is not None and self.cycle.response_complete
        return answered and not self.transport.get_write_buffer_size()

    # ---- no ----------------------------------------------------------------------------------------------------------

    def send_400_response(self, msg: str) -> None:
        self.refuse("not-http")

    def refuse(self, code: str) -> None:
        """Says why, where no answer has begun, and hangs up."""
        if self.transport.is_closing():
            return
        self.guests.seldom.say("refused", self.loop.time(), code=code)
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            with contextlib.suppress(RuntimeError):  # the other side was faster
                self.transport.write(_raw(code))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
        self._expect(None)
        self.deadline = self.loop.call_later(LAST_WORD_SECONDS, self.transport.abort)  # whether or not anybody reads it


@cache
def _raw(code: str) -> bytes:
    """The whole answer; in English, since nobody knows yet what the caller speaks."""
    body = orjson.dumps(Problem(code).body(GENERAL, "", "en"))
    status = GENERAL[code].status
    headers = HEADERS | {"content-type": MEDIA, "content-length": str(len(body)), "connection": "close"}
    if status == 503:
        headers["retry-after"] = str(RETRY_AFTER_SECONDS)
    return b"".join(
        [STATUS_LINE[status], *(f"{name}: {value}\r\n".encode() for name, value in headers.items()), b"\r\n", body]
    )


def is_ending(request: HTTPConnection) -> bool:
    """The server waits for this answer, so that it can go."""
    guest = getattr(request.state, "guest", None)
    return guest is not None and guest.guests.ending


def http_server(app: ASGIApp, settings: Settings, port: int) -> uvicorn.Server:
    """The one set-up of all services. Signals stay with whoever runs it."""
    guests = Guests(Limits(settings.request_seconds, settings.connections_at_once))
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        http=partial(Guest, guests),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=WAITING_OUTSIDE,
        timeout_keep_alive=KEPT_ALIVE_SECONDS,
    )
    server = QuietServer(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return server
