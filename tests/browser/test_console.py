"""The console in a real browser: the board, finding a request, its clocks; zh and en, asking nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from contracts.health import Heartbeat, SystemSeen
from services.console.app import projection
from tests.browser.conftest import Seen
from tests.browser.scene import workers
from tests.console.conftest import Tape

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
LATE = {"zh": "已逾期", "en": "late"}
HOUR = {"zh": "1 小时内到期", "en": "due within an hour"}
REVIEW = {"zh": "审核决定", "en": "review decision"}
QUOTE = {"zh": "费用确认单有效期", "en": "quote validity"}
PAGES = ("/", "/requests", "/topics", "/topics/cancellation.intake", "/dead-letters", "/work", "/carrier", "/workers")
TURN = {"zh": "现在轮到客户", "en": "It is the customer's turn"}
AWAY = {"zh": "短信与推送系统没有响应", "en": "Messaging does not answer"}
APPROVE = {"zh": "通过", "en": "Approve"}
STAYS = {"zh": "保留", "en": "stays"}


@LANGUAGES
def test_the_board_lists_what_is_late_and_what_is_due_within_the_hour(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/?lang={language}")
    clocks = page.locator("#clocks")
    expect(clocks.locator("tr.late-clock")).to_contain_text([LATE[language]])
    expect(clocks.locator("tr.late-clock")).to_contain_text([REVIEW[language]])
    expect(clocks.locator("tr.hour-clock")).to_contain_text([HOUR[language]])
    expect(clocks.locator("tr.late-clock a")).to_have_text([seen.late[:8]])
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
    with page.expect_request(lambda request: request.resource_type == "xhr") as refreshed:
        pass
    assert refreshed.value.url == f"{seen.address}/?lang=en"
    expect(page.locator("#clocks tr.late-clock a")).to_have_text([seen.late[:8]])


@LANGUAGES
def test_an_open_detail_that_keeps_a_page_from_refreshing_is_told_with_a_way_to_go_on(
    page: Page, seen: Seen, language: str
) -> None:
    page.goto(f"{seen.address}/requests/{seen.late}?lang={language}")
    held, detail = page.locator("#held"), page.locator("#events details").first
    expect(held).to_be_hidden()
    detail.locator("summary").click()
    expect(held).to_be_visible()
    held.get_by_role("button").click()
    expect(held).to_be_hidden()
    expect(detail).not_to_have_attribute("open", "")
    with page.expect_response(lambda answer: f"/requests/{seen.late}" in answer.url):
        pass


def test_nothing_on_a_narrow_screen_is_wider_than_it(page: Page, seen: Seen) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    for path in (*PAGES, f"/requests/{seen.soon}"):
        page.goto(f"{seen.address}{path}?lang=zh")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


@LANGUAGES
def test_the_whole_menu_is_seen_on_a_narrow_screen(page: Page, seen: Seen, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{seen.address}/carrier?lang={language}")
    ends = page.locator("#menu a").evaluate_all("all => all.map(each => each.getBoundingClientRect().right)")
    assert max(ends) <= 390


@LANGUAGES
def test_a_narrow_screen_says_of_every_finding_who_or_how_many(page: Page, seen: Seen, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    seen.broker.workers = {each.key: each for each in workers(seen.related)}
    page.goto(f"{seen.address}/?lang={language}")
    facts = page.locator("#strip .facts-of-it")
    expect(page.locator("#strip")).to_contain_text("240")
    told = facts.evaluate_all("all => all.map(each => each.innerText.trim())")
    seen.broker.workers = {}
    assert all(told), told
    assert any("240" in each for each in told)  # follow-ups without a request: nothing else says it


@LANGUAGES
def test_a_request_is_found_by_its_subscription(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/?lang={language}")
    page.keyboard.press("/")
    page.keyboard.type("sub-undecided01")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requests/{seen.soon}**")
    expect(page.locator("#says")).to_contain_text(TURN[language])


@LANGUAGES
def test_an_outage_of_messaging_comes_into_the_strip_and_goes_by_itself(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/?lang={language}")
    expect(page.locator("#strip")).not_to_contain_text(AWAY[language])
    seen.broker.workers = {"notify/1": without_messaging(seen.late)}
    expect(page.locator("#strip")).to_contain_text(AWAY[language])
    expect(page.locator("#strip li", has_text=AWAY[language])).to_contain_text("175")
    seen.broker.workers = {}
    expect(page.locator("#strip")).not_to_contain_text(AWAY[language])


def test_a_click_on_a_column_sorts_it_and_a_second_one_backwards_also_after_a_refresh(page: Page, seen: Seen) -> None:
    seen.broker.workers = {each.key: each for each in workers(seen.related)}
    page.goto(f"{seen.address}/workers?lang=en")
    rows, head = page.locator("#workers tbody th"), page.locator("#workers thead th").first
    services = ["billing", "console", "intake", "notify", "review", "termination"]
    head.get_by_role("button").click()
    expect(rows).to_contain_text(services)
    head.get_by_role("button").click()
    expect(rows).to_contain_text(services[::-1])
    expect(head).to_have_attribute("aria-sort", "descending")
    page.evaluate("document.activeElement.blur()")
    with page.expect_response(lambda answer: answer.request.resource_type == "xhr"):
        pass
    expect(rows).to_contain_text(services[::-1])
    seen.broker.workers = {}


def test_the_list_of_requests_sorts_where_all_of_it_is(page: Page, seen: Seen) -> None:
    page.goto(f"{seen.address}/requests?lang=en")
    subscriptions = page.locator("#requests td.id")
    page.get_by_role("link", name="Subscription").click()
    page.get_by_role("link", name="Subscription").click()
    page.wait_for_url("**order=subscription&**")
    found = subscriptions.all_inner_texts()
    assert found == sorted(found) and len(found) >= 3
    page.locator("[name=until]").fill("2020-01-01")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".empty")).to_be_visible()


@LANGUAGES
def test_a_review_is_decided_with_the_keyboard_and_followed(page: Page, seen: Seen, language: str) -> None:
    page.goto(f"{seen.address}/work?lang={language}")
    before = len(seen.host.published)
    page.get_by_role("link", name=APPROVE[language], exact=True).first.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.locator(".command")).to_contain_text("tuiding review approve")
    dialog.locator("[name=reason]").fill("checked by phone")
    dialog.locator("button[type=submit]").press("Enter")
    expect(dialog.locator(".steps")).to_be_visible()
    assert len(seen.host.published) == before + 1
    assert b'"operator":"nobody-signed-in"' in (seen.host.published[-1].value or b"")


def without_messaging(request_id: str) -> Heartbeat:
    now = datetime.now(UTC)
    since = now - timedelta(minutes=7)
    messaging = SystemSeen(
        system="messaging", failed=99, failed_in_a_row=99, failing_since=since, last_error="send: HTTP 503", waiting=175
    )
    return Heartbeat(service="notify", worker="1", version="1", started=since, at=now, systems=(messaging,))


def test_what_came_of_an_order_shows_once_its_dialog_is_closed_whatever_was_ticked(page: Page, seen: Seen) -> None:
    tape = Tape(projection(seen.host.store, seen.host.pack, "1"))
    tape.offset = 300_000
    letter = tape.letter(x_error_code="too-deep", x_original_offset="77")
    tape.play(letter)
    page.goto(f"{seen.address}/dead-letters?q=too-deep&lang=en")
    page.locator("input[name=place]").check()
    page.get_by_role("button", name="Discard selected").click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=reason]").fill("told the channel")
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".steps")).to_contain_text(letter.place)
    page.keyboard.press("Escape")
    expect(page.locator("#done")).to_contain_text("told the channel")
    expect(page.locator("#held")).to_be_hidden()
    expect(page.locator("#content")).to_be_focused()
