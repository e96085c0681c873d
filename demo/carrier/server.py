"""Serves the carrier over HTTP: what a stranger can cost is bounded over the whole request, as at our own services.

Written again and smaller: a carrier shares the contract with us and no code.
"""

import asyncio
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEADER_BYTES = 64 * 1024  # all of a request that is no body
LARGEST_BODY_BYTES = 64 * 1024
SLICE_BYTES = 16 * 1024  # the parser copies what it has of a header again for each piece
REQUEST_SECONDS = 10.0
MOST_CONNECTIONS = 1_000
NO = {
    408: b"Request Timeout",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


class Caller(HttpToolsProtocol):
    """One connection, from which a whole request must come in time and in size."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.head = self.body = 0
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect()
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        self._whole()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        start = 0
        while start < len(data) and not self.transport.is_closing():
            piece = data[start : start + min(SLICE_BYTES, LARGEST_HEADER_BYTES + 1 - self.head)]
            start += len(piece)
            self.head += len(piece)
            self._expect()
            super().data_received(piece)
            if self.head > LARGEST_HEADER_BYTES:
                self._refuse(431)

    def on_body(self, body: bytes) -> None:
        self.head -= len(body)
        self.body += len(body)
        if self.body > LARGEST_BODY_BYTES:
            self._refuse(413)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._whole()
        super().on_message_complete()

    def _expect(self) -> None:
        if self.deadline is None:
            self.deadline = self.loop.call_later(REQUEST_SECONDS, self._refuse, 408)

    def _whole(self) -> None:
        self.head = self.body = 0
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None

    def _refuse(self, status: int) -> None:
        """Where an answer has begun, hanging up says it."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            line = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(line % (status, NO[status]))
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()


def http_server(app: ASGIApp) -> uvicorn.Server:
    """No access log: the ledger is the record, and a log would only cost."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=Caller,
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)
