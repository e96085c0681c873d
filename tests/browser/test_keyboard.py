"""By keyboard alone: the focus is always seen, stays in a dialog while it is open, and comes back afterwards."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Seen
from tests.browser.scene import DISPUTE, REFUSED, REVIEW, busy

MOST_TABS = 60
PATHS = ("/", "/requests", f"/requests/{REFUSED}", "/topics/cancellation.intake", "/dead-letters", "/work", "/workers")
UNSEEN = """() => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  if (here === document.body) return "";
  const told = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const there = box.width > 0 && box.height > 0 && box.right > 0 && box.left < innerWidth;
  return told && there ? "" : here.outerHTML.slice(0, 120);
}"""
IN_DIALOG = "document.activeElement === document.body || !!document.activeElement.closest('#dialog')"


@pytest.fixture(scope="module")
def scene(seen: Seen) -> Iterator[Seen]:
    busy(seen)
    yield seen


@pytest.mark.parametrize("path", PATHS)
def test_the_focus_is_seen_wherever_the_tab_key_leads(page: Page, scene: Seen, path: str) -> None:
    page.goto(f"{scene.address}{path}?lang=en")
    unseen = set[str]()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        unseen.add(page.evaluate(UNSEEN))
    assert unseen <= {""}


@pytest.mark.parametrize(
    ("request_id", "button", "first"),
    [(REVIEW, "Approve", "reason"), (DISPUTE, "Lower the fee", "owed"), (REFUSED, "Try again", "reason")],
)
def test_a_dialog_takes_the_focus_keeps_it_and_gives_it_back_on_escape(
    page: Page, scene: Seen, request_id: str, button: str, first: str
) -> None:
    page.goto(f"{scene.address}/work?lang=en")
    opener = page.locator("#attention tr", has_text=request_id[:8]).get_by_role("link", name=button, exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#dialog")
    expect(dialog.locator(f"[name={first}]")).to_be_focused()
    for _ in range(10):
        page.keyboard.press("Tab")
        assert page.evaluate(IN_DIALOG)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_dry_run_puts_the_focus_where_the_reason_is_asked(page: Page, scene: Seen) -> None:
    page.goto(f"{scene.address}/dead-letters?lang=en")
    page.locator("#dead-letters input[name=place]").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Send selected again").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#dialog [name=reason]")).to_be_focused()
    expect(page.locator("#dialog button[type=submit]")).to_have_text("Send 1 again")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Send selected again")).to_be_focused()


def test_the_menu_behind_the_name_closes_on_escape_and_on_a_press_beside_it(page: Page, scene: Seen) -> None:
    page.goto(f"{scene.address}/?lang=en")
    menu, summary = page.locator("details.me"), page.locator("details.me summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.locator("#now-title").click()
    expect(menu).not_to_have_attribute("open", "")


def test_forced_colours_keep_the_page_one_is_on_and_the_keys_of_pictures_apart(chromium: Browser, scene: Seen) -> None:
    context = chromium.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(f"{scene.address}/?lang=en")
    edge = "(each) => getComputedStyle(each).borderBottomColor"
    here, other = (
        page.locator(f"#menu a{which}").first.evaluate(edge) for which in ("[aria-current]", ":not([aria-current])")
    )
    keys = page.locator(".key i").evaluate_all("(all) => all.map((each) => getComputedStyle(each).backgroundColor)")
    context.close()
    assert here != other and len(set(keys)) == len(keys) > 1


def test_on_paper_nothing_is_left_to_press(page: Page, scene: Seen) -> None:
    page.goto(f"{scene.address}/requests/{REFUSED}?lang=en")
    page.emulate_media(media="print")
    expect(page.locator("#says")).to_be_visible()
    expect(page.locator("#events thead")).to_contain_text("What it says")
    for pressed in (".menu", ".find", "a.button", "[data-copy]", ".command"):
        expect(page.locator(pressed).first).to_be_hidden()
