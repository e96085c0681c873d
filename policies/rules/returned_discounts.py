"""Discounts to be paid back: of each month served a rate, or all of them by the share of the term that is left."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from policies.rules.core import (
    AtLeastOne,
    Count,
    Day,
    DayRow,
    Given,
    Minor,
    Outcome,
    Row,
    ascending,
    in_order,
    percent,
    rounded,
)
from policies.rules.dates import completed_months, months_later
from policies.rules.parts_of_months import DaysOf, months_between
from policies.rules.reducing import term_is_over
from policies.rules.words import money, plain, sum_of

Rate = Annotated[
    Decimal,
    Field(
        ge=-1000,
        le=1000,
        decimal_places=9,
        description="of the discount of each month from then on, percent; -15 takes off what went before",
    ),
]
DiscountsByDays = Annotated[
    DaysOf | None,
    Field(
        description="a month that runs counts by its days, as a part of the month of the term or of its own by name; "
        "left out: whole months only"
    ),
]


class RateFrom(Row):
    rate_percent: Rate


class RateFromDay(DayRow):
    rate_percent: Rate


class ReturnedDiscounts(Given):
    discount_minor: Annotated[
        Minor, Field(description="the discount a month, taxed or not like the monthly fee, minor units")
    ]
    rates: Annotated[tuple[RateFrom, ...], Field(description="rows, each greater in from_month")] = ()
    rates_by_days: Annotated[
        tuple[RateFromDay, ...], Field(description="rows in place of rates, each greater in from_days; with days_of")
    ] = ()
    days_of: DiscountsByDays = None
    start: Annotated[Day | None, Field(description="the first day of the term, for days_of")] = None
    leaves_on: Annotated[Day | None, Field(description="the first day that is not served, for days_of")] = None
    completed_months: Annotated[Count, Field(description="months that are over; days_of counts by itself")]
    term_months: Annotated[AtLeastOne, Field(description="after so many there is no fee")]

    @model_validator(mode="after")
    def _rows_in_order(self) -> Self:
        if bool(self.rates) is bool(self.rates_by_days):
            raise ValueError("rates: say either rates or rates_by_days, with one row or more")
        ascending(self.rates, "rates")
        ascending(self.rates_by_days, "rates_by_days", "from_days")
        if self.rates_by_days and self.days_of is None:
            raise ValueError("days_of: is missing: rates_by_days take the discount apart by days")
        if self.days_of is not None:
            if self.start is None or self.leaves_on is None:
                raise ValueError("start: is missing, or leaves_on is; days_of counts from one to the other")
            in_order(self.start, self.leaves_on, "leaves_on", "the start")
        return self


Part = tuple[str, Fraction, Decimal]  # the discounts in words, in months, and the rate of them


def returned_discounts(given: ReturnedDiscounts) -> Outcome:
    """The monthly discount times the rate of each month served, together; never below nothing."""
    if _served(given) >= given.term_months:
        return term_is_over(given.term_months)
    parts = list(_by_days(given) if given.days_of else _by_months(given))
    exact = sum((given.discount_minor * months * percent(rate) for _, months, rate in parts), Fraction(0))
    minor = max(0, rounded(exact, given.rounding))
    shown = " + ".join(f"{discounts} x {plain(rate)}%" for discounts, months, rate in parts if months) or "0"
    worked = f"max(0, {shown})" if exact < 0 else shown
    return Outcome(amount_minor=minor, steps=(sum_of(f"{worked} = {money(minor, given.currency)}"),))


def _served(given: ReturnedDiscounts) -> int:
    if given.days_of is None or given.start is None or given.leaves_on is None:
        return given.completed_months
    return completed_months(given.start, given.leaves_on)


def _by_months(given: ReturnedDiscounts) -> Iterator[Part]:
    each = money(given.discount_minor, given.currency)
    for number, row in enumerate(given.rates):
        months = _months(given, number)
        yield f"{each} x {months}", Fraction(months), row.rate_percent


def _months(given: ReturnedDiscounts, number: int) -> int:
    """How many of the months served fall to this row."""
    following = given.rates[number + 1 : number + 2]
    last = min(given.completed_months, following[0].from_month if following else given.completed_months)
    return max(0, last - given.rates[number].from_month)


def _by_days(given: ReturnedDiscounts) -> Iterator[Part]:
    assert given.start is not None and given.leaves_on is not None and given.days_of is not None
    rows: tuple[RateFrom | RateFromDay, ...] = given.rates or given.rates_by_days
    bands = [(_begins(row, given.start), row.rate_percent) for row in rows]
    ends = [*(day for day, _ in bands[1:]), given.leaves_on]
    until = [months_between(given.start, min(day, given.leaves_on), given.days_of) for day in ends]
    before = months_between(given.start, min(bands[0][0], given.leaves_on), given.days_of)
    for (_, rate), upto in zip(bands, until, strict=True):
        months, before = upto - before, upto
        yield money(given.discount_minor * months, given.currency), months, rate


def _begins(row: RateFrom | RateFromDay, start: date) -> date:
    if isinstance(row, RateFromDay):
        return start + timedelta(days=row.from_days)
    return months_later(start, row.from_month)
