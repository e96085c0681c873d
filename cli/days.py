"""A day typed at the command line is a day of the rules, wherever it is typed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import typer

from cli.doors import Door
from cli.failure import Exit, Failure
from cli.presentation import known_zone
from cli.screen import Screen

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
WITH_OFFSET = "2027-03-01T00:00:00+08:00"


def day(what: str) -> Any:
    """An option that takes one."""
    return typer.Option(formats=FORMATS, help=f"{what} In the rules' time zone, unless an offset is written.")


def in_zone_of_rules(
    screen: Screen, door: Door, wish: dict[str, Any], typed: Sequence[datetime | None]
) -> list[str | None]:
    """Only a quote tells the zone: it is asked for without the days, and not where each day has its own offset."""
    there = _zone(screen, door, wish) if any(each and each.tzinfo is None for each in typed) else None
    return [(each if each.tzinfo else each.replace(tzinfo=there)).isoformat() if each else None for each in typed]


def _zone(screen: Screen, door: Door, wish: dict[str, Any]) -> ZoneInfo:
    how = screen.words(f"也可以写明时差，例如 {WITH_OFFSET}。", f"Or write it with its offset, such as {WITH_OFFSET}.")
    try:
        zone = str(door.post("/v1/quotes", wish).get("time_zone"))
    except Failure as no:
        raise Failure(no.exit_code, no.sentence, f"{no.hint} {how}".strip(), no.code) from no
    if not known_zone(zone):
        raise Failure(Exit.FAILED, screen.words("不知道规则的时区。", "The rules' time zone is not known."), how)
    return ZoneInfo(zone)
