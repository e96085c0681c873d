"""A call to the carrier uses the connection that is there, and looks for no module that is not."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from contracts.carrier import MoneyAsk
from contracts.words import Money
from runtime.worker.carrier import Carrier, connect
from tests.kernel.tally import REQUEST

ASK = MoneyAsk(request_id=REQUEST, subscription="sub-free01", amount=Money(minor=100), purpose="settlement")
ANSWER = ASK.model_dump_json(exclude={"purpose"}).removesuffix("}") + ',"reference":"r-1","at":"2026-03-10T09:00:00Z"}'
REPLY = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n{ANSWER}".encode()


class Standin:
    """Answers whatever it is asked, and counts who comes."""

    def __init__(self) -> None:
        self.connections = 0
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await reader.read(65536):  # one small request, as it was written
            writer.write(REPLY)
        writer.close()
        await writer.wait_closed()
        self.left.set()


@asynccontextmanager
async def carrier() -> AsyncIterator[tuple[Carrier, Standin]]:
    standin = Standin()
    async with await asyncio.start_server(standin.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        asking = Carrier(connect(f"http://127.0.0.1:{port}", 5, 4))
        yield asking, standin
        await asking.client.aclose()
        await standin.left.wait()


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
