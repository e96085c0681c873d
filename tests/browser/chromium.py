"""A real Chromium: started in one way, and watched for whom a page asks and what it complains of."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
Opened = TypeVar("Opened", BrowserContext, Page)
PATIENCE_MS = 120_000  # of whatever is expected of a page, on a machine that is busy with other tests
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


class Watched(NamedTuple):
    """Addresses that were asked, and what the page said was wrong."""

    asked: list[str]
    complaints: list[str]


@contextmanager
def launched() -> Iterator[Browser]:
    if not (Path(CHROMIUM).is_file() or shutil.which("chromium")):
        pytest.fail(f"There is no {CHROMIUM}: install it with `apt-get install chromium`.", pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium") or CHROMIUM, args=FLAGS)
        browser.new_context, browser.new_page = (  # type: ignore[method-assign]
            _patient(browser.new_context),
            _patient(browser.new_page),
        )
        yield browser
        browser.close()


def _patient(opens: Callable[..., Opened]) -> Callable[..., Opened]:
    """What is pressed waits as long as what is expected: half a minute is too short on a busy machine."""

    def opened(**how: Any) -> Opened:
        found = opens(**how)
        found.set_default_timeout(PATIENCE_MS)
        return found

    return opened


def watched(page: Page) -> Watched:
    seen = Watched([], [])
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    return seen
