"""Whoever opens connections and leaves at once costs next to nothing, and whoever was served keeps the place."""

import asyncio
import contextlib
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from runtime.http import server
from runtime.http.guests import Guests, Limits
from runtime.http.protection import Protection
from runtime.http.refusals import A_SECOND, AT_ONCE, ELSEWHERE, LONGEST_SECONDS, MOST_ADDRESSES, Refusals
from runtime.http.seldom import SECONDS, Seldom
from runtime.http.server import Guest, http_server
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from tests.waiting import PATIENCE_SECONDS

MANY = 40
ASKED = b"GET /anything HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
HANGING_UP = {
    "nothing": b"",
    "a byte": b"G",
    "half a request": ASKED[:-2],
    "hello of TLS": b"\x16\x03\x01\x02\x00\x01",
    "a whole request": ASKED,
    "two of them": ASKED * 2,
}


class Counting:
    """What an application is asked to do."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked += 1
            await PlainTextResponse("done")(scope, receive, send)


@contextlib.asynccontextmanager
async def served(**limits: int) -> AsyncIterator[tuple[Counting, int]]:
    app, port = Counting(), free_port()
    settings = Settings(_env_file=None, **limits)  # type: ignore[arg-type]
    serving_it = http_server(Protection(app, settings), settings, port)
    serving = asyncio.create_task(serving_it.serve())
    while not serving_it.started:
        await asyncio.sleep(0)
    yield app, port
    serving_it.should_exit = True
    await serving


async def closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(4)
    return head[9:12]


@pytest.mark.parametrize("resets", [False, True], ids=["says good-bye", "resets"])
@pytest.mark.parametrize("raw", HANGING_UP.values(), ids=HANGING_UP.keys())
async def test_nothing_is_done_for_whoever_has_left(raw: bytes, resets: bool) -> None:
    async with served() as (app, port):
        for _ in range(MANY):  # the server's turn comes behind all of them
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                if resets:
                    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                stranger.sendall(raw)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASKED)
        assert await answer(reader) == b"200"
        assert app.asked <= MANY // 4, "for the one who stayed, and perhaps for some whose good-bye was under way"
        await closed(writer)


class Noting:
    """A loop, with what somebody has it do later."""

    def __init__(self, loop: asyncio.AbstractEventLoop, later: list[asyncio.TimerHandle]) -> None:
        self.loop, self.later = loop, later

    def call_later(self, *given: Any) -> asyncio.TimerHandle:
        self.later.append(self.loop.call_later(*given))
        return self.later[-1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loop, name)


@pytest.mark.parametrize("resets", [False, True], ids=["says good-bye", "resets"])
async def test_nothing_is_to_be_done_later_for_whoever_was_refused_and_has_left(
    resets: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of timers a second, and what they keep, hold up everybody."""
    later, connected = list[asyncio.TimerHandle](), list[set[Any]]()

    class Noted(Guest):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self.loop = Noting(self.loop, later)  # type: ignore[assignment]
            connected.append(self.connections)

    monkeypatch.setattr(server, "LAST_WORD_SECONDS", 10 * PATIENCE_SECONDS)  # for those who stay and do not read
    monkeypatch.setattr(server, "Guest", Noted)
    async with served() as (_, port):
        for _ in range(MANY):
            with socket.create_connection(("127.0.0.1", port)) as stranger:
                if resets:
                    stranger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                stranger.sendall(HANGING_UP["hello of TLS"])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(ASKED)
        assert await answer(reader) == b"200", "all of them were let in before"
        await closed(writer)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while connected[0]:
                await asyncio.sleep(0)
        assert len(later) > MANY and all(each.cancelled() for each in later)


async def test_whoever_was_served_keeps_the_connection_when_strangers_take_all_places() -> None:
    async with served(connections_at_once=4) as (app, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(ASKED)
            assert await answer(reader) == b"200"
            strangers = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3 * 4)]
            for _, stranger in strangers:
                await closed(stranger)
        assert app.asked == 3
        await closed(writer)


def test_somebody_new_waits_beside_a_flood_from_the_same_address_only() -> None:
    refusals = Refusals()
    for _ in range(AT_ONCE):
        refusals.wait(401, 1000.0, "192.0.2.1")
    assert refusals.owed("192.0.2.1", 1000.0) == 0.0
    for _ in range(10 * A_SECOND):
        refusals.wait(401, 1000.0, "192.0.2.1")
    assert refusals.owed("192.0.2.1", 1000.0) == LONGEST_SECONDS
    assert refusals.owed("192.0.2.2", 1000.0) == refusals.owed("192.0.2.1", 1003.0) == 0.0


def test_so_many_addresses_are_told_apart_and_all_further_ones_are_one() -> None:
    refusals = Refusals()
    for number in range(MOST_ADDRESSES + 50):
        for _ in range(AT_ONCE + 1):
            refusals.wait(401, 1000.0, f"2001:db8::{number:x}")
    assert len(refusals.addresses) == MOST_ADDRESSES and ELSEWHERE in refusals.addresses
    assert refusals.owed("2001:db8::ffff", 1000.0) == LONGEST_SECONDS
    refusals.wait(401, 2000.0, "2001:db8::ffff")
    assert len(refusals.addresses) == 1, "who owes nothing any more is forgotten"


def test_what_strangers_do_by_the_thousand_is_a_line_a_second() -> None:
    seldom = Seldom()
    with structlog.testing.capture_logs() as told:
        for number in range(1000):
            seldom.say("client went away", 100.0 + number / 500)
        seldom.say("refused", 100.0, code="not-http")
        seldom.say("client went away", 102.0 + SECONDS)
    assert Counter(each["event"] for each in told) == {"client went away": 3, "refused": 1}
    assert sum(each["times"] for each in told) == 1002


def test_who_was_served_gives_way_last() -> None:
    class Somebody:
        def __init__(self, served: bool) -> None:
            self.served = served

    guests = Guests(Limits(1, 1))
    served, stranger, later = Somebody(True), Somebody(False), Somebody(False)
    for each in (served, stranger, later):
        guests.wait(each)  # type: ignore[arg-type]
    assert [guests.out() for _ in range(4)] == [stranger, later, served, None]  # type: ignore[comparison-overlap]
