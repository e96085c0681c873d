"""The carrier on a socket: what never ends, is too large or too slow costs it nothing, and the others are answered."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from demo.carrier import server
from demo.carrier.app import carrier_app
from demo.carrier.books import Books
from tests.waiting import PATIENCE_SECONDS

GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /charging/charges HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
LAST = b"Connection: close\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def carrier() -> Iterator[int]:
    books, listener = Books(":memory:"), socket.create_server(("127.0.0.1", 0))
    running = server.http_server(carrier_app(books))
    thread = threading.Thread(target=_run, args=(running, listener))
    thread.start()
    yield listener.getsockname()[1]
    running.should_exit = True
    thread.join(10)
    books.close()


def _run(running: uvicorn.Server, listener: socket.socket) -> None:
    running.run(sockets=[listener])


def says(port: int, raw: bytes, again: bytes = b"", times: int = 0) -> bytes:
    """All that is answered to these bytes, until the other side hangs up."""
    found = b""
    with (
        socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as client,
        contextlib.suppress(ConnectionError),
    ):
        with contextlib.suppress(ConnectionError):  # hung up already; what it said before counts
            client.sendall(raw)
            for _ in range(times):
                client.sendall(again)
        while piece := client.recv(65536):
            found += piece
    return found


def status(answer: bytes) -> int:
    """0: hung up without a word, as when the word was overtaken by a reset."""
    return int(answer.split()[1]) if answer else 0


@pytest.mark.parametrize(
    ("size", "expected"), [(0, (200,)), (60_000, (200,)), (70_000, (431, 0)), (1_000_000, (431, 0))]
)
def test_headers_are_read_up_to_sixty_four_kilobytes(carrier: int, size: int, expected: tuple[int, ...]) -> None:
    assert status(says(carrier, GET + b"X: " + b"a" * size + b"\r\n" + LAST)) in expected


@pytest.mark.parametrize("start", [GET + b"X-Long: ", GET, b"GET /", CHUNKED + b"1;x="])
def test_what_never_ends_is_refused_and_others_are_answered(carrier: int, start: bytes) -> None:
    assert status(says(carrier, start, b"a" * 65536, 320)) in (431, 400, 0)
    assert status(says(carrier, GET + LAST)) == 200


@pytest.mark.parametrize(("size", "expected"), [(60_000, (422,)), (70_000, (413, 0)), (5_000_000, (413, 0))])
@pytest.mark.parametrize("framing", ["length", "one chunk"])
def test_a_body_is_read_up_to_its_limit(carrier: int, framing: str, size: int, expected: tuple[int, ...]) -> None:
    body = b"a" * size
    raw = POST + b"Content-Length: %d\r\n" % size + LAST + body
    if framing == "one chunk":
        raw = POST + b"Transfer-Encoding: chunked\r\n" + LAST + b"%x\r\n" % size + body + b"\r\n0\r\n\r\n"
    assert status(says(carrier, raw)) in expected


@pytest.mark.parametrize("half", [b"", GET, POST + b"Content-Length: 10\r\n\r\nabc", CHUNKED + b"a\r\nabc"])
def test_half_a_request_is_let_go_of_in_time(carrier: int, half: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.5)
    assert status(says(carrier, half)) in (408, 0)


def test_more_than_so_many_connections_are_refused(carrier: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 1)
    with socket.create_connection(("127.0.0.1", carrier), 10) as held:
        held.sendall(GET)
        assert status(says(carrier, GET + LAST)) == 503
