"""What is true of every page in both languages and on every screen."""

from playwright.sync_api import Page

WORDS = """() => {
  const kept = "code, pre, [lang=en], [hreflang], svg, script, noscript, style, input, option, time, .id, .letter";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest(kept) && /[A-Za-z]{2,}/.test(text.data)) found.push(text.data.trim());
  }
  return found;
}"""


def untranslated(page: Page) -> list[str]:
    """Latin words on a Chinese page, outside of code and of what is said to be English."""
    found: list[str] = page.evaluate(WORDS)
    return found


def wider_than_its_screen(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider
