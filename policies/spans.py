"""How long a promise is, as a business person writes it: `P2D`, `5 working days`, `5 months`; and when it is due."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, PlainValidator, TypeAdapter, ValidationError

from contracts.words import Text, Value
from policies.rules.calendars import Calendar, is_weekday, next_working_day
from policies.rules.dates import DAY, months_later
from policies.rules.instants import at_wall_time, end_of_month, last_day

MOST_MONTHS, MOST_WORKING_DAYS, MOST_DAYS = 1200, 1000, 36_600
MOVED = "or the next working day"
TO_MONTH_END = "to the end of the month"
LAST_SECOND = time(23, 59, 59)  # a letter that says the day says the right one
WORDS = re.compile(r"(\d{1,9}) (working day|month)s?")
ISO_MONTHS = re.compile(r"P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?")
ISO_MIXED = re.compile(r"P\d.*[YM].*", re.ASCII)  # a year or a month beside days
ALLOWED = "write a duration such as P30D or PT48H, `5 working days`, or `5 months`"
_DURATION = TypeAdapter(timedelta)


class Months(Value):
    """Calendar months: the same day and time so many months on, or the last day of a shorter month."""

    months: Annotated[int, Field(ge=1, le=MOST_MONTHS)]


class WorkingDays(Value):
    """Whole working days after the day it begins on; due when the last of them ends."""

    working_days: Annotated[int, Field(ge=1, le=MOST_WORKING_DAYS)]


class Days(timedelta):
    """Written with a day or a week in it: the same time on the clock so many days on, whatever the clocks do."""


class OrNextWorkingDay(Value):
    """Days or months; where they end on a day that is not worked, at the end of the next one that is."""

    span: timedelta | Months


class ToMonthEnd(Value):
    """Days or months, and on from there to the end of the month in which they end."""

    span: timedelta | Months


Length = timedelta | Months | WorkingDays | OrNextWorkingDay | ToMonthEnd


def read_span(value: Any) -> Length:
    """Raises `ValueError` with what may be written instead."""
    if isinstance(value, str):
        value = _from_words(value.strip())
    if not isinstance(value, Length):
        raise ValueError(f"{value!r} is no duration: {ALLOWED}")
    if isinstance(value, timedelta) and value < timedelta(0):
        raise ValueError("a duration is never negative")
    if isinstance(value, timedelta) and value > timedelta(days=MOST_DAYS):
        raise ValueError(f"{value.days} days: allowed are at most {MOST_DAYS}, a hundred years")
    return value


def _from_words(text: str) -> Length:
    if text.endswith(MOVED):
        return _moved(_from_words(text.removesuffix(MOVED).strip()), text)
    if text.endswith(TO_MONTH_END):
        return _to_month_end(_from_words(text.removesuffix(TO_MONTH_END).strip()), text)
    if found := WORDS.fullmatch(text):
        return _counted(int(found[1]), found[2])
    if (found := ISO_MONTHS.fullmatch(text)) and any(found.groups()):
        return _counted(12 * int(found[1] or 0) + int(found[2] or 0), "month")
    if ISO_MIXED.fullmatch(text.partition("T")[0]):
        raise ValueError(f"{text!r} mixes months with days: {ALLOWED}")
    try:
        span = _DURATION.validate_python(text)
        return span if text.startswith("PT") else Days(span.days, span.seconds, span.microseconds)
    except ValidationError:
        raise ValueError(f"{text!r} is no duration: {ALLOWED}") from None


def _moved(span: Length, text: str) -> OrNextWorkingDay:
    if isinstance(span, Months) or (isinstance(span, Days) and span):
        return OrNextWorkingDay(span=span)
    raise ValueError(f"{text!r}: only days and months end on a day that may be free, such as `P14D {MOVED}`")


def _to_month_end(span: Length, text: str) -> ToMonthEnd:
    if isinstance(span, Months | Days):
        return ToMonthEnd(span=span)
    raise ValueError(f"{text!r}: only days and months go on to the end of a month, such as `3 months {TO_MONTH_END}`")


def _counted(number: int, unit: str) -> Months | WorkingDays:
    most = MOST_MONTHS if unit == "month" else MOST_WORKING_DAYS
    if not 1 <= number <= most:
        raise ValueError(f"{number} {unit}s: allowed are 1 to {most}; for none at all write P0D")
    return Months(months=number) if unit == "month" else WorkingDays(working_days=number)


Span = Annotated[Length, PlainValidator(read_span)]


def due(start: datetime, span: Length, zone: ZoneInfo, calendar: Calendar | None) -> datetime:
    """The moment in UTC. Of days the calendar does not know, Monday to Friday are worked (`policies/README.md`)."""
    if isinstance(span, OrNextWorkingDay):
        return _on_a_working_day(due(start, span.span, zone, calendar), zone, calendar)
    if isinstance(span, ToMonthEnd):
        return end_of_month(due(start, span.span, zone, calendar), zone)
    local = start.astimezone(zone)
    if isinstance(span, Months):
        return at_wall_time(months_later(local.date(), span.months), local.time(), zone)
    if isinstance(span, WorkingDays):
        last = _working_days_later(local.date(), span.working_days, calendar)
        return at_wall_time(last, LAST_SECOND, zone)
    if isinstance(span, Days) and span.days:
        whole = timedelta(days=span.days)
        return at_wall_time(local.date() + whole, local.time(), zone) + (span - whole)
    return start + span


def _on_a_working_day(end: datetime, zone: ZoneInfo, calendar: Calendar | None) -> datetime:
    last = last_day(end, zone)
    worked = next_working_day(last, calendar)
    return end if worked == last else at_wall_time(worked, LAST_SECOND, zone)


def _working_days_later(day: date, left: int, calendar: Calendar | None) -> date:
    while left:
        day += DAY
        left -= calendar.works(day) if calendar else is_weekday(day)
    return day


def spans_of(clocks: BaseModel, *above: str) -> Iterator[tuple[tuple[str, ...], Length]]:
    """Every span in a model of clocks, with its place: `("notice_period", "line", "inside_contract")`."""
    for name, value in clocks:
        yield from _inside(value, (*above, name))


def _inside(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Length):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _inside(each, (*place, str(key)))
    elif isinstance(value, BaseModel):
        yield from spans_of(value, *place)


def in_days(span: Length) -> timedelta:
    """About how long it is, to compare it with a number of days: a month as 30, five working days as a week."""
    if isinstance(span, OrNextWorkingDay):
        return in_days(span.span)
    if isinstance(span, ToMonthEnd):
        return in_days(span.span) + timedelta(days=30)  # at worst
    if isinstance(span, Months):
        return timedelta(days=30 * span.months)
    if isinstance(span, WorkingDays):
        weeks, days = divmod(span.working_days, 5)
        return timedelta(days=7 * weeks + days)
    return span


UNITS = ((86400, 3, "天", "day"), (3600, 1, "小时", "hour"), (60, 1, "分钟", "minute"), (1, 0, "秒", "second"))


def said(span: Length) -> Text:
    """90 天, 48 hours, 5 working days: in the largest unit that needs no fraction, days from three on."""
    if isinstance(span, OrNextWorkingDay):
        inner = said(span.span)
        return Text(zh=f"{inner.zh}（遇休息日顺延至下一工作日）", en=f"{inner.en} (or the next working day)")
    if isinstance(span, ToMonthEnd):
        inner = said(span.span)
        return Text(zh=f"{inner.zh}，至当月月末", en=f"{inner.en}, to the end of the month")
    if isinstance(span, Months):
        return _said(span.months, "个月", "month")
    if isinstance(span, WorkingDays):
        return _said(span.working_days, "个工作日", "working day")
    seconds = int(span.total_seconds())
    size, _, zh, en = next(unit for unit in UNITS if seconds % unit[0] == 0 and seconds // unit[0] >= unit[1])
    return _said(seconds // size, zh, en)


def _said(count: int, zh: str, en: str) -> Text:
    return Text(zh=f"{count} {zh}", en=f"{count} {en}{'' if count == 1 else 's'}")
