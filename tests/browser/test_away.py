"""What an open page does while broker or database are away: it says so, and goes on by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from contracts.health import Heartbeat
from runtime.kafka.connect import BrokerAway
from runtime.kafka.lag import Lag
from runtime.kafka.record_times import Place
from tests.browser.conftest import Seen
from tests.browser.test_every_page import untranslated


@pytest.fixture
def left_open(chromium: Browser, seen: Seen) -> Iterator[Page]:
    page = chromium.new_page()
    page.goto(f"{seen.address}/?lang=en")
    yield page
    page.close()


def test_a_broker_that_goes_is_told_and_forgotten_when_it_is_back(left_open: Page, seen: Seen) -> None:
    ask = seen.broker.ask
    seen.broker.ask = _nobody
    expect(left_open.locator("#strip")).to_contain_text("The broker does not answer")
    seen.broker.ask = ask
    expect(left_open.locator("#strip")).not_to_contain_text("The broker does not answer")


def test_a_database_that_goes_is_told_and_the_page_recovers_by_itself(left_open: Page, seen: Seen) -> None:
    expect(left_open.locator("#unheard")).to_be_hidden()
    _renamed(seen, "requests", "gone")
    expect(left_open.locator("#unheard")).to_be_visible()
    expect(left_open.locator("#board")).to_be_visible()  # what was known before stays
    _renamed(seen, "gone", "requests")
    expect(left_open.locator("#unheard")).to_be_hidden()
    expect(left_open.locator("#strip")).not_to_contain_text("database")


def test_a_console_that_hangs_is_told_and_forgotten_once_it_answers(left_open: Page, seen: Seen) -> None:
    left_open.route(f"{seen.address}/?**", lambda route: None)  # taken, and never answered
    expect(left_open.locator("#unheard")).to_be_visible()
    left_open.unroute_all(behavior="ignoreErrors")
    expect(left_open.locator("#unheard")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/topics", "/topics/cancellation.intake"])
def test_without_a_broker_no_word_on_a_chinese_page_is_left_untranslated(
    chromium: Browser, seen: Seen, path: str
) -> None:
    page, (ask, bounds) = chromium.new_page(), (seen.broker.ask, seen.broker.bounds)
    seen.broker.ask, seen.broker.bounds = _nobody, _no_bounds  # type: ignore[method-assign]
    page.goto(f"{seen.address}{path}?lang=zh")
    expect(page.locator("#strip")).to_contain_text("消息系统 Kafka 没有响应")
    left = untranslated(page, "zh")
    seen.broker.ask, seen.broker.bounds = ask, bounds  # type: ignore[method-assign]
    page.close()
    assert left == []


def test_a_service_that_goes_is_told_and_forgotten_when_it_is_back(left_open: Page, seen: Seen) -> None:
    now = datetime.now(UTC)
    beat = Heartbeat(service="billing", worker="1", version="1", started=now, at=now - timedelta(minutes=1))
    seen.broker.workers = {beat.key: beat}
    expect(left_open.locator("#strip")).to_contain_text("Billing is silent")
    seen.broker.workers = {beat.key: beat.model_copy(update={"at": datetime.now(UTC)})}
    expect(left_open.locator("#strip")).not_to_contain_text("Billing is silent")
    seen.broker.workers = {}


def _nobody(bootstrap: str, wait_seconds: float) -> list[Lag]:
    raise BrokerAway("No Kafka answers at nowhere:9092.")


def _no_bounds(topic: str) -> dict[Place, tuple[int, int]]:
    raise BrokerAway("No Kafka answers at nowhere:9092.")


def _renamed(seen: Seen, before: str, after: str) -> None:
    with seen.host.store.engine.begin() as tx:
        tx.execute(sa.text(f"ALTER TABLE {before} RENAME TO {after}"))
