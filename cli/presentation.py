"""Any answer of our doors as something a person can read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from rich import box
from rich.table import Table

from cli.doors import in_language
from policies.amounts import amount

MONEY, BOTH_LANGUAGES = {"minor", "currency"}, {"zh", "en"}


def table(rows: Iterable[Sequence[Any]], *headings: str, language: str = "en") -> Table:
    shown = Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False, show_header=bool(headings))
    for row in rows:
        shown.add_row(*(plain(cell, language) for cell in row))
    return shown


def details(data: dict[str, Any], language: str) -> Table:
    """`quote.total  365.00 CNY`, one line a fact, empty ones left out."""
    shown = Table.grid(padding=(0, 2))
    for name, value in _facts(data, ""):
        if value not in (None, "", [], {}):
            shown.add_row(name, plain(value, language))
    return shown


def plain(value: Any, language: str) -> str:
    if isinstance(value, dict):
        if value.keys() == MONEY:
            return amount(value, language)
        if value.keys() == BOTH_LANGUAGES:
            return in_language(value, language)
        return ", ".join(f"{name} {plain(each, language)}" for name, each in value.items() if each not in (None, []))
    if isinstance(value, list | tuple):
        return "\n".join(plain(each, language) for each in value)
    if isinstance(value, bool):
        return {"zh": ("否", "是"), "en": ("no", "yes")}[language][value]
    return "" if value is None else local_time(value) if isinstance(value, str) else str(value)


def local_time(text: str, zone: str = "", to: str = "seconds") -> str:
    """A time on the wire in that zone, else in the reader's own, with the name of it; any other text as it is."""
    if len(text) < len("2026-03-01T00:00") or text[4:5] + text[7:8] + text[10:11] != "--T":
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if not moment.tzinfo:
        return text
    known = known_zone(zone)
    local = moment.astimezone(ZoneInfo(zone) if known else None)
    return f"{local.replace(tzinfo=None).isoformat(' ', to)} {zone if known else _offset(local)}"


def known_zone(name: str) -> bool:
    return name in _zones()


@cache
def _zones() -> set[str]:
    return available_timezones()


def _offset(local: datetime) -> str:
    """`UTC+08:00`: the short names of zones, such as CST, stand for several."""
    written = local.isoformat()[-len("+08:00") :]
    return f"UTC{written}" if local.utcoffset() else "UTC"


def _facts(data: dict[str, Any], above: str) -> Iterable[tuple[str, Any]]:
    for name, value in data.items():
        nested = isinstance(value, dict) and value.keys() not in (MONEY, BOTH_LANGUAGES)
        if nested:
            yield from _facts(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
