"""A stretch of time in months and parts of months: by the months of a term, or by the names of the months."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Literal

from policies.rules.dates import completed_months, days_between, days_in_month, months_later, next_month

DaysOf = Literal["month-of-the-term", "month-of-the-calendar"]
Part = tuple[date, int, int]  # so many days of so many, from that day on; a whole month is one of one, or all its days


def parts_between(start: date, end: date, days_of: DaysOf) -> Iterator[Part]:
    return (_of_the_term if days_of == "month-of-the-term" else _of_the_calendar)(start, end)


def months_between(start: date, end: date, days_of: DaysOf) -> Fraction:
    return sum((Fraction(part, whole) for _, part, whole in parts_between(start, end, days_of)), Fraction(0))


def _of_the_term(start: date, end: date) -> Iterator[Part]:
    """The 31st to the 31st is a month, not a February it runs through."""
    months = completed_months(start, end)
    rest = months_later(start, months)
    yield from ((months_later(start, number), 1, 1) for number in range(months))
    if days := days_between(rest, end):
        yield rest, days, days_between(rest, months_later(start, months + 1))


def _of_the_calendar(start: date, end: date) -> Iterator[Part]:
    while start < end:
        until = min(next_month(start), end)
        yield start, days_between(start, until), days_in_month(start)
        start = until
