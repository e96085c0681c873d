"""Cleans text that others wrote before it reaches a terminal, a log, a page, JSON for people or a topic.

At the exits, not field by field: a field nobody thought of is cleaned as well.
"""

from collections.abc import Callable
from typing import Any

from contracts import visible as seen
from contracts.personal import masked

clean, visible = seen.clean, seen.visible
DEEPEST = 100
LONGEST_REMARK, LONGEST_NUMBER = 300, 100


def one_line(text: str) -> str:
    """The same for what must stay one line: of a log, of what a terminal shows record by record."""
    return seen.on_one_line(masked(text))


def cut(text: str, longest: int) -> str:
    """The beginning of it, masked: no number is cut in two, of which neither half looks like one."""
    return masked(text[: longest + LONGEST_NUMBER])[:longest]


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
