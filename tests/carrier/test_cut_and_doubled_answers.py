"""A carrier that says more than it was asked, less than it began, or packs it oddly: never in the next call's place."""

import asyncio
import gzip
import json
import socket
import struct
import zlib
from pathlib import Path

import httpx
import pytest

from runtime.local.broker_keys import make_keys
from runtime.worker.carrier import Carrier
from tests.carrier.test_carrier_tls import context
from tests.carrier.test_odd_carriers import (
    ANSWER,
    ASK,
    CHUNKED,
    HANGS,
    HANGS_UP,
    JSON,
    OUTAGE,
    RECEIPT,
    REFUSED,
    RIGHT,
    Odd,
    Says,
    asked_by_us,
    for_ever,
    once,
    outcome,
    whole,
)

UNASKED = whole(json.dumps(RECEIPT | {"reference": "r-unasked"}).encode())
ANOTHERS = whole(json.dumps(RECEIPT | {"request_id": "99999999-2222-4333-8444-555555555555"}).encode())
IN_CHUNKS = CHUNKED + b"%x\r\n%b\r\n0\r\n" % (len(RIGHT), RIGHT)
TOLD_TWICE = IN_CHUNKS.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n", 1)
ANNOUNCED = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
NO = json.dumps({"title": "No", "status": 409, "code": "nothing-of-that-kind"}).encode()
WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\n" + JSON + b"\r\n"
NOT_OF_INTEREST = httpx.Timeout(30.0)
CUT_OFF = struct.pack("ii", 1, 0)  # closed with a reset


def in_two(first: bytes, second: bytes) -> Says:
    return lambda: iter((first, second))


def packed(content: bytes, name: bytes = b"gzip") -> Says:
    return once(whole(content, JSON + b"Content-Encoding: " + name + b"\r\n"))


