"""Every page in both languages, light and dark, on a phone and on a desk: accessible, translated, never too wide."""

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.conftest import Seen
from tests.browser.scene import DECIDED, DISPUTE, REFUSED, REVIEW, busy
from tests.clients.installed import npm_folder

PAGES = {
    "pipeline": "/",
    "requests": "/requests",
    "nothing found": "/requests?q=nobody",
    "a request": f"/requests/{REFUSED}",
    "a request with a person": f"/requests/{REVIEW}",
    "a request that was decided": f"/requests/{DECIDED}",
    "topics": "/topics",
    "a topic": "/topics/cancellation.intake",
    "dead letters": "/dead-letters",
    "work": "/work",
    "carrier": "/carrier",
    "workers": "/workers",
    "an order": f"/orders/new?what=review&request={REVIEW}&incident=review&answer=approve",
    "an order about money": f"/orders/new?what=dispute&request={DISPUTE}&incident=dispute&answer=lowered",
}
SIZES: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 800}, "desk": {"width": 1280, "height": 900}}
ALL_PAIRS = [  # of every two of these each comes with each
    ("zh", "light", "phone"),
    ("zh", "dark", "desk"),
    ("en", "dark", "phone"),
    ("en", "light", "desk"),
]
SERIOUS = ("serious", "critical")
NAMES = {
    "Kafka",
    "CSV",
    "JSON",
    "English",
    "UTC",
    "CNY",
    "SMS",
    "App",
}  # proper names and codes, in every language the same
WORD = re.compile(r"[A-Za-z]{2,}")
PROSE = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest("code, pre, q, .id, script, style, [hreflang]"))
      found.push(walk.currentNode.textContent);
  }
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [data-label]"))
    for (const name of ["aria-label", "placeholder", "data-label"]) found.push(each.getAttribute(name) || "");
  return found;
}"""


@pytest.fixture(scope="module")
def scene(seen: Seen) -> Seen:
    busy(seen)
    return seen


@pytest.fixture(scope="module")
def axe() -> str:
    return (npm_folder() / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.fixture(params=ALL_PAIRS, ids="-".join)
def looked_at(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[tuple[Page, str]]:
    scheme: Literal["light", "dark"]
    language, scheme, size = request.param
    context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, bypass_csp=True)
    yield context.new_page(), language
    context.close()


def test_no_page_has_a_serious_finding_or_is_wider_than_its_screen(
    looked_at: tuple[Page, str], scene: Seen, axe: str
) -> None:
    (page, language), found = looked_at, list[tuple[str, str]]()
    for name, path in PAGES.items():
        page.goto(f"{scene.address}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate(axe)
        result: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [(name, each) for each in serious(result)]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [(name, f"{wide} pixels too wide")] if wide > 0 else []
    assert found == []


def serious(result: dict[str, Any]) -> Iterator[str]:
    for violation in result["violations"]:
        if violation["impact"] in SERIOUS:
            yield f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}"


def test_no_word_on_a_chinese_page_is_left_untranslated(page: Page, scene: Seen) -> None:
    left = list[str]()
    for name, path in PAGES.items():
        page.goto(f"{scene.address}{path}{'&' if '?' in path else '?'}lang=zh")
        words = {word for text in page.evaluate(PROSE) for word in WORD.findall(text)} - NAMES
        left += [f"{name}: {word}" for word in sorted(words)]
    assert left == []
