"""What a stranger may send, and for how long: counted over the whole, before anything is parsed."""

import asyncio
import contextlib
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from contracts.flow import SERVICES
from runtime.http import quiet_server, server
from runtime.settings import Settings
from tests.sockets.conftest import REQUEST_SECONDS, Served, read_answer, serving
from tests.waiting import PATIENCE_SECONDS, eventually

GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /v1/cancellations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "the value of a header": GET + b"X-Long: ",
    "the name of a header": GET,
    "the address": b"GET /",
    "the query": b"GET /livez?q=",
    "the method": b"",
    "the trailer of a body in pieces": CHUNKED + b"1\r\na\r\n0\r\nX: ",
    "the extension of a piece": CHUNKED + b"1;x=",
}
MEGABYTES = 100
MOST_GROWTH_MEGABYTES = 20.0


def endless(served: Served, start: bytes, piece: bytes = b"a" * 65536) -> Any:
    """Goes on until the other side has had enough."""
    with served.connect() as client:
        with contextlib.suppress(OSError):
            client.sendall(start)
            for _ in range(MEGABYTES * 2**20 // len(piece)):
                client.sendall(piece)
        return read_answer(client)


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_a_header_that_never_ends_costs_a_service_nothing(service: str, tmp_path: Path) -> None:
    with serving(service, tmp_path) as served:
        before = served.megabytes
        answer = endless(served, GET + b"X-Long: ")
        assert answer.status in (431, 0)
        assert served.megabytes < before + MOST_GROWTH_MEGABYTES
        assert served.alive()


@pytest.mark.parametrize("start", ENDLESS.values(), ids=ENDLESS.keys())
def test_whatever_never_ends_is_refused_and_others_are_answered(intake: Served, start: bytes) -> None:
    before = intake.megabytes
    answer = endless(intake, start)
    assert answer.status in (431, 400, 0), answer
    assert intake.megabytes < before + MOST_GROWTH_MEGABYTES
    assert intake.alive()


def test_many_small_headers_are_one_large_one(intake: Served) -> None:
    assert endless(intake, GET, b"X-Small: a\r\n" * 4096).status in (431, 0)
    assert endless(intake, b"", b"\r\n" * 32768).status in (431, 0)
    assert intake.alive()


@pytest.mark.parametrize(
    ("size", "status"),
    [(0, 200), (1_000, 200), (16_000, 200), (60_000, 200), (70_000, 431), (100_000, 431), (300_000, 431)],
)
@pytest.mark.parametrize("in_one", [True, False], ids=["one header", "many headers"])
def test_headers_are_read_up_to_sixty_four_kilobytes(intake: Served, size: int, status: int, in_one: bool) -> None:
    long = b"X: " + b"a" * size + b"\r\n" if in_one else b"X-Header: 1234567\r\n" * (size // 19)
    answer = intake.says(GET + long + b"Connection: close\r\n\r\n")
    assert answer.status == status or (status == 431 and answer.status == 0)


@pytest.mark.parametrize("framing", ["length", "one chunk", "chunks of a byte"])
@pytest.mark.parametrize(
    ("size", "code"),
    [(0, "malformed"), (1, "malformed"), (60_000, "malformed"), (65_536, "malformed"), (65_537, "too-large")],
)
def test_a_body_is_read_up_to_its_limit_however_it_is_framed(
    intake: Served, size: int, code: str, framing: str
) -> None:
    body = b" " * size
    if framing == "length":
        raw = POST + f"Content-Length: {size}\r\n\r\n".encode() + body
    elif framing == "one chunk":
        raw = CHUNKED + (b"%x\r\n%s\r\n" % (size, body) if size else b"") + b"0\r\n\r\n"
    else:
        raw = CHUNKED + b"1\r\n \r\n" * size + b"0\r\n\r\n"
    assert intake.says(raw).code == code


@pytest.mark.parametrize("size", [10**6, 10**7, 10**8, 10**12])
def test_a_large_body_is_not_kept(intake: Served, size: int) -> None:
    before = intake.megabytes
    answer = endless(intake, POST + f"Content-Length: {size}\r\n\r\n".encode(), b" " * 65536)
    assert answer.status in (413, 0)
    assert intake.megabytes < before + MOST_GROWTH_MEGABYTES


@pytest.mark.parametrize("size", [65_537, 10**9, 2**63])
@pytest.mark.parametrize("asks", [b"", b"Expect: 100-continue\r\n"], ids=["", "whether it may go on"])
def test_who_says_beforehand_that_it_is_too_much_hears_it_before_sending(
    intake: Served, console: Served, asks: bytes, size: int
) -> None:
    for served in (intake, console):
        with served.connect() as client:
            client.sendall(POST + asks + f"Content-Length: {size}\r\n\r\n".encode())
            answer = read_answer(client)
        assert (answer.status, answer.code) == (413, "too-large")


HALVES = {
    "nothing at all": b"",
    "half a method": b"GE",
    "half an address": b"GET /v1/cance",
    "half a header": GET + b"X-Half",
    "headers without their end": GET,
    "no body yet": POST + b"Content-Length: 100\r\n\r\n",
    "half a body": POST + b"Content-Length: 100\r\n\r\n" + b'{"channel"',
    "half a chunk": CHUNKED + b"64\r\n{",
    "chunks without their end": CHUNKED + b"1\r\n{\r\n",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES.keys())
def test_half_a_request_is_given_up_after_its_time(intake: Served, half: bytes) -> None:
    began = time.monotonic()
    with intake.connect(timeout=2 * PATIENCE_SECONDS) as client:
        client.sendall(half)
        answer = read_answer(client)
    assert (answer.status, answer.code) in ((408, "too-slow"), (0, ""))
    assert answer.status == 408 or not half
    assert REQUEST_SECONDS * 0.8 < time.monotonic() - began < PATIENCE_SECONDS


@pytest.mark.parametrize("start", [GET + b"X: ", POST + b"Content-Length: 9999\r\n\r\n"], ids=["header", "body"])
def test_a_byte_now_and_then_does_not_buy_time(intake: Served, start: bytes) -> None:
    """Bytes enough for ten times as long as is allowed: counted, for a busy machine sends them even slower."""
    with intake.connect(timeout=0.1) as client:
        client.sendall(start)
        for _ in range(int(10 * REQUEST_SECONDS / 0.1)):
            if _hung_up(client):
                return
    raise AssertionError("every byte bought time")


def _hung_up(client: socket.socket) -> bool:
    """Before or after another byte; the last word counts as well."""
    try:
        client.sendall(b"a")
        client.recv(1)
    except TimeoutError:
        return False
    except (BrokenPipeError, ConnectionResetError):
        pass
    return True


def test_who_says_nothing_again_on_a_kept_connection_is_let_go(intake: Served) -> None:
    with intake.connect() as client:
        client.sendall(GET + b"\r\n")
        assert read_answer(client).status == 200
        client.sendall(b"GET /livez HTTP/1.1\r\nHo")
        assert read_answer(client).status == 408


def test_a_kept_connection_serves_one_request_after_the_other(intake: Served) -> None:
    with intake.connect() as client:
        for _ in range(3):
            client.sendall(GET + b"\r\n")
            assert read_answer(client).status == 200


def test_a_kept_connection_outlives_the_wait_of_a_page_and_the_time_of_an_answer(intake: Served) -> None:
    with intake.connect(timeout=max(6, REQUEST_SECONDS * 8)) as client:
        client.sendall(GET + b"\r\n")
        assert read_answer(client).status == 200
        with pytest.raises(TimeoutError):  # nobody hangs up
            client.recv(1)
        client.sendall(GET + b"\r\n")
        assert read_answer(client).status == 200


def test_thousands_of_half_requests_are_bounded_and_nobody_else_waits(tmp_path: Path) -> None:
    with serving("intake", tmp_path, TUIDING_CONNECTIONS_AT_ONCE="40", TUIDING_REQUEST_SECONDS="20") as served:
        before, guests = served.megabytes, [served.connect() for _ in range(700)]
        for number, guest in enumerate(guests):
            with contextlib.suppress(OSError):  # shown out already
                guest.sendall(HALVES["half a header"] if number % 2 else HALVES["half a body"])
        assert served.alive()
        eventually(lambda: served.connections <= 45)
        assert served.megabytes < before + MOST_GROWTH_MEGABYTES
        assert read_answer(guests[0]).status in (503, 0)
        for guest in guests:
            guest.close()
        eventually(served.alive)


def test_clients_that_went_away_are_counted_in_the_log_and_a_line_a_second(intake: Served) -> None:
    before = intake.log.stat().st_size
    for _ in range(50):
        with intake.connect() as client:
            client.sendall(HALVES["half a body"])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    with intake.connect() as client:  # so that what was not told yet is told with this one
        client.sendall(HALVES["half a body"])
    eventually(lambda: _went_away(intake, before) >= 1)
    said = intake.log.read_bytes()[before:]
    assert b"Traceback" not in said and said.count(b"\n") <= 10


def _went_away(served: Served, before: int) -> int:
    return sum(int(times) for times in re.findall(rb"client went away .*times=(\d+)", served.log.read_bytes()[before:]))


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"\r\n\r\n\x00\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"SSH-2.0-x\r\n",
    ],
    ids=["TLS", "zeros", "no address", "a version of its own", "SSH"],
)
def test_what_is_no_http_is_refused_as_a_problem(intake: Served, noise: bytes) -> None:
    answer = intake.says(noise)
    assert (answer.status, answer.code) in ((400, "not-http"), (0, ""))
    assert answer.status == 0 or "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert intake.alive()


