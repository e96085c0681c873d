"""What is true of every page in both languages and on every screen."""

from playwright.sync_api import Page

WORDS = """() => {
  const kept = "code, pre, [lang=en], [hreflang], svg, script, noscript, style, input, option, time, .id, .letter";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement, said = walker.currentNode.data;
    if (!holder.closest(kept) && /[A-Za-z]{2,}/.test(said.replace("Kafka", ""))) found.push(said.trim());
  }
  return found;
}"""


def untranslated(page: Page) -> list[str]:
    """Latin words on a Chinese page, outside of code, of what is said to be English, and of the broker's own name."""
    found: list[str] = page.evaluate(WORDS)
    return found


def wider_than_its_screen(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    return wider
