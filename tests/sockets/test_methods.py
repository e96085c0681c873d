"""HEAD is a GET without its body and OPTIONS tells the methods, at every address of every service (RFC 9110)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from contracts.flow import SERVICES
from policies.pack import load
from runtime.kernel.store import Store
from runtime.settings import Settings
from runtime.worker.service_host import Hosted, http_app, stepper
from tests.sockets.conftest import Served, read_answer, serving
from tests.sockets.test_following import OWN, submitted

FIXED = {"/livez": {"get"}, "/readyz": {"get"}, "/metrics": {"get"}, "/openapi.json": {"get"}}
FILLED = {"request_id": OWN, "code": "our-fault", "place": "a[0]@1", "proposal": "1"}


@pytest.fixture(scope="module", params=[service.name for service in SERVICES])
def app(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    service, pack = request.param, load("cn-carrier")
    folder = tmp_path_factory.mktemp(service)
    if service == "intake":
        submitted(folder, OWN)
    store, settings = (
        Store(str(folder), service),
        Settings(auth="none", kafka="127.0.0.1:1", carrier="http://127.0.0.1:1"),
    )
    yield http_app(Hosted(service, settings, stepper(service, store, pack, "1"), pack))
    store.close()


def client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", follow_redirects=False)


async def addresses(asking: httpx.AsyncClient) -> dict[str, set[str]]:
    """With the methods of each, as the service describes itself."""
    described = (await asking.get("/openapi.json")).json()["paths"]
    return FIXED | {path.format(**FILLED): set(operations) for path, operations in described.items()}


async def test_options_tells_exactly_what_an_address_takes(app: ASGIApp) -> None:
    async with client(app) as asking:
        for path, methods in (await addresses(asking)).items():
            answer = await asking.options(path)
            wanted = {each.upper() for each in methods} | {"OPTIONS"} | ({"HEAD"} if "get" in methods else set())
            assert (answer.status_code, answer.content) == (204, b""), path
            assert set(answer.headers["allow"].split(", ")) == wanted
            refused = await asking.put(path)
            assert (refused.status_code, refused.headers["allow"]) == (405, answer.headers["allow"])
        assert (await asking.options("/nowhere")).status_code == 404


async def test_no_page_of_another_site_is_let_in_by_a_preflight(app: ASGIApp) -> None:
    preflight = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    async with client(app) as asking:
        for path in await addresses(asking):
            answer = await asking.options(path, headers=preflight)
            assert answer.status_code == 204 and not [
                each for each in answer.headers if each.startswith("access-control")
            ]


async def test_head_is_answered_as_get_is_without_the_body(app: ASGIApp) -> None:
    async with client(app) as asking:
        for path, methods in (await addresses(asking)).items():
            head = await asking.head(path)  # of a stream too: it does not go on
            assert head.content == b""
            if path.endswith("/events"):
                assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
                continue
            get = await asking.get(path)
            assert head.status_code == get.status_code and ("get" in methods or head.status_code == 405)
            assert (
                head.headers.keys() == get.headers.keys()
                and head.headers["content-type"] == get.headers["content-type"]
            )


def test_behind_a_head_the_next_request_of_a_connection_is_answered(tmp_path: Path) -> None:
    with serving("intake", tmp_path) as served:
        submitted(tmp_path, OWN)
        status = f"/v1/cancellations/{OWN}"
        for path in ("/livez", "/nowhere", "/v1/quotes", status, f"{status}/events"):
            with served.connect() as guest:
                head = f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
                guest.sendall(head + b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                said = bytearray()
                while piece := guest.recv(65536):
                    said += piece
            first, _, rest = bytes(said).partition(b"\r\n\r\n")
            assert first.startswith(b"HTTP/1.1 ") and b"transfer-encoding" not in first
            assert rest.startswith(b"HTTP/1.1 200") and rest.endswith(b'{"status":"alive"}'), path


def test_the_whole_server_can_be_asked_too(console: Served) -> None:
    with console.connect() as guest:
        guest.sendall(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = read_answer(guest)
    assert answer.status == 204 and answer.headers["allow"] == "GET, POST, DELETE, HEAD, OPTIONS"