def test_requests_sent_all_at_once_on_one_connection_are_answered_or_refused(intake: Served) -> None:
    with intake.connect() as client:
        client.sendall((GET + b"\r\n") * 5)
        time_out = time.monotonic() + PATIENCE_SECONDS
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 5 and time.monotonic() < time_out:
            answers += client.recv(65536)
    assert answers.count(b"HTTP/1.1 200") == 5
    assert endless(intake, b"", (GET + b"\r\n") * 500).status in (200, 503, 0)
    assert intake.alive()


def test_a_reader_who_does_not_read_is_let_go(tmp_path: Path) -> None:
    with serving("intake", tmp_path, TUIDING_REQUEST_SECONDS="1") as served:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(("127.0.0.1", served.port))
        client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20)
        eventually(lambda: served.connections == 0)
        client.close()
        assert json.loads(served.says(GET + b"Connection: close\r\n\r\n").body) == {"status": "alive"}


async def test_a_server_that_is_told_to_end_does_not_wait_for_its_next_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*arguments: Any) -> None: ...

    monkeypatch.setattr(quiet_server, "LOOK_SECONDS", 3600.0)
    serving = server.http_server(nobody, Settings(), 1)
    going = asyncio.create_task(serving.main_loop())
    await asyncio.sleep(0)
    assert not going.done()
    serving.should_exit = True
    await asyncio.wait_for(going, 30)
