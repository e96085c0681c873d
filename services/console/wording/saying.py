"""How a page says lengths and moments of time, in the reader's language and the operator's zone."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

DAY, HOUR, MINUTE = 86_400, 3_600, 60
UNITS = ((DAY, "天", "d"), (HOUR, "小时", "h"), (MINUTE, "分", "min"), (1, "秒", "s"))
TWO_UNITS_BELOW = 10  # `3 min 40 s`, but `12 min`


def moment_of(value: Any) -> datetime | None:
    """A time of the JSON answers, or one already read; nothing for what is none."""
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value) if value else None
    except (ValueError, TypeError):
        return None


def span(seconds: float, language: str) -> str:
    """`45 s`, `3 min 40 s`, `12 min`, `-3 h`; minus: so much too late."""
    sign, rest = ("-" if seconds < 0 else ""), int(abs(seconds))
    for number, (size, *_) in enumerate(UNITS):
        if rest >= size or size == 1:
            said = [_counted(rest // size, number, language)]
            smaller = rest % size // UNITS[number + 1][0] if size > 1 else 0
            if smaller and rest // size < TWO_UNITS_BELOW:
                said.append(_counted(smaller, number + 1, language))
            return sign + ("" if language == "zh" else " ").join(said)
    return f"{sign}{rest}"


def _counted(number: int, unit: int, language: str) -> str:
    _, zh, en = UNITS[unit]
    return f"{number}{zh}" if language == "zh" else f"{number} {en}"


def ago(value: Any, language: str) -> str:
    at = moment_of(value)
    return span(max(0.0, (datetime.now(UTC) - at).total_seconds()), language) if at else ""


def at(value: Any, zone: ZoneInfo) -> str:
    """`14:02:07` today, `11-27 14:02` this year, `2025-11-27` before."""
    moment = moment_of(value)
    if moment is None:
        return ""
    local, now = moment.astimezone(zone), datetime.now(zone)
    if local.date() == now.date():
        return local.strftime("%H:%M:%S")
    return local.strftime("%m-%d %H:%M" if local.year == now.year else "%Y-%m-%d")


def along(value: datetime, seconds: float, zone: ZoneInfo) -> str:
    """As a mark on an axis so long: one form for all of them, whichever day is today."""
    form = "%H:%M:%S" if seconds < HOUR else "%m-%d %H:%M" if seconds < 180 * DAY else "%Y-%m-%d"
    return value.astimezone(zone).strftime(form)


def rate(number: float) -> str:
    """So many a second: `0`, `0.4`, `12`, `1,204`."""
    return f"{number:.1f}" if 0 < number < TWO_UNITS_BELOW else f"{number:,.0f}"


def zone_name(zone: ZoneInfo) -> str:
    """`UTC+8`."""
    offset = datetime.now(zone).utcoffset()
    minutes = int(offset.total_seconds() // MINUTE) if offset else 0
    hours, rest = divmod(abs(minutes), MINUTE)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


RECORDS_WAIT = ("{} 条记录在等", "{} record waits", "{} records wait")
COUNTED = {  # what waits because of a finding; else requests
    "carrier": ("{} 次调用在等", "{} call waits", "{} calls wait"),
    **dict.fromkeys(("silent", "stalled", "slow", "uncommitted", "kept-back"), RECORDS_WAIT),
    "letters": ("{} 条记录", "{} record", "{} records"),
    "late": ("{} 件申请", "{} request", "{} requests"),
    "person": ("{} 件待答复", "{} case", "{} cases"),
}


def waiting(number: int, kind: str, language: str) -> str:
    zh, one, more = COUNTED.get(kind, ("{} 件在等", "{} waits", "{} wait"))
    return (zh if language == "zh" else one if number == 1 else more).format(f"{number:,}")
