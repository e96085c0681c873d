"""The console in a real browser: the board, finding a request, its clocks; zh and en, asking nobody else."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Seen

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
LATE = {"zh": "已逾期", "en": "late"}
HOUR = {"zh": "1 小时内到期", "en": "due within an hour"}
REVIEW = {"zh": "审核决定", "en": "review decision"}
QUOTE = {"zh": "费用确认单有效期", "en": "quote validity"}
STAYS = {"zh": "保留", "en": "stays"}


@LANGUAGES
def test_the_board_lists_what_is_late_and_what_is_due_within_the_hour(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/?lang={language}")
    clocks = page.locator("#clocks")
    expect(clocks.locator("tr.late")).to_contain_text([LATE[language]])
    expect(clocks.locator("tr.late")).to_contain_text([REVIEW[language]])
    expect(clocks.locator("tr.hour")).to_contain_text([HOUR[language]])
    expect(clocks.locator("tr.late a")).to_have_text([seen.late[:8]])
    expect(page.locator("html")).to_have_attribute("lang", language)


@LANGUAGES
def test_a_request_is_found_by_its_id_and_shows_its_clocks(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/?lang={language}")
    page.keyboard.press("/")
    page.keyboard.type(seen.soon)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requests/{seen.soon}**")
    row = page.locator("#clocks tr", has_text=QUOTE[language])
    expect(row).to_contain_text(HOUR[language])
    expect(page.locator("html")).to_have_attribute("lang", language)


@LANGUAGES
def test_what_needs_what_is_shown_beside_the_clocks(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/requests/{seen.related}?lang={language}")
    expect(page.locator("#relations li")).to_have_count(3)  # the pass, what it needs, and what that needs
    expect(page.locator("#relations")).to_contain_text(STAYS[language])


def test_the_page_refreshes_itself_and_stays_where_it_is(page: Page, seen: Seen) -> None:
    page.goto(f"{seen.address}/?lang=en")
    with page.expect_request(lambda request: request.resource_type == "fetch") as refreshed:
        pass
    assert refreshed.value.url == f"{seen.address}/?lang=en"
    expect(page.locator("#clocks tr.late a")).to_have_text([seen.late[:8]])


def test_nothing_on_a_narrow_screen_is_wider_than_it(page: Page, seen: Seen) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/", f"/requests/{seen.soon}"):
        page.goto(f"{seen.address}{path}?lang=zh")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
