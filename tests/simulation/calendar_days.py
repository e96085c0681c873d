"""Days on which counting days goes wrong, where the pack's clocks stand."""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def special(now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    return _special(now.astimezone(zone).date(), zone)


@cache
def _special(day: date, zone: ZoneInfo) -> tuple[str, ...]:
    found = {
        "month end": (day + DAY).day == 1,
        "29 February": (day.month, day.day) == (2, 29),
        "clocks change": _midnight(day, zone).utcoffset() != _midnight(day + DAY, zone).utcoffset(),
    }
    return tuple(name for name, true in found.items() if true)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
