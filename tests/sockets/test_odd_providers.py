"""An identity provider that answers oddly, on a real socket: one sentence, in time, and nothing of it is unpacked."""

import asyncio
import gzip
import json
import zlib

import httpx
import pytest

from runtime.http.callers.provider_answers import object_at
from tests.carrier.test_odd_carriers import CHUNKED, HANGS, HANGS_UP, JSON, Odd, Says, for_ever, once, slowly, whole

KEYS = json.dumps({"keys": [], "issuer": "https://id.example"}).encode()
BOMB = b" " * 20_000_000
TIME_SECONDS = 1.0


def packed(content: bytes, name: bytes) -> Says:
    return once(whole(content, JSON + b"Content-Encoding: " + name + b"\r\n"))


ODD: dict[str, tuple[Says, bool, str]] = {
    "nothing": (once(b""), HANGS, "within 1 s"),
    "a byte now and then": (slowly(whole(KEYS + b" " * 2_000)), HANGS, "within 1 s"),
    "blanks without end": (for_ever(b"400\r\n" + b" " * 1024 + b"\r\n", CHUNKED), HANGS, "more than"),
    "headers without end": (for_ever(b"X-More: and more\r\n" * 64, b"HTTP/1.1 200 OK\r\n"), HANGS, ""),
    "announcements without end": (for_ever(b"HTTP/1.1 103 Early Hints\r\n\r\n"), HANGS, "within 1 s"),
    "a bomb": (packed(gzip.compress(BOMB), b"gzip"), HANGS, "packed"),
    "a bomb in zlib": (packed(zlib.compress(BOMB), b"deflate"), HANGS, "packed"),
    "packed, and sound": (packed(gzip.compress(KEYS), b"GZIP"), HANGS, "packed"),
    "packed by two": (packed(gzip.compress(KEYS), b"identity, gzip"), HANGS, "packed"),
    "half of it": (once(whole(KEYS)[:-5]), HANGS_UP, ""),
    "a field that is there twice": (once(whole(b'{"issuer": "https://evil.example", ' + KEYS[1:])), HANGS, "twice"),
    "the same by another writing": (once(whole(b'{"\\u006beys": [1], ' + KEYS[1:])), HANGS, "twice"),
    "a list": (once(whole(b"[]")), HANGS, "with an object"),
    "a text": (once(whole(b'"{}"')), HANGS, "with an object"),
    "UTF-16": (once(whole(KEYS.decode().encode("utf-16"))), HANGS, ""),
    "a number that is none": (once(whole(b'{"exp": NaN}')), HANGS, ""),
    "nested without end": (once(whole(b'{"a":' + b"[" * 60_000)), HANGS, ""),
    "elsewhere": (once(b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"), HANGS, "answers 302"),
    "a page": (once(whole(b"<html>", b"Content-Type: text/html\r\n")), HANGS, ""),
}


async def asked(odd: Odd) -> dict[str, object]:
    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    try:
        async with httpx.AsyncClient() as web:
            return await object_at(web, address, TIME_SECONDS, "POST", data={"a": "b"})
    finally:
        odd.over.set()
        server.close()


@pytest.mark.parametrize("name", ODD)
async def test_it_is_one_sentence_and_no_answer(name: str) -> None:
    says, hangs, why = ODD[name]
    with pytest.raises((httpx.HTTPError, ValueError), match=why or None):
        await asked(Odd(says, hangs))


async def test_a_sound_one_is_taken() -> None:
    assert await asked(Odd(once(whole(KEYS)), HANGS)) == json.loads(KEYS)
