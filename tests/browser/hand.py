"""A hand at the console: presses and keys are counted, and what somebody reads who has never seen the page."""

import re

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 150
# Seconds: the Keystroke-Level Model (Card, Moran and Newell) for a press and a key, skimming (Carver) for a word.
A_PRESS, A_KEY, A_WORD = 1.3, 0.28, 0.13
ABOVE = """(target) => {
  const walk = document.createTreeWalker(target.closest("dialog") || document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const holder = walk.currentNode.parentElement, box = holder.getBoundingClientRect();
    const behind = target.compareDocumentPosition(holder) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (behind && !target.contains(holder)) break;
    if (holder.closest("script, style, option, pre, .id, [hidden]") || !box.width || box.bottom < 0) continue;
    found.push(walk.currentNode.data.trim());
  }
  return found;
}"""
WORD = re.compile(r"[^\W\d_]{2,}")  # nobody reads the figures of rows that are not looked for


class Hand:
    """With the mouse; or with Tab, Enter and the space bar alone, as nobody's focus jumps. Typing is no press."""

    def __init__(self, page: Page, with_keyboard: bool) -> None:
        self.page, self.with_keyboard = page, with_keyboard
        self.presses = self.keys = 0
        self.read = set[str]()  # a head that stands on every page is read once

    @property
    def words(self) -> int:
        return sum(len(WORD.findall(text)) for text in self.read)

    @property
    def strangers_seconds(self) -> float:
        """What somebody needs who skims everything above what is pressed, on every page on the way."""
        by_hand = self.keys * A_KEY if self.with_keyboard else self.presses * A_PRESS + self.keys * A_KEY
        return by_hand + self.words * A_WORD

    def press(self, what: Locator) -> None:
        expect(what).to_be_visible()
        self.presses += 1
        self.read |= set(what.evaluate(ABOVE))
        if self.with_keyboard:
            self._tab_to(what)
            self._key("Space" if what.get_attribute("type") == "checkbox" else "Enter")
        else:
            what.click()

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text)

    def menu(self, name: str) -> None:
        self.press(self.page.locator("#menu").get_by_role("link", name=re.compile(rf"^{name}( \d+)?$")))

    def order(self) -> None:
        """Says why in the dialog, and orders."""
        dialog = self.page.locator("#dialog")
        expect(dialog.locator(".command").first).to_contain_text("tuiding ")
        reason = dialog.locator("[name=reason]")
        expect(reason).to_be_focused()
        self.type("checked by phone")
        self.press(dialog.locator("button[type=submit]"))
        expect(dialog.locator(".steps")).to_be_visible()

    def _tab_to(self, what: Locator) -> None:
        if what.evaluate("(each) => document.activeElement === document.body && !!each.closest('#content')"):
            self._key("Tab")  # the way past the head, which stands first on every page
            self._key("Enter")
        for _ in range(MOST_TABS):
            if what.evaluate("(each) => each === document.activeElement"):
                return
            self._key("Tab")
        raise AssertionError(f"{MOST_TABS} tabs do not lead to {what}")

    def _key(self, name: str) -> None:
        self.page.keyboard.press(name)
        self.keys += 1
