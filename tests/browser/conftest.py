"""A console with requests in it, served on this machine, and a real Chromium to look at it."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page

from contracts.flow import SERVICES, topic_name
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from runtime.kernel.tables import REPLIES
from services.console.app import projection
from services.console.door import prepare, routes
from tests.browser.chromium import launched, watched
from tests.console.conftest import FakeBroker, FakeHost
from tests.flow.customer import submit
from tests.flow.system import System

HALF_AN_HOUR = timedelta(minutes=30)


class Seen(NamedTuple):
    """The console's address and three requests: one late, one due within the hour, one with a graph of needs."""

    address: str
    late: str
    soon: str
    related: str
    host: FakeHost
    broker: FakeBroker


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    store = Store(str(tmp_path_factory.mktemp("console")), "console")
    system = System(start=datetime.now(UTC) - timedelta(days=10))
    late = submit(system, "sub-business01")
    system.advance(timedelta(days=3) + HALF_AN_HOUR)
    soon = submit(system, "sub-undecided01")  # its quote stands for seven days
    system.advance(timedelta(days=7) - 2 * HALF_AN_HOUR)
    related = submit(system, "sub-dependent01", "roaming-pass")
    _play(system, store)
    listening = socket.create_server(("127.0.0.1", 0))
    host, broker = FakeHost(store, system.pack), FakeBroker()
    server = _console(host, broker)
    serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    serving.start()
    yield Seen(f"http://127.0.0.1:{listening.getsockname()[1]}", late, soon, related, host, broker)
    server.should_exit = True
    serving.join(timeout=30)
    listening.close()
    system.close()
    store.close()


def _play(system: System, store: Store) -> None:
    records = [each for service in SERVICES for each in system.log[topic_name(service.writes)]]
    arrivals = [Consumed(each, 0, offset, 0, "tuiding-console") for offset, each in enumerate(records)]
    projection(store, system.pack, "1").step(arrivals, (), system.now)


def _console(host: FakeHost, broker: FakeBroker) -> uvicorn.Server:
    app = FastAPI()
    prepare(app)
    app.include_router(routes(host, broker))
    return uvicorn.Server(uvicorn.Config(app, log_level="warning"))


@pytest.fixture(scope="module")
def chromium(seen: Seen) -> Iterator[Browser]:
    """After `seen`: the driver keeps a loop running in this thread, and both end with the module."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chromium: Browser, seen: Seen) -> Iterator[Page]:
    """Fails afterwards if the page asked anybody else, or complained."""
    with seen.host.store.transaction() as tx:  # nobody has decided anything yet, or whoever comes second is refused
        tx.execute(sa.delete(REPLIES))
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    asked, complaints = watched(page)
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    yield page
    page.close()
    assert [url for url in asked if not url.startswith(seen.address)] == []
    assert complaints == []
