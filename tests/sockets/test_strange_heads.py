"""Ids, queries, header names and first lines as strangers write them: each has one answer, and it is a problem."""

from collections.abc import Iterable, Mapping

import pytest

from tests.sockets.conftest import Served

HOST, CLOSE = b"Host: localhost\r\n", b"Connection: close\r\n"
OWN = b"0e280603-cfb1-5f62-a185-0110386e3f19"
LINE = b"subscription=sub-freeaddon01"
NOBODYS_IDS = (
    *(
        OWN.replace(b"-", b"%2D"),
        OWN.upper(),
        OWN.replace(b"-", b""),
        OWN + b"%00",
        OWN + b"%0A",
        OWN + b"%0D%0AX:%20y",
    ),
    *(OWN + b"/", b"/" + OWN, OWN + b"%2Fevents", b"./" + OWN, b"../cancellations/" + OWN, b"%2e%2e/x", b"%20" + OWN),
    *(b"%ff%fe", b"%c0%ae", b"%ed%a0%80", b"%e2%80%ae" + OWN, OWN + b"%E2%80%8B", b"%ef%bc%91" * 8, b"%F0%9F%92%A9"),
    *(b"{" + OWN + b"}", b"urn:uuid:" + OWN, b"+" + OWN, OWN + b";a=b", b"%22", b"'%20or%201=1--", b"%00", b"%09"),
    *(b"%", b"%4", b"%zz", b"a" * 8_000),
)
QUERIES = {
    200: (
        *(LINE, b"subscription=%73ub-freeaddon01", b"subscription=sub%2Dfreeaddon01", b"&&&" + LINE + b"&&"),
        LINE + b"&after=" + b"9" * 18 + b"." + OWN,
    ),
    422: (
        *(b"", b"subscription=", b"?" + LINE, b"subscription==sub-freeaddon01", b"SUBSCRIPTION=sub-freeaddon01"),
        *(
            LINE + b"&" + LINE,
            LINE + b"&%73ubscription=sub-freeaddon02",
            LINE + b";limit=3",
            b"subscription[]=sub-a1234",
        ),
        *(LINE + b"+", LINE + b"%00", LINE + b"%0a", b"subscription=%ff", b"a" * 60_000 + b"=1"),
        *(LINE + b"&limit=" + each for each in (b"0", b"51", b"-1", b"1.5", b"1e1", b"0x1", b"%d9%a1", b"9" * 5_000)),
        *(LINE + b"&after=" + each for each in (b"x", b"9" * 19 + b"." + OWN, b"1." + OWN + b"%0a")),
        b"&".join(b"a%d=1" % number for number in range(5_000)),
    ),
}
HEADERS = {
    200: (
        *(
            b"X-A:\r\n",
            b"X-A: a\tb\r\n",
            b"X-A: \xe9\r\n",
            "X-A: 订\r\n".encode(),
            b"X" * 60_000 + b": 1\r\n",
            b"X: 1\r\n" * 5_000,
        ),
        *(
            "Accept-Language: 中文\r\n".encode(),
            b"Accept-Language: " + b"de," * 10_000 + b"zh\r\n",
            b"traceparent: \xff\r\n",
        ),
        *(
            b"If-None-Match: *\r\n",
            b"Range: bytes=0-1\r\n",
            b"Max-Forwards: 0\r\n",
            b"X-HTTP-Method-Override: DELETE\r\n",
        ),
        *(
            b"Content_Length: 5\r\n",
            b"X-Forwarded-Host: evil.example\r\n",
            b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
        ),
    ),
    400: (
        *(
            b"X" + each + b"Y: 1\r\n"
            for each in (b" ", b"\t", b"(", b"@", b"/", b"{", b",", b'"', b"\x01", b"\x7f", b"\xe9")
        ),
        *(b": 1\r\n", "X-订: 1\r\n".encode()),
        *(b"X-A: a" + each + b"b\r\n" for each in (b"\x01", b"\x07", b"\x1b[31m", b"\x7f", b"\r")),
    ),
}
ONE_HOST = {
    200: (b"localhost", b" \tlocalhost\t ", b"localhost.:80", b"LOCALHOST:65535", b"[::1]:0"),
    400: (
        *(b"localhost\xa0", b"\x85localhost", b"localhost\xc2\xa0", b"localhost\xe2\x80\x8b", b"localhost:+80"),
        *(b"localhost: 80", b"localhost:8\xb2", b"localhost:-1", b"localhost\\evil", b"localhost?x", b"[localhost]"),
        *(b"[fe80::1%25eth0]", b"[::1%lo]", b"a@localhost", b"localhost,localhost", b"http://localhost", b"localhost/"),
        *("ｌocalhost".encode(), "localhost:８０".encode(), b"%6cocalhost", b"a" * 254, b"", b"."),
    ),
    421: (
        *(b"localhost..", b"2130706433", b"0177.0.0.1", b"0x7f.1", b"[::ffff:127.0.0.1]", b"xn--80ak6aa92e"),
        *(b"local_host", b"[0:0:0:0:0:0:0:1]"),
    ),
}
FIRST_LINES = {
    200: (b"GET /%6civez HTTP/1.1", b"\r\n\r\nGET /livez HTTP/1.1", b"GET /livez?%ff HTTP/1.1"),
    400: (
        *(
            b"GET\t/livez\tHTTP/1.1",
            b"GET /li vez HTTP/1.1",
            b"GET  HTTP/1.1",
            b"GET livez HTTP/1.1",
            b"GET \\livez HTTP/1.1",
        ),
        *(
            b"GET /livez HTTP/1.1x",
            b"GET /livez HTTP/1.01",
            b"GET /livez http/1.1",
            b"GET /livez HTTP/1.2",
            b"GET localhost:80 HTTP/1.1",
        ),
        *(
            b"GET /livez#there HTTP/1.1",
            b"GET http://localhost/livez#there HTTP/1.1",
            b"get /livez HTTP/1.1",
            b"BREW /livez HTTP/1.1",
        ),
    ),
    404: (b"GET //livez HTTP/1.1", b"GET /./livez HTTP/1.1", b"GET * HTTP/1.1"),
    405: (b"PATCH /livez HTTP/1.1", b"TRACE /livez HTTP/1.1", b"PROPFIND /livez HTTP/1.1"),
}


