"""By keyboard alone: the focus is always seen, stays in a dialog while it is open, and comes back afterwards."""

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from runtime.kernel.tables import REPLIES
from tests.browser.conftest import Seen
from tests.browser.scene import COMPLAINT, DISPUTE, DONE, ELSEWHERE, REFUSED, REVIEW, busy

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
UNFIT = """() => {
  const dialog = document.getElementById("dialog"), box = dialog.getBoundingClientRect(), found = [];
  const title = document.getElementById(dialog.getAttribute("aria-labelledby") ?? "")?.textContent.trim();
  if (!title) found.push("no name");
  if (box.left < 0 || box.right > innerWidth || dialog.scrollWidth > dialog.clientWidth) found.push("too wide");
  for (const each of dialog.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (![...each.labels].some((label) => label.textContent.trim())) found.push(`no label: ${each.name}`);
  return found;
}"""
WRITTEN = {"owed": "10", "letter": "LTR-26/1", "evidence": "BILL:7", "ground": "c", "reason": """it's <5, "so" said"""}
STANDS = re.compile(r"\b(?:WHY|AMOUNT|LETTER|REFERENCE|GROUND)(?!-)\b")


class Asked(NamedTuple):
    """A dialog: on which page, in which row, behind which button, and what has the focus first."""

    path: str
    about: str
    button: str
    first: str = "reason"


ASKED = (
    Asked("/work", REVIEW[:8], "Approve"),
    Asked("/work", REVIEW[:8], "Reject"),
    Asked("/work", DISPUTE[:8], "Fee stands"),
    Asked("/work", DISPUTE[:8], "Lower the fee", "owed"),
    Asked("/work", DISPUTE[:8], "Waive the fee"),
    Asked("/work", COMPLAINT[:8], "Note the answer", "letter"),
    Asked("/work", REFUSED[:8], "Try again"),
    Asked("/work", ELSEWHERE[:8], "Off elsewhere", "evidence"),
    Asked("/work", ELSEWHERE[:8], "Code dealt with elsewhere", "evidence"),
    Asked("/work", ELSEWHERE[:8], "Billed elsewhere", "evidence"),
    Asked("/work", ELSEWHERE[:8], "Not charged", "evidence"),
    Asked("/work", ELSEWHERE[:8], "Given back elsewhere", "evidence"),
    Asked("/work", ELSEWHERE[:8], "Give up the reopening"),
    Asked("/dead-letters", "", "Send selected again"),
    Asked("/dead-letters", "", "Discard selected"),
    Asked("/dead-letters", "", "Erase originals"),
    Asked(f"/requests/{DONE}", "", "Erase personal data", "ground"),
)


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


@pytest.fixture
def phone(chromium: Browser, scene: Seen) -> Iterator[Page]:
    nobody_has_decided(scene)
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    yield page
    page.close()


def nobody_has_decided(scene: Seen) -> None:
    with scene.host.store.transaction() as tx:
        tx.execute(sa.delete(REPLIES))


def opened_by_keyboard(page: Page, asked: Asked) -> Locator:
    """Returns what opened it."""
    if asked.path == "/dead-letters":
        page.locator("#dead-letters input[name=place]").first.check()
    row = page.locator(f"tr:has-text('{asked.about}')" if asked.about else "main")
    opener = row.locator("a.button, button", has_text=re.compile(f"^{asked.button}$"))
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#dialog [name={asked.first}]")).to_be_focused()
    return opener


def filled_in(page: Page) -> None:
    """As somebody types who has no mouse; an amount is read back before it is ordered."""
    for name, text in WRITTEN.items():
        field = page.locator(f"#dialog [name={name}]:visible")
        if field.count():
            field.focus()
            page.keyboard.type(text)
    page.keyboard.press("Tab")


def pressed(page: Page) -> None:
    page.locator("#dialog button[type=submit]").focus()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("path", sorted({asked.path for asked in ASKED}))
def test_a_dialog_takes_the_focus_fits_a_phone_loses_nothing_and_gives_the_focus_back_on_escape(
    phone: Page, scene: Seen, path: str
) -> None:
    phone.goto(f"{scene.address}{path}?lang=en")
    for asked in (each for each in ASKED if each.path == path):
        nobody_has_decided(scene)
        opener, dialog = opened_by_keyboard(phone, asked), phone.locator("#dialog")
        for _ in range(7):
            phone.keyboard.press("Tab")
            assert phone.evaluate(IN_DIALOG), asked
        filled_in(phone)
        command = dialog.locator(".command").inner_text()
        assert STANDS.findall(command) == [] and shlex.quote(WRITTEN["reason"]) in command, asked
        if asked.first == "owed":
            pressed(phone)
            expect(dialog.locator("#dialog-title")).to_be_focused()
        if asked.first != "ground":  # what may not be erased yet cannot be pressed
            pressed(phone)
            expect(dialog.locator("p[role=alert]")).to_contain_text("one line without <, > or @")
        expect(dialog.locator("[name=reason]")).to_have_value(WRITTEN["reason"])
        assert phone.evaluate(IN_DIALOG) and phone.evaluate(UNFIT) == [], asked
        phone.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(opener).to_be_focused()


def test_an_order_that_nobody_answers_keeps_its_words_and_its_effect_is_followed_with_the_focus_left_alone(
    phone: Page, scene: Seen
) -> None:
    retry, dialog = ASKED[6], phone.locator("#dialog")
    phone.goto(f"{scene.address}/work?lang=en")
    opened_by_keyboard(phone, retry)
    phone.keyboard.type("checked by phone")
    phone.route("**/orders?*", lambda route: route.abort())
    pressed(phone)
    expect(dialog.locator("p[role=alert]")).to_contain_text("what you wrote is still here")
    phone.unroute("**/orders?*")
    pressed(phone)
    expect(dialog.locator("#dialog-title")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Tab")
    with phone.expect_response("**/orders/*-*"):  # it is asked again every second
        pass
    phone.wait_for_timeout(100)
    expect(dialog.get_by_role("link", name="Close")).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone.locator("#content")).to_be_focused()


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
