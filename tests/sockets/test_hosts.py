"""Whom a service answers, and whose pages may write to it: every name, every origin, every answer with its headers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts.flow import SERVICES
from policies.pack import load
from runtime.http.protection import HEADERS, Protection
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.service_host import Hosted, http_app, stepper
from tests.sockets.conftest import Served

REACHED = 204
SETTINGS = Settings(allowed_hosts="console.corp.example, .inside.example", host="10.1.2.3")


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": REACHED, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def status(method: str, *headers: tuple[str, str], server: str = "127.0.0.1", app: ASGIApp = nothing) -> int:
    said: list[Message] = []
    encoded = [(name.encode(), value.encode("utf-8")) for name, value in headers]
    scope = {"type": "http", "method": method, "path": "/", "headers": encoded, "server": (server, 8000)}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    asyncio.run(Protection(app, SETTINGS)(scope, receive, send))
    assert dict(said[0]["headers"])[b"x-content-type-options"] == b"nosniff"
    return int(said[0]["status"])


GOOD = [
    "localhost",
    "LOCALHOST",
    "localhost:8080",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:65535",
    "[::1]",
    "[::1]:8080",
    "intake",
    "review:8001",
    "console:8080",
    "10.1.2.3:8000",
    "console.corp.example",
    "Console.Corp.Example:443",
    "a.inside.example",
    "a.b.inside.example:8080",
]
UNKNOWN = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "console.evil.example",
    "evil-console",
    "console2",
    "127.0.0.1.nip.io",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0.0.0.0",
    "[::]",
    "[::ffff:127.0.0.1]",
    "192.168.0.7",
    "10.1.2.4",
    "inside.example.evil.example",
    "notinside.example",
    "corp.example",
    "x.console.corp.example",
    "xn--lcalhost-n0a",
]
UNCLEAR = [
    "",
    " ",
    "local host",
    "localhost, evil.example",
    "evil.example@localhost",
    "localhost@evil.example",
    "localhost/",
    "localhost#x",
    "localhost:",
    "localhost:80:80",
    "localhost:http",
    "localhost:123456",
    "[::1",
    "::1",
    "http://localhost",
    "löcalhost",
    "*",
    ".localhost",
    "-localhost",
    "%6cocalhost",
    "localhost\x00",
    "a" * 300,
]


@pytest.mark.parametrize("host", GOOD)
def test_a_name_of_ours_is_answered(host: str) -> None:
    assert status("GET", ("host", host)) == status("POST", ("host", host)) == REACHED


@pytest.mark.parametrize("host", UNKNOWN)
def test_a_name_that_is_not_ours_is_misdirected(host: str) -> None:
    assert status("GET", ("host", host)) == status("POST", ("host", host), ("origin", f"http://{host}")) == 421


@pytest.mark.parametrize("host", UNCLEAR)
def test_what_is_no_name_is_refused(host: str) -> None:
    assert status("GET", ("host", host)) == 400


@pytest.mark.parametrize(
    "hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example"), ("evil.example",) * 2]
)
def test_there_is_one_host_not_none_and_not_two(hosts: tuple[str, ...]) -> None:
    assert status("GET", *(("host", host) for host in hosts)) == 400


@pytest.mark.parametrize(
    ("server", "host", "wanted"),
    [
        ("192.168.0.7", "192.168.0.7:8080", REACHED),
        ("::ffff:192.168.0.7", "192.168.0.7", REACHED),
        ("fd00::7", "[fd00::7]:8080", REACHED),
        ("192.168.0.7", "192.168.0.8", 421),
        ("evil.example", "evil.example", 421),
    ],
)
def test_the_address_it_came_in_on_is_ours(server: str, host: str, wanted: int) -> None:
    assert status("GET", ("host", host), server=server) == wanted


HERE = "localhost:8080"
OWN_ORIGINS = [
    "http://localhost:8080",
    "https://localhost:8080",
    "HTTP://LOCALHOST:8080",
    "https://console.corp.example",
]
FOREIGN_ORIGINS = [
    "null",
    "",
    "http://localhost",
    "http://localhost:3000",
    "http://evil.example",
    "http://evil.example:8080",
    "http://localhost:8080.evil.example",
    "http://evil.example/localhost:8080",
    "http://localhost:8080@evil.example",
    "http://127.0.0.1:8080",
    "https://console.corp.example:8443",
    "file://",
    "file://localhost:8080",
    "chrome-extension://localhost:8080",
    "localhost:8080",
    "//localhost:8080",
    "http://[::1",
    "http://localhost:8080/path",
    "http://localhost:8080, http://evil.example",
    "*",
]
WRITES = ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]


@pytest.mark.parametrize("origin", OWN_ORIGINS)
def test_a_page_of_ours_may_write(origin: str) -> None:
    assert status("POST", ("host", HERE), ("origin", origin)) == REACHED
    assert status("POST", ("host", HERE), ("origin", origin), ("sec-fetch-site", "same-origin")) == REACHED


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_page_of_anybody_else_may_not(origin: str) -> None:
    assert status("POST", ("host", HERE), ("origin", origin)) == 403
    assert status("GET", ("host", HERE), ("origin", origin)) == REACHED, "reading shows it nothing: no page may look"


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    ("site", "wanted"),
    [
        ("same-origin", REACHED),
        ("none", REACHED),
        ("same-site", 403),
        ("cross-site", 403),
        ("", 403),
        ("Same-Origin", 403),
    ],
)
def test_what_the_browser_says_of_the_sender_is_believed(method: str, site: str, wanted: int) -> None:
    assert status(method, ("host", HERE), ("sec-fetch-site", site)) == wanted


def test_two_origins_are_nobodys() -> None:
    assert status("POST", ("host", HERE), *[("origin", "http://localhost:8080")] * 2) == 403


def test_the_usual_port_may_be_left_out() -> None:
    assert status("POST", ("host", "localhost"), ("origin", "http://localhost:80")) == REACHED
    assert status("POST", ("host", "localhost:443"), ("origin", "https://localhost")) == REACHED


PATHS = [
    "/",
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/nowhere",
    "/errors/our-fault",
    "/errors/x",
    "/v1/x",
    "//",
    "/%00",
]


@pytest.fixture(scope="module", params=[service.name for service in SERVICES])
def app(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    service, pack = request.param, load("cn-carrier")
    store = Store(str(tmp_path_factory.mktemp(service)), service)
    yield http_app(Hosted(service, Settings(), stepper(service, store, pack, "1"), pack))
    store.close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_every_answer_of_every_service_carries_every_header(app: ASGIApp, method: str, path: str) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.request(method, path)
        stranger = await client.request(method, path, headers={"host": "evil.example"})
    for each in (answer, stranger):
        assert {name: each.headers.get(name) for name in HEADERS} == HEADERS
        assert "evil" not in str(each.headers) and "://" not in each.headers.get("location", "")
        assert not any(name.startswith("access-control") for name in each.headers)
    assert (stranger.status_code, stranger.json()["code"]) == (421, "host-unknown")
    if answer.status_code >= 400 and path != "/readyz":
        assert answer.headers["content-type"] == "application/problem+json", answer.text


async def test_a_failure_of_ours_carries_every_header_too(app: ASGIApp, monkeypatch: pytest.MonkeyPatch) -> None:
    def bug(*given: object) -> bytes:
        raise RuntimeError("of ours")

    monkeypatch.setattr("runtime.worker.service_host.generate_latest", bug)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics", headers={"accept-language": "zh"})
    assert (answer.status_code, answer.json()["code"], answer.headers["content-language"]) == (500, "our-fault", "zh")
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (b"", 400),
        (b"Host: localhost\r\nHost: localhost\r\n", 400),
        (b"Host: evil.example\r\n", 421),
        (b"Host: localhost\r\n", 200),
        (b"host:127.0.0.1:1\r\n", 200),
    ],
)
def test_over_a_real_socket_too(console: Served, lines: bytes, wanted: int) -> None:
    answer = console.says(b"GET /sign-in HTTP/1.1\r\n" + lines + b"Connection: close\r\n\r\n")
    assert answer.status == wanted
    assert answer.headers["referrer-policy"] == "same-origin" and b"evil.example" not in answer.body


async def test_more_than_can_be_done_at_once_is_told_to_come_again(tmp_path: Path) -> None:
    going_on = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            await going_on.wait()
        await nothing(scope, receive, send)

    app = Protection(slow, Settings(requests_at_once=20))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        asked = [asyncio.create_task(client.post("/slow", content=b"{}")) for _ in range(200)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        alive = await client.get("/livez")
        while len(done) < 180:
            done, waiting = await asyncio.wait(asked, timeout=0.01)
        going_on.set()
        answers = [await each for each in asked]
    refused = [answer for answer in answers if answer.status_code == 503]
    assert (len(refused), len(waiting), alive.status_code) == (180, 20, REACHED)
    assert all(answer.json()["code"] == "too-busy" and int(answer.headers["retry-after"]) > 0 for answer in refused)