def other_than(intake: Served, wanted: Mapping[int, Iterable[bytes]], asked: bytes) -> list[tuple[bytes, int]]:
    """What was answered otherwise, or without a problem's code where it says no; `asked` has a place for each."""
    found = [(wish, each, intake.says(asked.replace(b"HERE", each))) for wish, some in wanted.items() for each in some]
    return [
        (each[:80], said.status)
        for wish, each, said in found
        if said.status != wish or (wish >= 400) != bool(said.code)
    ]


@pytest.mark.parametrize("path", [b"GET /v1/cancellations/HERE", b"GET /v1/cancellations/HERE/events"])
def test_an_id_that_is_none_is_nobodys_however_it_is_written(intake: Served, path: bytes) -> None:
    raw = path + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    assert other_than(intake, {404: NOBODYS_IDS}, raw) == []


def test_a_query_is_read_once_and_strictly(intake: Served) -> None:
    raw = b"GET /v1/cancellations?HERE HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    assert other_than(intake, QUERIES, raw) == []


def test_a_header_has_a_name_of_letters_and_a_value_without_control_characters(intake: Served) -> None:
    raw = b"GET /livez HTTP/1.1\r\n" + HOST + CLOSE + b"HERE\r\n"
    assert other_than(intake, HEADERS, raw) == []


def test_a_host_is_one_name_with_nothing_but_blanks_around_it(intake: Served) -> None:
    asked = b"GET /livez HTTP/1.1\r\n" + CLOSE + b"Host:HERE\r\n\r\n"
    assert other_than(intake, ONE_HOST, asked) == []


def test_a_first_line_is_method_address_and_version(intake: Served) -> None:
    assert other_than(intake, FIRST_LINES, b"HERE\r\n" + HOST + CLOSE + b"\r\n") == []
