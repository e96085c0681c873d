"""A carrier that speaks HTTP oddly, on a real socket: one outcome, in time, and nothing of it in the next call."""

import asyncio
import gzip
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from contracts.carrier.asks import MoneyAsk
from contracts.words import Money
from runtime.settings import Settings
from runtime.worker.carrier import UNBELIEVABLE, Carrier, Outage, Refusal, connect

ASK = MoneyAsk(
    request_id="11111111-2222-4333-8444-555555555555",
    subscription="sub-free01",
    amount=Money(minor=100),
    purpose="settlement",
)
RECEIPT = {"reference": "r-1", **ASK.model_dump(exclude={"purpose"}), "at": "2026-03-10T09:00:00+08:00"}
RIGHT = json.dumps(RECEIPT).encode()
DEADLINE_SECONDS, SLACK_SECONDS = 1.0, 9.0  # the second for a machine that is busy
JSON = b"Content-Type: application/json\r\n"
ANSWER, OUTAGE, REFUSED = "answer", "outage", UNBELIEVABLE
Says = Callable[[], Iterator[bytes]]


def whole(body: bytes = RIGHT, headers: bytes = JSON, first: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return first + b"\r\n" + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def once(raw: bytes) -> Says:
    return lambda: iter((raw,))


def slowly(raw: bytes) -> Says:
    return lambda: (raw[at : at + 1] for at in range(len(raw)))


def for_ever(piece: bytes, begin: bytes = b"") -> Says:
    def pieces() -> Iterator[bytes]:
        yield begin
        while True:
            yield piece

    return pieces


CHUNKED = b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
PACKED = JSON + b"Content-Encoding: gzip\r\n"
ELSEWHERE = (
    b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://elsewhere.invalid/charges\r\nContent-Length: 0\r\n\r\n"
)
HANGS, HANGS_UP = True, False
ODD: dict[str, tuple[Says, bool, str]] = {  # what it sends, whether it then keeps the connection open, the outcome
    "nothing at all": (once(b""), HANGS, OUTAGE),
    "hangs up without a word": (once(b""), HANGS_UP, OUTAGE),
    "one byte a moment": (slowly(whole()), HANGS, OUTAGE),
    "headers without end": (for_ever(b"X-More: and more\r\n", b"HTTP/1.1 200 OK\r\n"), HANGS, OUTAGE),
    "one header without end": (for_ever(b"a" * 4096, b"HTTP/1.1 200 OK\r\nX: "), HANGS, OUTAGE),
    "a status line without end": (for_ever(b"O" * 4096, b"HTTP/1.1 200 "), HANGS, OUTAGE),
    "ends within its body": (once(whole()[:-20]), HANGS_UP, OUTAGE),
    "stops within its body": (once(whole()[:-20]), HANGS, OUTAGE),
    "100 Continue for ever": (for_ever(b"HTTP/1.1 100 Continue\r\n\r\n"), HANGS, OUTAGE),
    "103 Early Hints for ever": (for_ever(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), HANGS, OUTAGE),
    "100 Continue once": (once(b"HTTP/1.1 100 Continue\r\n\r\n" + whole()), HANGS, ANSWER),
    "to another host": (once(ELSEWHERE), HANGS, REFUSED),
    "to itself": (once(ELSEWHERE.replace(b"http://elsewhere.invalid", b"")), HANGS, REFUSED),
    "a bomb": (once(whole(gzip.compress(b" " * 50_000_000), PACKED)), HANGS, REFUSED),
    "packed although not asked for": (once(whole(gzip.compress(RIGHT), PACKED)), HANGS, ANSWER),
    "packed, it says": (once(whole(RIGHT, PACKED)), HANGS, REFUSED),
    "packed by brotli": (once(whole(RIGHT, JSON + b"Content-Encoding: br\r\n")), HANGS, REFUSED),
    "a page": (once(whole(b"<html>sign in</html>", b"Content-Type: text/html\r\n")), HANGS, REFUSED),
    "right, but called a page": (once(whole(RIGHT, b"Content-Type: text/html\r\n")), HANGS, ANSWER),
    "HTTP/1.0": (once(whole(first=b"HTTP/1.0 200 OK")), HANGS_UP, ANSWER),
    "HTTP/1.0 without a length": (once(b"HTTP/1.0 200 OK\r\n" + JSON + b"\r\n" + RIGHT), HANGS_UP, ANSWER),
    "no length and no end": (once(b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n" + RIGHT), HANGS, OUTAGE),
    "chunks without end": (for_ever(b"400\r\n" + b" " * 1024 + b"\r\n", CHUNKED), HANGS, REFUSED),
    "chunks of a byte without end": (for_ever((b"1;" + b"x" * 8_000 + b"\r\n \r\n") * 8, CHUNKED), HANGS, OUTAGE),
    "a chunk that never comes": (once(CHUNKED + b"ffff\r\n{"), HANGS, OUTAGE),
    "a chunk of no size": (once(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"), HANGS, OUTAGE),
    "HTTP/2": (once(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18), HANGS, OUTAGE),
    "no HTTP": (once(b"220 mail.example ESMTP\r\n"), HANGS, OUTAGE),
    "two lengths": (once(whole(RIGHT, JSON + b"Content-Length: 3\r\n")), HANGS, OUTAGE),
    "204": (once(b"HTTP/1.1 204 No Content\r\n\r\n"), HANGS, REFUSED),
    "a cookie": (once(whole(headers=JSON + b"Set-Cookie: customer=somebody; Path=/\r\n")), HANGS, ANSWER),
    "a cookie with a no": (
        once(whole(b"{}", JSON + b"Set-Cookie: customer=somebody\r\n", b"HTTP/1.1 409 No")),
        HANGS,
        REFUSED,
    ),
}


class Odd:
    """Odd the first time, sound ever after; keeps what it was asked."""

    def __init__(self, says: Says, hangs: bool) -> None:
        self.says, self.hangs = says, hangs
        self.asked: list[bytes] = []
        self.connections = 0
        self.over = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.split(b":")[1]))
                self.asked.append(head)
                await self._answer(writer)
                if len(self.asked) == 1 and not self.hangs:
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        for piece in self.says() if len(self.asked) == 1 else (whole(),):
            writer.write(piece)
            await writer.drain()
            if len(piece) == 1 and await self._over_within(0.02):
                return

    async def _over_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.over.wait(), seconds)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def asked_by_us(odd: Odd, tls: ssl.SSLContext | None = None, ca: str = "") -> AsyncIterator[Carrier]:
    """One lane, so that the next call would find whatever the first one left there."""
    server = await asyncio.start_server(odd, "127.0.0.1", 0, ssl=tls)
    address = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    told = Settings(carrier=address, carrier_ca=ca, call_timeout_seconds=DEADLINE_SECONDS, calls_at_once=1)
    client = connect(told)
    yield Carrier(client)
    odd.over.set()
    await client.aclose()
    server.close()


async def outcome(asking: Awaitable[object]) -> str:
    try:
        await asking
    except Refusal as no:
        return no.code
    except Outage:
        return OUTAGE
    return ANSWER


@pytest.mark.parametrize("name", ODD)
async def test_a_call_has_one_outcome_in_time_and_leaves_nothing_to_the_next(name: str) -> None:
    says, hangs, expected = ODD[name]
    odd = Odd(says, hangs)
    async with asked_by_us(odd) as carrier:
        async with asyncio.timeout(DEADLINE_SECONDS + SLACK_SECONDS):
            assert await outcome(carrier.ask("charge", ASK, "k-1")) == expected
        next_one = await carrier.ask("charge", ASK, "k-2")
        assert next_one.model_dump()["reference"] == "r-1"
        assert not carrier.client.cookies
    first, second = odd.asked
    assert b"k-1" in first and b"k-2" in second and b"cookie" not in second.lower()