def of_length(told: bytes) -> Says:
    return once(b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: " + told + b"\r\n\r\n" + RIGHT)


def status(line: bytes) -> Says:
    return once(whole(first=line))


def _in_chunks(body: bytes, headers: bytes = b"") -> bytes:
    first = CHUNKED.replace(b"\r\n\r\n", b"\r\n" + headers + b"\r\n")
    return first + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def _without_length(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + JSON + b"\r\n" + body


MORE: dict[str, tuple[Says, bool, str]] = {
    "a second answer": (once(whole() + UNASKED), HANGS, ANSWER),
    "a second answer, about another request": (once(whole() + ANOTHERS), HANGS, ANSWER),
    "a second and a third one": (once(whole() + ANOTHERS + UNASKED), HANGS, ANSWER),
    "a second answer by itself": (in_two(whole(), UNASKED), HANGS, ANSWER),
    "a second answer behind a large one": (once(whole(RIGHT + b" " * 65_000) + UNASKED), HANGS, ANSWER),
    "a second answer behind chunks": (once(IN_CHUNKS + b"\r\n" + UNASKED), HANGS, ANSWER),
    "half a second answer": (once(whole() + UNASKED[:40]), HANGS, ANSWER),
    "a time-out in advance": (once(whole() + b"HTTP/1.1 408 No\r\nContent-Length: 0\r\n\r\n"), HANGS, ANSWER),
    "a line too many": (once(whole() + b"\r\n"), HANGS, ANSWER),
    "a body behind 204": (once(b"HTTP/1.1 204 No Content\r\n\r\n" + RIGHT), HANGS, REFUSED),
    "a body longer than it says": (of_length(b"%d" % (len(RIGHT) - 1)), HANGS, REFUSED),
    "a body of no length": (of_length(b"0"), HANGS, REFUSED),
    "a body shorter than it says": (of_length(b"%d" % (len(RIGHT) + 1)), HANGS, OUTAGE),
    "a length below nothing": (of_length(b"-1"), HANGS, OUTAGE),
    "a length with a sign": (of_length(b"+%d" % len(RIGHT)), HANGS, OUTAGE),
    "a length in hexadecimal": (of_length(b"0x10"), HANGS, OUTAGE),
    "two lengths in one": (of_length(b"%d, 3" % len(RIGHT)), HANGS, OUTAGE),
    "the same length twice": (of_length(b"%d, %d" % (len(RIGHT), len(RIGHT))), HANGS, ANSWER),
    "a length of thirty digits": (of_length(b"9" * 30), HANGS, OUTAGE),
    "a length beside chunks": (once(TOLD_TWICE + b"\r\n"), HANGS, ANSWER),
    "trailers": (once(IN_CHUNKS + b"X-Sum: 7\r\nContent-Length: 3\r\n\r\n"), HANGS, ANSWER),
    "trailers without end": (for_ever(b"X-More: and more\r\n" * 64, IN_CHUNKS), HANGS, OUTAGE),
    "two members of gzip": (packed(gzip.compress(RIGHT) + gzip.compress(UNASKED)), HANGS, ANSWER),
    "gzip in halves": (packed(gzip.compress(RIGHT[:9]) + gzip.compress(RIGHT[9:])), HANGS, REFUSED),
    "gzip cut off": (packed(gzip.compress(RIGHT)[:-30]), HANGS, REFUSED),
    "gzip with a wrong sum": (packed(gzip.compress(RIGHT)[:-8] + b"\0" * 8), HANGS, REFUSED),
    "gzip with a name without end": (packed(b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"n" * 1_500_000), HANGS, REFUSED),
    "gzip in gzip": (packed(gzip.compress(gzip.compress(RIGHT)), b"gzip, gzip"), HANGS, REFUSED),
    "a bomb of bombs": (packed(gzip.compress(gzip.compress(b" " * 50_000_000))), HANGS, REFUSED),
    "a bomb in zlib": (packed(zlib.compress(b" " * 50_000_000), b"deflate"), HANGS, REFUSED),
    "GZIP": (packed(gzip.compress(RIGHT), b"GZIP"), HANGS, ANSWER),
    "zstd": (packed(RIGHT, b"zstd"), HANGS, REFUSED),
    "nothing, packed": (packed(b""), HANGS, REFUSED),
    "a packing of no name": (packed(RIGHT, b""), HANGS, ANSWER),
    "101": (status(b"HTTP/1.1 101 Switching Protocols"), HANGS, OUTAGE),
    "200 without a word": (status(b"HTTP/1.1 200"), HANGS, ANSWER),
    "206": (status(b"HTTP/1.1 206 Partial Content"), HANGS, ANSWER),
    "304": (status(b"HTTP/1.1 304 Not Modified"), HANGS, REFUSED),
    "600": (status(b"HTTP/1.1 600 What"), HANGS, OUTAGE),
    "1000": (status(b"HTTP/1.1 1000 What"), HANGS, OUTAGE),
    "a header that is none": (once(whole(headers=JSON + b"no colon\r\n")), HANGS, OUTAGE),
    "a header with a zero byte": (once(whole(headers=JSON + b"X: a\0b\r\n")), HANGS, OUTAGE),
    "a folded header": (once(whole(headers=JSON + b"X: a\r\n b\r\n")), HANGS, ANSWER),
    "closes, it says, and does not": (once(whole(headers=JSON + b"Connection: close\r\n")), HANGS, ANSWER),
    "keeps it, it says, and closes": (once(whole(headers=JSON + b"Connection: keep-alive\r\n")), HANGS_UP, ANSWER),
    "two types": (once(whole(headers=JSON + b"Content-Type: text/html\r\n")), HANGS, ANSWER),
    "two packings": (packed(gzip.compress(RIGHT), b"gzip\r\nContent-Encoding: identity"), HANGS, REFUSED),
    "gzip in chunks": (once(_in_chunks(gzip.compress(RIGHT), b"Content-Encoding: gzip\r\n")), HANGS, ANSWER),
    "packed by the way": (once(_in_chunks(RIGHT).replace(b": chunked", b": gzip, chunked")), HANGS, OUTAGE),
    "chunks of another name": (once(_in_chunks(RIGHT).replace(b": chunked", b": identity")), HANGS, OUTAGE),
    "deflate without its frame": (packed(zlib.compress(RIGHT)[2:-4], b"deflate"), HANGS, REFUSED),
    "brotli in gzip": (packed(gzip.compress(RIGHT), b"br, gzip"), HANGS, REFUSED),
    "lines that end too soon": (once(whole().replace(b"\r\n", b"\n")), HANGS, ANSWER),
    "announced twenty times": (once(ANNOUNCED * 20 + whole()), HANGS, ANSWER),
    "announced a hundred times": (once(ANNOUNCED * 100 + whole()), HANGS, OUTAGE),
    "announced for ever, slowly": (for_ever(ANNOUNCED[:1], ANNOUNCED * 40 + ANNOUNCED[1:]), HANGS, OUTAGE),
    "204 with a length and a body": (once(whole(first=b"HTTP/1.1 204 No Content")), HANGS, REFUSED),
    "304 with a body": (once(whole(first=b"HTTP/1.1 304 Not Modified")), HANGS, REFUSED),
    "205 with a body": (once(whole(first=b"HTTP/1.1 205 Reset Content")), HANGS, ANSWER),
    "no length, cut off": (once(WITHOUT_LENGTH + RIGHT[:-1]), HANGS_UP, OUTAGE),
    "no length, no JSON": (once(WITHOUT_LENGTH + b"<html>"), HANGS_UP, REFUSED),
    "no length, nothing": (once(WITHOUT_LENGTH), HANGS_UP, OUTAGE),
    "no length, a no that is cut off": (once(_without_length(NO[:-9], b"409 No")), HANGS_UP, OUTAGE),
    "a mark before the JSON": (once(whole(b"\xef\xbb\xbf" + RIGHT)), HANGS, REFUSED),
    "JSON in UTF-16": (once(whole(RIGHT.decode().encode("utf-16"))), HANGS, REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("name", MORE)
async def test_a_call_has_one_outcome_and_the_next_one_its_own_answer(name: str) -> None:
    says, hangs, expected = MORE[name]
    odd = Odd(says, hangs)
    async with asked_by_us(odd) as carrier:
        assert await outcome(carrier.ask("charge", ASK, "k-1")) == expected
        next_ones = [await carrier.ask("charge", ASK, key) for key in ("k-2", "k-3")]
    assert [each.model_dump()["reference"] for each in next_ones] == ["r-1", "r-1"]
    assert (len(odd.asked), odd.connections <= 2) == (3, True)


@pytest.mark.parametrize(("says", "connections"), [(whole(), 1), (whole() + UNASKED, 2)])
async def test_behind_tls_too_a_connection_is_kept_unless_something_lies_behind_the_answer(
    says: bytes, connections: int, tmp_path: Path
) -> None:
    keys, odd = make_keys(tmp_path / "keys", ()), Odd(once(says), HANGS)
    async with asked_by_us(odd, context(keys), str(keys.ca)) as carrier:
        carrier.client.timeout = NOT_OF_INTEREST
        found = [await carrier.ask("charge", ASK, key) for key in ("k-1", "k-2", "k-3")]
    assert [each.model_dump()["reference"] for each in found] == ["r-1"] * 3
    assert odd.connections == connections


class CutOff(Odd):
    """Resets the connection of every call but the last one, each a byte later."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        if len(self.asked) % 2:  # else it answers before it has read what it is asked
            await reader.read(10)
        after = len(self.asked) - 1
        writer.write(whole()[:after])
        await writer.drain()
        if after < len(whole()):
            plain: socket.socket = writer.get_extra_info("socket")
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CUT_OFF)
        writer.close()


async def test_an_answer_that_is_cut_off_at_any_byte_is_an_outage_and_never_half_believed() -> None:
    odd, times = CutOff(once(b""), HANGS_UP), len(whole()) + 1
    async with asked_by_us(odd) as asked:
        carrier = Carrier(asked.client, outages_in_a_row=2 * times)
        found = [await outcome(carrier.ask("charge", ASK, f"k-{at}")) for at in range(times)]
    assert found == [OUTAGE] * (times - 1) + [ANSWER] and len(odd.asked) == times


async def test_an_answer_after_the_deadline_is_nobodys() -> None:
    late = asyncio.Event()

    class Late(Odd):
        async def _answer(self, writer: asyncio.StreamWriter) -> None:
            if len(self.asked) == 1:
                await late.wait()
                writer.write(UNASKED)
            else:
                writer.write(whole())

    odd = Late(once(b""), HANGS)
    async with asked_by_us(odd) as carrier:
        assert await outcome(carrier.ask("charge", ASK, "k-1")) == OUTAGE
        late.set()
        assert (await carrier.ask("charge", ASK, "k-1")).model_dump()["reference"] == "r-1"


class Unasked(Odd):
    """On a connection that was used before it first says what nobody asked, once."""

    def __init__(self, says: bytes) -> None:
        super().__init__(once(whole()), HANGS)
        self.unasked = says

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        if len(self.asked) == 2:
            writer.write(self.unasked)
            await writer.drain()
        writer.write(whole())


def refusal(status: bytes, body: bytes = NO) -> bytes:
    return whole(body, b"Content-Type: application/problem+json\r\n", b"HTTP/1.1 " + status)


UNASKED_LATE: dict[str, tuple[bytes, str]] = {
    "the answer to another request": (ANOTHERS, ANSWER),
    "two of them": (ANOTHERS + ANOTHERS, ANSWER),
    "the same of another line": (whole(RIGHT.replace(b"sub-free01", b"sub-free02")), ANSWER),
    "another amount": (whole(RIGHT.replace(b'"minor": 100', b'"minor": 900')), ANSWER),
    "a no": (refusal(b"409 Conflict"), ANSWER),
    "that it is not there": (refusal(b"404 Not Found"), ANSWER),
    "a no without a code": (refusal(b"409 Conflict", b"{}"), ANSWER),
    "a page": (whole(b"<html>", b"Content-Type: text/html\r\n"), ANSWER),
    "nothing": (b"HTTP/1.1 204 No Content\r\n\r\n", ANSWER),
    "elsewhere": (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", ANSWER),
    "a bomb": (whole(gzip.compress(b" " * 5_000_000), JSON + b"Content-Encoding: gzip\r\n"), ANSWER),
    "too much": (whole(b" " * 200_000), ANSWER),
    "later": (refusal(b"503 Later"), OUTAGE),
    "too many": (refusal(b"429 Too Many"), OUTAGE),
    "a time-out in advance": (b"HTTP/1.1 408 No\r\nContent-Length: 0\r\n\r\n", OUTAGE),
    "half a line": (ANOTHERS[:9], OUTAGE),
    "no HTTP": (b"220 mail.example ESMTP\r\n", OUTAGE),
    "an announcement": (ANNOUNCED, ANSWER),
}


@pytest.mark.parametrize("name", UNASKED_LATE)
async def test_what_comes_unasked_once_the_next_call_has_begun_is_no_answer_to_it(name: str) -> None:
    says, expected = UNASKED_LATE[name]
    odd = Unasked(says)
    async with asked_by_us(odd) as carrier:
        carrier.client.timeout = NOT_OF_INTEREST
        found = [await outcome(carrier.ask("charge", ASK, key)) for key in ("k-1", "k-2", "k-3", "k-4")]
    assert found == [ANSWER, expected, ANSWER, ANSWER]


async def test_a_true_no_is_asked_for_once_more_on_a_connection_of_its_own_under_its_key() -> None:
    class Refusing(Odd):
        async def _answer(self, writer: asyncio.StreamWriter) -> None:
            writer.write(refusal(b"409 Conflict") if b"k-2" in self.asked[-1] else whole())

    odd = Refusing(once(b""), HANGS)
    async with asked_by_us(odd) as carrier:
        found = [await outcome(carrier.ask("charge", ASK, key)) for key in ("k-1", "k-2", "k-3")]
    assert found == [ANSWER, "nothing-of-that-kind", ANSWER]
    assert [b"k-2" in each for each in odd.asked] == [False, True, True, False]
    assert odd.connections == 2


@pytest.mark.parametrize(
    "says", [whole(), IN_CHUNKS + b"\r\n", WITHOUT_LENGTH + RIGHT], ids=["length", "chunks", "none"]
)
async def test_an_answer_that_ends_early_at_any_byte_is_an_outage(says: bytes) -> None:
    class Ends(Odd):
        async def _answer(self, writer: asyncio.StreamWriter) -> None:
            writer.write(says[: len(self.asked) - 1])
            writer.close()

    odd = Ends(once(b""), HANGS_UP)
    async with asked_by_us(odd) as asked:
        carrier = Carrier(asked.client, outages_in_a_row=2 * len(says))
        found = [await outcome(carrier.ask("charge", ASK, f"k-{at}")) for at in range(len(says) + 1)]
    assert found == [OUTAGE] * len(says) + [ANSWER]
