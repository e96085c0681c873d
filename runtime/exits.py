"""Cleans text that others wrote before it reaches a terminal, a log, a page, JSON for people or a topic.

At the exits, not field by field: a field nobody thought of is cleaned as well.
"""

import re
from collections.abc import Callable
from typing import Any

from contracts.personal import masked

# Control and format characters: they move a cursor, set a title, fill a clipboard, turn a line around.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f]"
)
DEEPEST = 100
LONGEST_REMARK = 300


def visible(text: str) -> str:
    r"""`ESC` -> `\x1b`: what would act on the reader's screen is shown instead."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def clean(text: str) -> str:
    """Visible, and nobody's phone, identity number or address."""
    return visible(masked(text))


def remark(text: str) -> str:
    """Somebody else's words where ours are kept: clean, on one line, cut."""
    return clean(" ".join(text[: 4 * LONGEST_REMARK].split()))[:LONGEST_REMARK]


def for_people(value: Any, made: Callable[[str], str] = clean, depth: int = 0) -> Any:
    """The same for all texts in it, names of fields included."""
    if isinstance(value, str):
        return made(value)
    if depth > DEEPEST:
        return "..."
    if isinstance(value, dict):
        return {for_people(name, made, depth): for_people(each, made, depth + 1) for name, each in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(for_people(each, made, depth + 1) for each in value)
    if isinstance(value, list | tuple):
        return [for_people(each, made, depth + 1) for each in value]
    return value
