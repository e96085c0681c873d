"""A call to the carrier uses the connection that is there, and looks at no other, nor for a module that is not."""

import asyncio
import contextlib
import re
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from types import FrameType
from typing import Any

import pytest

from contracts.carrier.asks import MoneyAsk
from contracts.words import Money
from runtime.settings import Settings
from runtime.worker.carrier import Carrier, connect
from runtime.worker.connection import Wire
from runtime.worker.lanes import Lanes
from tests.kernel.tally import REQUEST

ASK = MoneyAsk(request_id=REQUEST, subscription="sub-free01", amount=Money(minor=100), purpose="settlement")
ANSWER = ASK.model_dump_json(exclude={"purpose"}).removesuffix("}") + ',"reference":"r-1","at":"2026-03-10T09:00:00Z"}'
REPLY = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n{ANSWER}".encode()

LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)")
AT_ONCE = 4
A_CALLS_OWN = ("/httpx/", "/httpcore/", "/anyio/", "/h11/", "/purgatory/", "/runtime/", "/urllib/", "/http/")
MOST_FUNCTIONS = 500


class Standin:
    """Answers whatever it is asked, once so many wait `together`, and counts who comes."""

    def __init__(self) -> None:
        self.connections = self.open = self.waiting = self.most = 0
        self.together = 1
        self.enough, self.left = asyncio.Event(), asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.left.clear()
        with suppress(ConnectionError):
            await self._answer(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        self.open -= 1
        if not self.open:
            self.left.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await _whole(reader):
            self.waiting += 1
            self.most = max(self.most, self.waiting)
            if self.waiting >= self.together:
                self.enough.set()
            await self.enough.wait()
            self.waiting -= 1
            writer.write(REPLY)


async def _whole(reader: asyncio.StreamReader) -> bool:
    """Head and body are written one after the other and may well arrive so; False: nobody asks any more."""
    with suppress(asyncio.IncompleteReadError):
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(LENGTH.findall(head)[0]))
        return True
    return False


@asynccontextmanager
async def carrier() -> AsyncIterator[tuple[Carrier, Standin]]:
    standin = Standin()
    async with await asyncio.start_server(standin.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        asking = Carrier(connect(Settings(carrier=f"http://127.0.0.1:{port}", calls_at_once=AT_ONCE)))
        yield asking, standin
        await asking.client.aclose()
        await standin.left.wait()


@asynccontextmanager
async def silent_host() -> AsyncIterator[tuple[str, int]]:
    """Its queue is full, so that whoever connects hears nothing."""
    with socket.socket() as full, contextlib.ExitStack() as knocking:
        full.bind(("127.0.0.3", 0))
        full.listen(0)
        for _ in range(2):
            knocker = knocking.enter_context(socket.socket())
            knocker.setblocking(False)
            knocker.connect_ex(full.getsockname())
        yield full.getsockname()


class Finder:
    """Sees every module that is looked for and not there."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        self.missed.append(name)


async def test_calls_one_after_the_other_share_a_connection() -> None:
    async with carrier() as (asking, standin):
        for number in range(5):
            await asking.ask("charge", ASK, f"k{number}")
    assert standin.connections == 1


async def test_a_call_searches_for_no_module() -> None:
    finder = Finder()
    async with carrier() as (asking, _):
        await asking.ask("charge", ASK, "first")
        sys.meta_path.append(finder)  # last: what the others find is no search through every folder
        try:
            await asking.ask("charge", ASK, "second")
        finally:
            sys.meta_path.remove(finder)
    assert finder.missed == []


async def ask_at_once(asking: Carrier, count: int) -> None:
    async with asyncio.TaskGroup() as calls:
        for number in range(count):
            calls.create_task(asking.ask("charge", ASK, f"k{number}"))


async def test_as_many_connections_are_opened_as_calls_are_under_way_and_they_stay() -> None:
    async with carrier() as (asking, standin):
        standin.together = 3
        await ask_at_once(asking, 3)
        await ask_at_once(asking, 3)
    assert standin.connections == 3


async def test_no_more_calls_go_out_than_there_may_be_at_once() -> None:
    async with carrier() as (asking, standin):
        standin.together = AT_ONCE
        await ask_at_once(asking, 3 * AT_ONCE)
    assert (standin.connections, standin.most) == (AT_ONCE, AT_ONCE)


async def counted(asking: Carrier) -> Counter[str]:
    """The functions of Python that one call runs through, of ours and of the client's, by their names."""
    found = Counter[str]()

    def see(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and any(part in frame.f_code.co_filename for part in A_CALLS_OWN):
            found[frame.f_code.co_name] += 1

    sys.setprofile(see)
    try:
        await asking.ask("charge", ASK, "one more")
    finally:
        sys.setprofile(None)
    return found


async def test_a_call_looks_at_its_own_connection_however_many_are_idle() -> None:
    async with carrier() as (asking, standin):
        standin.together = AT_ONCE
        await ask_at_once(asking, AT_ONCE)
        looks = await counted(asking)
    assert looks[Wire.is_silent.__name__] == 1


async def test_a_call_runs_through_no_more_functions_than_it_did() -> None:
    async with carrier() as (asking, _):
        await asking.ask("charge", ASK, "first")
        assert (await counted(asking)).total() <= MOST_FUNCTIONS


async def test_a_call_that_is_given_up_makes_room_for_the_next() -> None:
    async with carrier() as (asking, standin):
        standin.together = AT_ONCE + 1
        calls = [asyncio.create_task(asking.ask("charge", ASK, f"k{number}")) for number in range(AT_ONCE)]
        while standin.waiting < AT_ONCE:
            await asyncio.sleep(0)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        standin.enough.set()
        await ask_at_once(asking, AT_ONCE)
    assert standin.connections == 2 * AT_ONCE  # whose answer nobody read is not asked again on that connection


@pytest.mark.parametrize(
    ("address", "environment", "expected"),
    [
        ("http://carrier:8080", {}, None),
        ("http://carrier:8080", {"http_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("https://carrier", {"http_proxy": "http://proxy:3128"}, None),
        ("https://carrier", {"all_proxy": "http://proxy:3128"}, "http://proxy:3128"),
        ("http://carrier:8080", {"http_proxy": "http://proxy:3128", "no_proxy": "carrier"}, None),
    ],
)
def test_a_proxy_is_used_as_the_environment_says(
    address: str, environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Lanes(1, address).proxy == expected


async def test_through_a_proxy_each_call_has_a_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    standin = Standin()
    async with await asyncio.start_server(standin.serve, "127.0.0.1", 0) as server:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        asking = Carrier(connect(Settings(carrier="http://carrier.invalid", calls_at_once=AT_ONCE)))
        for number in range(2):
            await asking.ask("charge", ASK, f"k{number}")
        await asking.client.aclose()
        await standin.left.wait()
    assert standin.connections == 2


async def test_a_host_whose_first_address_is_silent_is_reached_at_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    async with carrier() as (asking, standin), silent_host() as silent:
        loop, port = asyncio.get_running_loop(), asking.client.base_url.port
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", at) for at in (silent, ("127.0.0.1", port))]

        async def both(*_: Any, **__: Any) -> Any:
            return found

        monkeypatch.setattr(loop, "getaddrinfo", both)
        async with asyncio.timeout(60):
            await asking.ask("charge", ASK, "k")
    assert standin.connections == 1
