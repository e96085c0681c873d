"""What people press who are in a hurry or were away: twice, back, after their sign-in has ended."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from services.console.signing_in.doors import NOT_TAKEN
from tests.browser.conftest import Seen
from tests.browser.scene import DISPUTE, REFUSED, REVIEW, busy
from tests.browser.test_sign_in import Served, console, ends_every_session, opens_link, person

__all__ = ["console", "person"]  # fixtures of the sign-in
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "\x1b]0;owned\x07\u202egnp.exe",
    "=HYPERLINK(1)",
    "{{ 7*7 }}",
)
AT_ONCE = """() => document.addEventListener("htmx:afterSwap", (event) => setTimeout(
  () => event.detail.target.querySelector("#echo")?.closest("form").requestSubmit()), { once: true })"""


@pytest.fixture(scope="module")
def scene(seen: Seen) -> Iterator[Seen]:
    busy(seen)
    yield seen


def opened(page: Page, scene: Seen, request_id: str, button: str) -> Locator:
    page.goto(f"{scene.address}/work?lang=en")
    row = page.locator("#attention tr", has_text=request_id[:8])
    row.get_by_role("link", name=button, exact=True).click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=reason]").fill("checked by phone")
    return dialog


def test_a_double_click_orders_once(page: Page, scene: Seen) -> None:
    before = len(scene.host.published)
    opened(page, scene, REVIEW, "Approve").locator("button[type=submit]").dblclick()
    expect(page.locator("#dialog .steps")).to_be_visible()
    assert len(scene.host.published) == before + 1


def test_what_is_pressed_as_soon_as_it_is_seen_stays_in_its_dialog(page: Page, scene: Seen) -> None:
    """For a moment after it was drawn a button was the browser's, not ours: whoever pressed then left the page."""
    dialog = opened(page, scene, DISPUTE, "Lower the fee")
    dialog.locator("[name=owed]").fill("10")
    page.evaluate(AT_ONCE)
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".steps")).to_be_visible()
    assert page.url == f"{scene.address}/work?lang=en"


def test_the_way_back_after_an_order_orders_nothing(page: Page, scene: Seen) -> None:
    page.goto(f"{scene.address}/?lang=en")
    opened(page, scene, REFUSED, "Try again").locator("button[type=submit]").click()
    expect(page.locator("#dialog .steps")).to_be_visible()
    before = len(scene.host.published)
    page.go_back()
    expect(page.locator("#board")).to_be_visible()
    page.go_forward()
    expect(page.locator("#attention")).to_be_visible()
    expect(page.locator("#dialog")).to_be_hidden()
    assert len(scene.host.published) == before


def test_whatever_is_typed_into_the_box_above_is_only_text(page: Page, scene: Seen) -> None:
    for text in HOSTILE:
        page.goto(f"{scene.address}/?lang=en")
        page.locator("#search").fill(text)
        page.keyboard.press("Enter")
        expect(page.locator(".empty")).to_be_visible()
        assert "owned" not in page.title() and page.locator("main img").count() == 0
        assert "49" not in page.locator("main").inner_text()


def test_an_order_after_the_sign_in_has_ended_is_not_given_and_leads_to_the_sign_in(
    console: Callable[..., Served], person: Callable[[], Page]
) -> None:
    served, page = console(), person()
    opens_link(page, served)
    page.goto(f"{served.address}/work?lang=en")
    page.get_by_role("link", name="Try again").first.click()
    dialog = page.locator("#dialog")
    dialog.locator("[name=reason]").fill("checked by phone")
    ends_every_session(served)
    dialog.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text(NOT_TAKEN.en)
    assert served.host.published == []
