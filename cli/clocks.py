"""`tuiding clocks`: the promises of one request, or what is late or due soon across all of them."""

from collections.abc import Iterable
from typing import Annotated, Any

import typer
from rich.table import Table

from cli import doors
from cli.command import command
from cli.presentation import local_time, plain, table
from cli.screen import Screen

app = typer.Typer()
GROUPS = ("late", "hour", "today")
STILL_ON = (*GROUPS, "running")
UNITS = ((86_400, "d", "天"), (3_600, "h", "小时"), (60, "m", "分"), (1, "s", "秒"))
Row = dict[str, Any]


@command(app)
def clocks(
    screen: Screen,
    request: Annotated[str | None, typer.Argument(metavar="[REQUEST]", help="Default: what is due of all.")] = None,
) -> None:
    """Every promise with a time in it: since when, due when, kept or late, and what follows."""
    if request is None:
        _due(screen)
        return
    found = doors.console(screen).get(f"/v1/requests/{request}").get("clocks") or []
    screen.result({"request_id": request, "clocks": found}, _of_one(found, screen) if found else _none(screen))
    screen.next(f"tuiding trace {request}")


def _due(screen: Screen) -> None:
    found = doors.console(screen).get("/v1/clocks")
    rows = [each for group in GROUPS for each in found.get(group) or ()]
    screen.result(found, _of_all(rows, screen) if rows else _none(screen))
    if found.get("more"):
        screen.say(screen.words("仅显示最早到期的部分。", "Only the earliest are shown."))
    screen.next(f"tuiding clocks {rows[0]['request_id']}" if rows else "tuiding lag")


def _none(screen: Screen) -> str:
    return screen.words("没有到期事项。", "Nothing is late or due today.")


def _of_all(rows: Iterable[Row], screen: Screen) -> Table:
    heads = screen.words("状态 剩余 到期 时限 责任方 申请", "state left due clock owed_by request").split()
    cells = (
        (_state(row, screen), _left(row, screen), _at(row["due"]), *_named(row, screen), row["request_id"])
        for row in rows
    )
    return table(cells, *(head.replace("_", " ") for head in heads))


def _of_one(rows: Iterable[Row], screen: Screen) -> Table:
    heads = screen.words("时限 责任方 开始 到期 状态 剩余", "clock owed_by began due state left").split()
    cells = (
        (*_named(row, screen), _at(row["started"]), _at(row["due"]), _state(row, screen), _left(row, screen))
        for row in rows
    )
    return table(cells, *(head.replace("_", " ") for head in heads))


def _named(row: Row, screen: Screen) -> tuple[str, str]:
    return plain(row.get("title"), screen.language), plain(row.get("owed_by_text"), screen.language)


def _state(row: Row, screen: Screen) -> str:
    """With what the carrier does about it where it is late."""
    text = plain(row.get("state_text"), screen.language)
    remedy = (row.get("remedy") or {}).get("what")
    return f"{text}: {plain(remedy, screen.language)}" if remedy and row.get("state") == "late" else text


def _at(text: str) -> str:
    return local_time(text, to="minutes")


def _left(row: Row, screen: Screen) -> str:
    """`3h`, or `-2d` when it is two days too late; empty where nothing runs any more."""
    if row.get("state") not in STILL_ON:
        return ""
    seconds = int(row["seconds_left"])
    size, en, zh = next((each for each in UNITS if abs(seconds) >= each[0]), UNITS[-1])
    return f"{'-' if seconds < 0 else ''}{abs(seconds) // size}{screen.words(zh, en)}"
