"""Every page in both languages, light and dark, on a phone and on a desk: accessible, translated, never too wide."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from runtime.kafka.lag import Lag
from tests.browser.conftest import Seen
from tests.browser.scene import DECIDED, DISPUTE, DONE, REFUSED, REVIEW, busy
from tests.clients.installed import npm_folder
from tests.console.conftest import lags

PAGES = {
    "pipeline": "/",
    "requests": "/requests",
    "nothing found": "/requests?q=nobody",
    "a request": f"/requests/{REFUSED}",
    "a request with a person": f"/requests/{REVIEW}",
    "a request that was decided": f"/requests/{DECIDED}",
    "a request that has ended": f"/requests/{DONE}",
    "topics": "/topics",
    "a topic": "/topics/cancellation.intake",
    "dead letters": "/dead-letters",
    "what waits for a system": "/requests?waits=messaging",
    "work": "/work",
    "carrier": "/carrier",
    "workers": "/workers",
    "contracts": "/contracts",
    "a message": "/contracts/messages/cancellation.submit.v1",
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
DIALOGS = {  # on which page, and what opens each: one of each form
    "work": [
        f".button[href*='answer={answer}']" for answer in ("reject", "lowered", "reply", "retry", "off", "give-up")
    ],
    "dead letters": [f"button[value={what}]" for what in ("redrive", "discard", "erase")],
    "a request that has ended": [".button[href*='/orders/erasure']"],
}
TWO_LINES = 64  # pixels, with the space around them
SERIOUS = ("serious", "critical")
NAMES = {
    "Kafka",
    "CSV",
    "JSON",
    "English",
    "UTC",
    "SMS",
    "App",
}  # proper names and codes, in every language the same
OF_THE_OTHER = {"zh": re.compile(r"[A-Za-z]{2,}"), "en": re.compile(r"[\u4e00-\u9fff]+")}
SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[a-z-]+(?:\.[a-z0-9-]+)+|(?<=[=@])[\w.:-]+")
NO_PAGES = ("/static/", "/orders/letters", "/sign-out", "/contracts/described/")  # the last is drawn, and has its test
MOST_OF_A_SHAPE = 2
PROSE = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement;
    if (!holder.closest("code, pre, q, .id, script, style, [hreflang], .uplot"))
      found.push(walk.currentNode.textContent);
  }
  for (const each of document.querySelectorAll("[aria-label], [title], [placeholder], [data-label]"))
    for (const name of ["aria-label", "placeholder", "data-label", "title"])
      if (name != "title" || !each.matches("time, .id")) found.push(each.getAttribute(name) || "");
  found.push(document.title.replace(/[\\w-]+(\\.[\\w-]+)+|[0-9a-f]{8}/g, ""));  // names of topics and messages, ids
  return found;
}"""

LINKS = """() => [...document.querySelectorAll("a[href^='/']:not([hreflang])")].map((a) => a.getAttribute("href"))"""


@pytest.fixture(scope="module")
def scene(seen: Seen) -> Seen:
    busy(seen)
    return seen


