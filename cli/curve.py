"""The same end on different days as a picture: the fee, the regular fees until then, the cheapest day marked."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cli.presentation import local_time
from cli.screen import Screen
from policies.amounts import currency_name, number

FEE, REGULAR = "█", "░"
CHEAPEST, LOWEST = "★", "▼"
SHORTEST_BAR, LONGEST_BAR = 8, 40
DAY = len("2026-03-01")
Point = dict[str, Any]


def curve(points: Sequence[Point], screen: Screen, width: int, zone: str = "") -> Iterator[RenderableType]:
    """A line a date, each a day of `zone`, with its bar, fitted into `width` columns; then what the signs mean."""
    if not points:
        return
    words = screen.words
    currency = str(points[0]["fee"]["currency"])
    days_of = f", {zone}" if zone else ""
    title = words(
        f"\n各日期终止的费用（{currency_name(currency, 'zh')}{days_of}）",
        f"\nWhat it costs on other dates ({currency}{days_of})",
    )
    yield Text(title, style="bold")
    rows = [_cells(point, zone) for point in points]
    heads = _heads(screen)
    if all(row[1] == row[2] for row in rows):  # nobody has to wait: one date says it
        rows, heads = [(row[0], *row[2:]) for row in rows], (heads[0], *heads[2:])
    yield _table(points, rows, heads, width)
    yield Text(
        words(
            f"{FEE} 终止费用  {REGULAR} 至终止前的常规费用  {CHEAPEST} 合计最低  {LOWEST} 终止费用最低",
            f"{FEE} fee  {REGULAR} regular fees until then  {CHEAPEST} cheapest altogether  {LOWEST} lowest fee",
        )
    )


def _heads(screen: Screen) -> tuple[str, ...]:
    return ("", *screen.words("希望终止 实际终止 费用 常规费用 合计", "wished ends fee regular altogether").split())


def _cells(point: Point, zone: str) -> tuple[str, ...]:
    mark = (CHEAPEST if point["cheapest"] else "") + (LOWEST if point["lowest_fee"] else "")
    days = (_day(point["requested_end"], zone), _day(point["service_end"], zone))
    return (mark, *days, *(_number(point[name]) for name in ("fee", "regular_fees", "altogether")))


def _table(points: Sequence[Point], rows: Sequence[tuple[str, ...]], heads: tuple[str, ...], width: int) -> Table:
    shown = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for head in heads:
        shown.add_column(head, justify="left" if head in heads[: len(heads) - 3] else "right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    columns = zip(heads, *rows, strict=True)
    taken = sum(max(Text(cell).cell_len for cell in column) + 1 for column in columns)
    room = max(SHORTEST_BAR, min(LONGEST_BAR, width - taken))
    highest = max((_minor(point) for point in points), default=0)
    for point, row in zip(points, rows, strict=True):
        shown.add_row(*row, _bar(point, highest, room), style="bold" if point["cheapest"] else None)
    return shown


def _bar(point: Point, highest: int, room: int) -> Text:
    """Parts of one scale: the longest bar is the dearest date."""
    whole = _scaled(_minor(point), highest, room)
    fee = min(whole, _scaled(max(0, point["fee"]["minor"]), highest, room))
    return Text(FEE * fee + REGULAR * (whole - fee))


def _scaled(minor: int, highest: int, room: int) -> int:
    """What is more than nothing is seen."""
    return max(1, round(minor * room / highest)) if minor > 0 and highest > 0 else 0


def _minor(point: Point) -> int:
    return max(0, int(point["altogether"]["minor"]))


def _number(money: dict[str, Any]) -> str:
    return number(money["minor"], money["currency"])


def _day(moment: str, zone: str) -> str:
    return local_time(moment, zone)[:DAY]
