"""Who follows a topic on the console and leaves, or does not read, takes no place for long."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from runtime.http.streams import Stream
from services.console.showing.tails import MOST_TAILS
from tests.sockets.conftest import Served, serving
from tests.waiting import eventually

OPEN = {"TUIDING_AUTH": "none"}  # nobody has to sign in first
HEAD = b"GET /topics/cancellation.intake/tail HTTP/1.1\r\nHost: localhost\r\n\r\n"


def follows(served: Served) -> bool:
    """As long as it takes to be let in; leaves without a word."""
    with served.connect() as client, contextlib.suppress(OSError):
        client.sendall(HEAD)
        said = bytearray()
        while piece := client.recv(4096):
            said += piece
            if b": open" in said or b"too many" in said:
                return b": open" in said
    return False


def test_those_who_leave_a_tail_without_a_word_take_no_place(tmp_path: Path) -> None:
    """More than there are places, within one lifetime of an answer."""
    with serving("console", tmp_path, **OPEN, TUIDING_REQUEST_SECONDS="60") as served:
        for _ in range(MOST_TAILS + 5):
            eventually(lambda: follows(served))
        eventually(lambda: served.connections == 0)


def test_those_who_never_read_a_tail_are_let_go_and_others_get_their_places(tmp_path: Path) -> None:
    with serving("console", tmp_path, **OPEN, TUIDING_REQUEST_SECONDS="1") as served, contextlib.ExitStack() as idle:
        for _ in range(MOST_TAILS):
            client = idle.enter_context(served.connect())
            client.sendall(HEAD)
        eventually(lambda: served.connections == 0)
        eventually(lambda: follows(served))


@pytest.mark.parametrize("how", ["cancelled while it is sent", "cancelled while a line is made", "hung up"])
async def test_whoever_makes_the_lines_of_an_answer_is_told_at_once_that_nobody_takes_them(how: str) -> None:
    told, reached, for_ever = list[str](), asyncio.Event(), asyncio.Event()

    async def lines() -> AsyncGenerator[bytes, None]:
        try:
            yield b"one"
            reached.set()
            await for_ever.wait()
            yield b"two"
        finally:
            told.append("over")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and how != "cancelled while a line is made":
            reached.set()
            if how == "hung up":
                raise OSError("the other side is gone")
            await for_ever.wait()

    made = lines()  # held here too, so that no collector finishes it
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    answer = asyncio.create_task(Stream(made, {})(scope, asyncio.Event().wait, send))  # type: ignore[arg-type]
    await reached.wait()
    answer.cancel()
    await asyncio.gather(answer, return_exceptions=True)
    assert told == ["over"]
