"""A service that stands down says why at every address, with the limits and headers of all others."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from runtime.http.protection import HEADERS
from runtime.local.broker_apache import free_port
from tests.waiting import eventually

WHY = "dead letters came in a flood: <b>look</b> at tuiding dead-letters list"
IN_CHINESE = "处理失败的消息过多：用 <b>tuiding</b> dead-letters list 查看"
STARTED = (
    "from contracts.words import Text; from runtime.settings import Settings; "
    "from runtime.worker.standby import stand_down; "
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    port = free_port()
    stands = f"{STARTED}stand_down(Settings(host='127.0.0.1'), {port}, Text(zh={IN_CHINESE!r}, en={WHY!r}))"
    with subprocess.Popen([sys.executable, "-c", stands], stderr=subprocess.PIPE, text=True) as process:
        at = f"http://127.0.0.1:{port}"
        eventually(lambda: answers(at))
        yield at
        process.send_signal(signal.SIGTERM)
        assert (process.wait(10), process.stderr and process.stderr.read()) == (
            0,
            f"standing down, not ready, until somebody restarts this: {WHY}\n",
        )


def answers(at: str) -> bool:
    try:
        return httpx.get(f"{at}/livez").is_success
    except httpx.TransportError:
        return False


def test_it_is_alive_and_not_ready_and_says_why(address: str) -> None:
    assert httpx.get(f"{address}/livez").json() == {"status": "alive"}
    ready = httpx.get(f"{address}/readyz")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "reason": WHY})


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/v1/cancellations", "/requests/1?lang=zh", "/sign-in"])
def test_a_program_is_told_at_every_address(address: str, method: str, path: str) -> None:
    told = httpx.request(method, f"{address}{path}")
    assert (told.status_code, told.json()["code"], told.json()["detail"]) == (
        503,
        "stands-down",
        IN_CHINESE if "lang=zh" in path else WHY,
    )
    assert told.headers["retry-after"] and HEADERS.items() <= dict(told.headers).items()


@pytest.mark.parametrize(("language", "title"), [("zh", "等待人工处理"), ("en", "until a person restarts it")])
def test_a_browser_gets_a_page_that_takes_no_word_for_markup(address: str, language: str, title: str) -> None:
    page = httpx.get(f"{address}/work?lang={language}", headers={"accept": "text/html"})
    assert page.status_code == 503 and page.headers["content-type"].startswith("text/html")
    assert title in page.text and "<b>" not in page.text and "list" in page.text
    assert language == "en" or "came in a flood" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_strange_host_is_refused_here_too(address: str) -> None:
    assert httpx.get(address, headers={"host": "elsewhere.example"}).status_code == 421