@pytest.fixture(scope="module")
def axe() -> str:
    return (npm_folder() / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_page_or_dialog_has_a_serious_finding_or_is_wider_than_its_screen(
    chromium: Browser, scene: Seen, axe: str, language: str, size: str
) -> None:
    context, found = chromium.new_context(viewport=SIZES[size], bypass_csp=True), list[tuple[str, str]]()
    page = context.new_page()
    for name, path in PAGES.items():
        page.goto(f"{scene.address}{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate(axe)
        found += [(name, each) for result in seen_in_both(page, "html") for each in serious(result)]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [(name, f"{wide} pixels too wide")] if wide > 0 else []
        for opener in DIALOGS.get(name, ()):
            page.locator("#dead-letters input[name=place]").first.check() if name == "dead letters" else None
            page.locator(f"#content {opener}").first.click()
            expect(page.locator("#dialog #dialog-title")).to_be_visible()
            page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
            found += [(opener, each) for result in seen_in_both(page, "#dialog") for each in serious(result)]
            page.keyboard.press("Escape")
            expect(page.locator("#dialog")).to_be_hidden()
    context.close()
    assert found == []


def seen_in_both(page: Page, where: str) -> Iterator[dict[str, Any]]:
    """In the light and in the dark, where the page is the same: only its colours are looked at once more."""
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        yield page.evaluate("([where, how]) => axe.run(where, {resultTypes: ['violations'], ...how})", [where, rules])


def serious(result: dict[str, Any]) -> Iterator[str]:
    for violation in result["violations"]:
        if violation["impact"] in SERIOUS:
            yield f"{violation['id']}: {[node['html'][:120] for node in violation['nodes'][:3]]}"


def test_no_word_on_a_chinese_page_is_left_untranslated(page: Page, scene: Seen) -> None:
    left = list[str]()
    for name, path in PAGES.items():
        page.goto(f"{scene.address}{path}{'&' if '?' in path else '?'}lang=zh")
        left += [f"{name}: {word}" for word in untranslated(page, "zh")]
    assert left == []


def untranslated(page: Page, language: str) -> list[str]:
    """What is of the other language on a page, but for code, ids, quotations and proper names."""
    foreign = OF_THE_OTHER[language]
    return sorted({word for text in page.evaluate(PROSE) for word in foreign.findall(text)} - NAMES)


@pytest.mark.parametrize(
    ("path", "rows"), [("/topics", "#topics"), ("/", "#clocks"), ("/carrier", "#calls"), ("/requests", "#requests")]
)
def test_a_row_that_needs_nobody_takes_two_lines_on_a_phone(
    chromium: Browser, scene: Seen, path: str, rows: str
) -> None:
    ask, scene.broker.ask = scene.broker.ask, _everybody_is_in_step
    page = chromium.new_page(viewport=SIZES["phone"])
    page.goto(f"{scene.address}{path}?lang=en")
    expect(page.locator(f"{rows} tr.brief").first).to_be_visible(timeout=30_000)
    heights = page.locator(f"{rows} tr.brief").evaluate_all("all => all.map((each) => each.offsetHeight)")
    page.close()
    scene.broker.ask = ask
    assert sorted(heights)[len(heights) // 2] <= TWO_LINES and max(heights) < 2 * TWO_LINES, heights


def _everybody_is_in_step(bootstrap: str, wait_seconds: float) -> list[Lag]:
    return [each._replace(committed=each.end) for each in lags(bootstrap, wait_seconds)]


def test_how_much_a_list_of_what_waits_is_of_everything_stands_above_it(page: Page, scene: Seen) -> None:
    page.goto(f"{scene.address}/requests?waits=messaging&lang=en")
    expect(page.locator("#of-all-calls")).to_have_text("the 1 longest waiting of 175 calls to messaging")
    page.goto(f"{scene.address}/requests?waits=charging&lang=en")
    expect(page.locator("#of-all-calls")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_wherever_a_link_leads_on_a_phone_the_page_fits_and_speaks_one_language(
    chromium: Browser, scene: Seen, language: str
) -> None:
    context = chromium.new_context(viewport=SIZES["phone"], locale=f"{language}-CN")
    page, wrong, met = context.new_page(), list[str](), Counter[str]()
    to_see = deque([*PAGES.values(), "/nowhere", "/requests/nobody", "/proposals", "/sign-in"])
    while to_see:
        path = to_see.popleft().partition("#")[0]
        if not _worth_a_look(path, met):
            continue
        page.goto(f"{scene.address}{path}")
        wrong += [f"{path}: {each}" for each in untranslated(page, language)]
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wrong += [f"{path}: {wide} pixels too wide"] if wide > 0 else []
        to_see += page.evaluate(LINKS)
    context.close()
    assert wrong == [] and len(met) > len(PAGES)


def _worth_a_look(path: str, met: Counter[str]) -> bool:
    """Two requests, or two messages, are enough of their kind."""
    shape = SHAPE.sub("*", re.sub(r"[?&]lang=\w+", "", path))
    met[shape] += 1
    export = path.partition("?")[0].endswith((".csv", ".json"))
    return met[shape] <= MOST_OF_A_SHAPE and not export and not path.startswith(NO_PAGES)
