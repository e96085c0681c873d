"""An answer in as many pieces as it has bytes keeps nobody else waiting, and its deadline holds."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from runtime.worker.answers import PIECES_AT_ONCE, TooMuch, read_whole

WITHOUT_END = 10_000_000


class Arrived(httpx.AsyncByteStream):
    """All of it lies in the client's memory: no piece of it is waited for."""

    def __init__(self, pieces: int) -> None:
        self.pieces, self.given = pieces, 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self.given < self.pieces:
            self.given += 1
            yield b" "


async def turns_meanwhile(pieces: int) -> int:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    going_on = asyncio.create_task(others())
    try:
        assert await read_whole(httpx.Response(200, stream=Arrived(pieces))) == b" " * pieces
    finally:
        going_on.cancel()
    return turns


@pytest.mark.parametrize("pieces", [1, PIECES_AT_ONCE, 10 * PIECES_AT_ONCE, 60_000])
async def test_others_have_their_turn_between_a_few_pieces(pieces: int) -> None:
    assert await turns_meanwhile(pieces) >= pieces // PIECES_AT_ONCE


async def test_a_deadline_ends_it_within_a_few_pieces() -> None:
    coming = Arrived(WITHOUT_END)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await read_whole(httpx.Response(200, stream=coming))
    assert coming.given <= 2 * PIECES_AT_ONCE


async def test_whatever_its_pieces_an_answer_has_its_limit() -> None:
    with pytest.raises(TooMuch):
        await read_whole(httpx.Response(200, stream=Arrived(WITHOUT_END)))
