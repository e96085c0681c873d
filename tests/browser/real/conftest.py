"""A whole tuiding on a real Kafka with the phone beside it, and a real Chromium that asks nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from demo import ground
from runtime.local import tickets
from runtime.local.broker_apache import free_port
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.broker.patient_pack import patient_pack
from tests.browser.chromium import launched, watched
from tests.ports import own_shift

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LATE_SECONDS = 60_000  # milliseconds, as Chromium counts


class Running(NamedTuple):
    phone: str
    console: str
    intake: str
    carrier: str
    kafka: str
    data: str


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("phone")
    settings = Settings(
        data=str(folder),
        log_level="WARNING",
        port_shift=own_shift(),
        **patient_pack(folder, "information_answer"),
    )
    port = free_port()
    with Supervisor(settings, beside=(ground.phone(settings, port),)) as supervisor:
        supervisor.wait_ready(180)
        found = supervisor.addresses
        yield Running(
            f"http://127.0.0.1:{port}",
            found["console"],
            found["intake"],
            found["carrier"],
            found["kafka"],
            found["data"],
        )


@pytest.fixture(scope="package")
def chromium(running: Running) -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def context(chromium: Browser, running: Running) -> Iterator[BrowserContext]:
    """Signed in to the console, as by the link that is printed at the start."""
    context = chromium.new_context(viewport=DESK)  # type: ignore[arg-type]
    context.set_default_timeout(LATE_SECONDS)
    first = context.new_page()
    first.goto(tickets.link(running.console, Path(running.data)))
    first.locator(".me").wait_for()
    first.close()
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, running: Running) -> Iterator[Page]:
    """Fails afterwards if a page asked anybody else, or its policy was broken."""
    page = context.new_page()
    asked, complaints = watched(page)
    yield page
    page.close()
    assert [url for url in asked if not url.startswith((running.phone, running.console))] == []
    told = ("status of 4", "status of 503")  # refused on purpose; away for a moment, after which the page looks again
    assert [each for each in complaints if not any(status in each for status in told)] == []
