"""Days and months between two dates, as contracts count them; the second date is not counted (FV-12, FV-13, FV-43).

One function says which day is so many months later (`months_later`); every count of months is its inverse.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DAY = timedelta(days=1)
HALF_MONTH = 15  # days beyond the last completed month that make a half month
HALF = Decimal("0.5")


def days_between(start: date, end: date) -> int:
    return (end - start).days


def completed_months(start: date, end: date) -> int:
    """How often a month can be added before `end` is passed: 31 August to 28 February is six; below zero before."""
    months = calendar_months(start, end)
    return months - (months_later(start, months) > end)


def started_months(start: date, end: date) -> int:
    """A month that has begun counts: 1 January to 2 February is two."""
    done = completed_months(start, end)
    return done + (months_later(start, done) < end)


def calendar_months(start: date, end: date) -> int:
    """The names of the months only: 31 January to 1 February is one."""
    return (end.year - start.year) * 12 + end.month - start.month


def half_months(start: date, end: date) -> Decimal:
    """In months: 6.5 when at least 15 days have passed since the sixth completed month, else 6."""
    done = completed_months(start, end)
    beyond = days_between(months_later(start, done), end)
    return done + (HALF if beyond >= HALF_MONTH else Decimal(0))


def started_half_months(start: date, end: date) -> Decimal:
    """A half that has begun counts: one day beyond the sixth month is 6.5, sixteen days are 7."""
    done = completed_months(start, end)
    beyond = days_between(months_later(start, done), end)
    return done + HALF * (-(-min(beyond, HALF_MONTH + 1) // HALF_MONTH))


def days_of_30(start: date, end: date) -> int:
    """Every month has 30 days, the 31st is the 30th (30/360, European)."""
    months = calendar_months(start, end)
    return months * 30 + min(end.day, 30) - min(start.day, 30)


def months_later(day: date, months: int) -> date:
    """The same day of the month, or its last one where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def days_in_month(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def next_month(day: date) -> date:
    """The first day of the month after."""
    return months_later(day.replace(day=1), 1)


def local_day(moment: datetime, time_zone: str) -> date:
    """The day it was where the customer is (FV-33)."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


ZONES = cache(available_timezones)  # it looks at hundreds of files


def known_zone(name: str) -> str:
    """For validators."""
    if name not in ZONES():
        raise ValueError(f"there is no time zone {name!r}; one is Asia/Shanghai")
    return name
