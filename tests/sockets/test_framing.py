"""One request has one meaning: where a proxy and we could read two out of it, it is refused and nothing was read."""

import gzip
import json
import zlib
from functools import partial

import pytest

from runtime.http.framing import LONGEST_ENDING, another_protocol
from tests.sockets.conftest import Served

HOST, CLOSE = b"Host: localhost\r\n", b"Connection: close\r\n"
AS_JSON = b"Content-Type: application/json\r\n"
POST = b"POST /v1/cancellations HTTP/1.1\r\n" + HOST + CLOSE + b"Idempotency-Key: k\r\n"
PIECES = b"\r\n2\r\n{}\r\n0\r\n\r\n"
CODED = POST + AS_JSON + b"Transfer-Encoding: "

TOO_LONG = (b"9" * 40, b"18446744073709551618")

TWO_MEANINGS = {
    "a length and pieces": CODED + b"chunked\r\nContent-Length: 4\r\n" + PIECES,
    "pieces after a length": POST + AS_JSON + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + PIECES,
    "the same length twice": POST + AS_JSON + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": POST + AS_JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "a list of lengths": POST + AS_JSON + b"Content-Length: 2, 2\r\n\r\n{}",
    "packed, in pieces": CODED + b"gzip, chunked\r\n" + PIECES,
    "pieces of pieces": CODED + b"chunked, chunked\r\n" + PIECES,
    "not in pieces after all": CODED + b"chunked, identity\r\n" + PIECES,
    "as it is": CODED + b"identity\r\n" + PIECES,
    "another coding": CODED + b"xchunked\r\n" + PIECES,
    "a coding with a parameter": CODED + b"chunked;q=1\r\n" + PIECES,
    "a zero in the coding": CODED + b"chunked\x00\r\n" + PIECES,
    "two codings": CODED + b"chunked\r\nTransfer-Encoding: identity\r\n" + PIECES,
    "two codings, one packed": CODED + b"gzip\r\nTransfer-Encoding: chunked\r\n" + PIECES,
    "a blank before the colon": POST + AS_JSON + b"Transfer-Encoding : chunked\r\n" + PIECES,
    "pieces of the version before": CODED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"chunked\r\n" + PIECES,
    "a folded header": POST + b"X-A: a\r\n b\r\nContent-Length: 0\r\n\r\n",
    "a folded host": b"GET /livez HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n",
    "line ends without a return": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "returns without a line end": b"GET /livez HTTP/1.1\rHost: localhost\r\r",
    "a zero in a header": b"GET /livez HTTP/1.1\r\n" + HOST + b"X-A: a\x00b\r\n\r\n",
    "a zero in the address": b"GET /liv\x00ez HTTP/1.1\r\n" + HOST + b"\r\n",
    "a header without a colon": b"GET /livez HTTP/1.1\r\n" + HOST + b"XA\r\n\r\n",
    "a header that begins with a blank": b"GET /livez HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n",
    "a piece of a size below zero": CODED + b"chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    "a piece of a size with a prefix": CODED + b"chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a piece without its end": CODED + b"chunked\r\n\r\n2\r\n{}0\r\n\r\n",
    **{
        f"a length of {told!r}": POST + AS_JSON + b"Content-Length: " + told + b"\r\n\r\n{}"
        for told in (
            b"",
            b"+2",
            b"-0",
            b"0x2",
            b"2.0",
            b"2e0",
            b"0_2",
            "٢".encode(),
            b"2,",
            b'"2"',
            b"2;x",
            b"2 2",
            b"\x0b2",
        )
    },
    **{f"a length of {told!r}": POST + AS_JSON + b"Content-Length: " + told + b"\r\n\r\n{}" for told in TOO_LONG},
    **{
        f"pieces that begin {told!r}": CODED + b"chunked\r\n\r\n" + told + b"{}\r\n0\r\n\r\n"
        for told in (
            b"2 \r\n",
            b"2\t\r\n",
            b"2\n",
            b"2;a\n",
            b"2;a\rb\r\n",
            b"2;\0\r\n",
            b"+2\r\n",
            b"0_2\r\n",
            b"\r\n",
        )
    },
    "a piece of a size beyond all": CODED + b"chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n",
    "a piece that is longer than it says": CODED + b"chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n",
    "a trailer that is none": CODED + b"chunked\r\n\r\n2\r\n{}\r\n0\r\nno trailer\r\n\r\n",
    **{
        f"a coding of {told!r}": CODED + told + b"\r\n" + PIECES
        for told in (b"\x0bchunked", b",chunked", b"chunked,", b'"chunked"', b"chunked\xa0", b"", b"trailers")
    },
    **{
        f"another protocol: {told[:12]!r}": told + b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
        for told in (
            *(b"\0", b"\xef\xbb\xbf", b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", b"*1\r\n$4\r\nPING\r\n", b"stats\r\n"),
            *(b"EHLO x\r\n", b"\x81\x05hello", b"\0\0\0 \0\x12\0\x03", b"\0\0\0\x08\x04\xd2\x16/", b"/livez\r\n"),
        )
    },
    "another host in the address": b"GET http://evil.example/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "another port in the address": b"GET http://localhost:1/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "a user in the address": b"GET http://evil@localhost/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "another scheme in the address": b"GET ftp://localhost/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
    "a tunnel to us": b"CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\n\r\n",
    "the version after": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "the version after, by name": b"GET /livez HTTP/2.0\r\n" + HOST + b"\r\n",
    "the version before all": b"GET /livez HTTP/0.9\r\n" + HOST + b"\r\n",
    "no version": b"GET /livez\r\n\r\n",
    **{
        f"not HTTP: {line!r}": line + b"\r\n" + HOST + b"\r\n"
        for line in (
            b"GET /livez RTSP/1.0",
            b"GET /livez RTSP/1.1",
            b"OPTIONS * RTSP/1.0",
            b"DESCRIBE /livez RTSP/1.0",
            b"SOURCE /livez ICE/1.0",
            b"GET /livez ICE/1.0",
            b"GET /livez http/1.1",
            b"GET /livez HTTP/1.2",
            b"GET /livez HTTP/1.9",
            b"GET /livez HTTP/1",
            b"GET /livez HTTP/01.1",
            b"GET /livez HTTP/1.10",
            b"GET /livez HTTP/3.0",
            b"GET /livez HTTPS/1.1",
            b"GET /livez HTTP /1.1",
            b"GET /livez SIP/2.0",
            b"GET /livez SHOUTCAST/1.0",
        )
    },
}


def test_another_protocol_is_seen_wherever_its_line_is_cut() -> None:
    raw = b"GET /livez RTSP/1.0\r\n" + HOST + b"\r\n"
    for cut in range(1, raw.index(HOST)):
        first, second = raw[:cut], raw[cut:]
        assert another_protocol(first) or another_protocol(first[-LONGEST_ENDING:] + second)


def test_another_protocol_behind_a_request_is_refused(intake: Served, console: Served) -> None:
    for served in (intake, console):
        with served.connect() as client:
            client.sendall(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\nGET /livez RTSP/1.0\r\n" + HOST + b"\r\n")
            said = b"".join(iter(partial(client.recv, 65536), b""))
        assert said.count(b"HTTP/1.1 200") <= 1 and b"not-http" in said


@pytest.mark.parametrize("raw", TWO_MEANINGS.values(), ids=TWO_MEANINGS.keys())
def test_what_could_be_read_in_two_ways_is_refused(intake: Served, console: Served, raw: bytes) -> None:
    for served in (intake, console):
        answer = served.says(raw)
        assert (answer.status, answer.code) == (400, "not-http"), answer
        assert "x-content-type-options" in answer.headers


@pytest.mark.parametrize(
    "raw",
    [
        b"GET http://localhost/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        b"GET HTTP://LOCALHOST/livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
        b"GET /livez HTTP/1.0\r\n" + HOST + b"\r\n",
        b"GET /livez HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    ],
)
def test_the_forms_that_have_one_meaning_are_answered(intake: Served, raw: bytes) -> None:
    assert intake.says(raw).status == 200


@pytest.mark.parametrize("trailer", [b"Host: evil.example", b"Origin: http://evil.example", b"Idempotency-Key: other"])
def test_what_stands_behind_a_body_is_no_header(intake: Served, trailer: bytes) -> None:
    answer = intake.says(CODED + b"chunked\r\n\r\n2\r\n{}\r\n0\r\n" + trailer + b"\r\n\r\n")
    assert (answer.status, answer.code) == (422, "invalid"), answer


BODY = json.dumps({"channel": "app"}).encode()
OTHER_BODIES = {
    "packed": (AS_JSON + b"Content-Encoding: gzip\r\n", gzip.compress(BODY)),
    "packed by another": (AS_JSON + b"Content-Encoding: br\r\n", b"\x0b\x00\x80x"),
    "a bomb": (AS_JSON + b"Content-Encoding: deflate\r\n", zlib.compress(b" " * 10_000_000, 9)),
    "called packed": (AS_JSON + b"Content-Encoding: gzip\r\n", BODY),
    "called packed twice": (AS_JSON + b"Content-Encoding: identity\r\nContent-Encoding: gzip\r\n", BODY),
    "another encoding": (b"Content-Type: application/json; charset=utf-16\r\n", BODY.decode().encode("utf-16")),
    "called another encoding": (b"Content-Type: application/json; charset=gbk\r\n", BODY),
    "an encoding of old": (b"Content-Type: application/json; charset=utf-7\r\n", BODY),
    "an encoding in quotes": (b'Content-Type: application/json; charset="ISO-8859-1"\r\n', BODY),
    "two types": (AS_JSON + b"Content-Type: text/plain\r\n", BODY),
    "two types in one": (b"Content-Type: application/json, text/plain\r\n", BODY),
    "no type": (b"", BODY),
}


@pytest.mark.parametrize(("headers", "body"), OTHER_BODIES.values(), ids=OTHER_BODIES.keys())
def test_a_body_is_plain_json_in_utf_8_and_says_so(intake: Served, headers: bytes, body: bytes) -> None:
    answer = intake.says(POST + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert (answer.status, answer.code) == (415, "not-json"), answer
    assert intake.alive()


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: application/json; charset=utf-8\r\n",
        b'Content-Type: Application/JSON;Charset="UTF-8"\r\n',
        b"Content-Type: application/merge-patch+json\r\n",
        AS_JSON + b"Content-Encoding: identity\r\n",
    ],
)
def test_json_may_be_called_what_it_is(intake: Served, headers: bytes) -> None:
    assert intake.says(POST + headers + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY).status == 422
