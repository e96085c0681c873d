"""A day typed at the command line is a day of the rules, wherever it is typed."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import typer

from cli.doors import Door
from cli.failure import Exit, Failure, in_words
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
    return [_moment(screen, each, there).isoformat() if each else None for each in typed]


def _moment(screen: Screen, typed: datetime, there: ZoneInfo | None) -> datetime:
    """A day that begins without its midnight begins with its first moment; an hour that is not there is no moment."""
    if typed.tzinfo or there is None:
        return typed
    early, late = (typed.replace(tzinfo=there, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset() or typed.time() == time():
        return early
    raise _not_one_moment(screen, typed, there, sorted((early.astimezone(UTC), late.astimezone(UTC))))


def _not_one_moment(screen: Screen, typed: datetime, there: ZoneInfo, either: list[datetime]) -> Failure:
    offered = [each.astimezone(there) for each in either]
    twice = offered[0].replace(tzinfo=None) == typed
    zh, en = ("出现两次", "comes twice") if twice else ("不存在", "does not exist")
    said = screen.words(
        f"{there.key} 当天调整时钟，{typed.isoformat()} {zh}。",
        f"{typed.isoformat()} {en} in {there.key}: the clocks change on that day.",
    )
    first, second = (each.isoformat() for each in offered)
    how = screen.words(f"请写明时差：{first} 或 {second}。", f"Write it with its offset: {first} or {second}.")
    return Failure(Exit.USAGE, said, how)


def _zone(screen: Screen, door: Door, wish: dict[str, Any]) -> ZoneInfo:
    how = screen.words(f"也可以写明时差，例如 {WITH_OFFSET}。", f"Or write it with its offset, such as {WITH_OFFSET}.")
    try:
        zone = str(door.post("/v1/quotes", wish).get("time_zone"))
    except Failure as no:
        raise Failure(no.exit_code, no.sentence, f"{in_words(no.hint, screen.language)} {how}".strip(), no.code) from no
    if not known_zone(zone):
        raise Failure(Exit.FAILED, screen.words("不知道规则的时区。", "The rules' time zone is not known."), how)
    return ZoneInfo(zone)
