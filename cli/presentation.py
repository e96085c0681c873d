"""Any answer of our doors as something a person can read."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.doors import in_language
from policies.amounts import amount

BOUNDLESS, WRAPPED = 10_000, 24  # columns: of a page without end, of a sentence that is wrapped
GAP, MARGIN = 2, 20  # between a name and its value; the least room that a sentence gets
OWN_WORD = re.compile(r"[!-~]+")  # what must not be broken; Chinese may be, anywhere
MONEY, BOTH_LANGUAGES = {"minor", "currency"}, {"zh", "en"}


class Facts:
    """`name  value`, one line a fact; where a value has no room beside its name, below it: nothing is cut."""

    def __init__(self, rows: Sequence[tuple[str, str]]) -> None:
        self.rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.rows:
            return
        if self._beside() <= options.max_width:
            grid = Table.grid(padding=(0, GAP))
            grid.add_column(no_wrap=True)
            grid.add_column(overflow="fold")
            for name, value in self.rows:
                grid.add_row(name, value)
            yield grid
            return
        for name, value in self.rows:
            yield Text(name)
            yield Text(value, overflow="fold")

    def _beside(self) -> int:
        """Columns that the names and the longest word that must not be broken take."""
        words = (cell_len(word) for _, value in self.rows for word in OWN_WORD.findall(value))
        return max(cell_len(name) for name, _ in self.rows) + GAP + max(MARGIN, *words, 0)


class Sheet(Table):
    """A table; on a terminal too narrow for it a card a row, so that nothing is cut that somebody copies."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self.columns and not self._fits(console, options):
            yield from self._cards()
        else:
            yield from super().__rich_console__(console, options)

    def _fits(self, console: Console, options: ConsoleOptions) -> bool:
        """Only what stands last, mostly a sentence, may be wrapped, and only between its words."""
        widest = [max(map(cell_len, self._lines(number))) for number in range(len(self.columns))]
        whole = Measurement.get(console, options.update(width=BOUNDLESS, max_width=BOUNDLESS), self).maximum
        words = (cell_len(word) for line in self._lines(-1) for word in OWN_WORD.findall(line))
        for column in self.columns[:-1]:
            column.no_wrap = True
        return whole - widest[-1] + min(widest[-1], max(WRAPPED, *words, 0)) <= options.max_width

    def _lines(self, number: int) -> list[str]:
        column = self.columns[number]
        return [line for each in (column.header, *column.cells) for line in str(each).splitlines() or [""]]

    def _cards(self) -> RenderResult:
        for row in zip(*(column.cells for column in self.columns), strict=True):
            yield ""
            yield Facts([(str(each.header), str(cell)) for each, cell in zip(self.columns, row, strict=True) if cell])


def table(rows: Iterable[Sequence[Any]], *headings: str, language: str = "en") -> Table:
    shown = Sheet(*headings, box=box.SIMPLE_HEAD, pad_edge=False, show_header=bool(headings))
    for row in rows:
        shown.add_row(*(plain(cell, language) for cell in row))
    return shown


def details(data: dict[str, Any], language: str) -> Facts:
    """`quote.total  CNY 365.00`, one line a fact, empty ones left out."""
    told = ((name, value) for name, value in _facts(data, "") if value not in (None, "", [], {}))
    return Facts([(name, plain(value, language)) for name, value in told])


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
