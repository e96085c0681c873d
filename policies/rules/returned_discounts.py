"""Discounts to be paid back: of each month served a rate, which may be below nothing for the later ones."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, Row, ascending, percent, rounded
from policies.rules.reducing import term_is_over
from policies.rules.words import money, plain, sum_of

Rate = Annotated[Decimal, Field(ge=-100, le=100, decimal_places=9)]


class RateFrom(Row):
    rate_percent: Annotated[
        Rate, Field(description="of the discount of each month from then on, percent; -15 takes off what went before")
    ]


class ReturnedDiscounts(Given):
    discount_minor: Annotated[
        Minor, Field(description="the discount a month, taxed or not like the monthly fee, minor units")
    ]
    rates: Annotated[tuple[RateFrom, ...], Field(min_length=1, description="rows, each greater in from_month")]
    completed_months: Annotated[Count, Field(description="months that are over")]
    term_months: Annotated[AtLeastOne, Field(description="after so many there is no fee")]

    @model_validator(mode="after")
    def _rows_in_order(self) -> Self:
        ascending(self.rates, "rates")
        return self


def returned_discounts(given: ReturnedDiscounts) -> Outcome:
    """The monthly discount times the rate of each month served, together; never below nothing."""
    if given.completed_months >= given.term_months:
        return term_is_over(given.term_months)
    parts = [(row, _months(given, number)) for number, row in enumerate(given.rates)]
    exact = sum((given.discount_minor * months * percent(row.rate_percent) for row, months in parts), Fraction(0))
    minor = max(0, rounded(exact, given.rounding))
    each = money(given.discount_minor, given.currency)
    shown = " + ".join(f"{each} x {months} x {plain(row.rate_percent)}%" for row, months in parts if months)
    return Outcome(amount_minor=minor, steps=(sum_of(f"{shown or 0} = {money(minor, given.currency)}"),))


def _months(given: ReturnedDiscounts, number: int) -> int:
    """How many of the months served fall to this row."""
    following = given.rates[number + 1 : number + 2]
    last = min(given.completed_months, following[0].from_month if following else given.completed_months)
    return max(0, last - given.rates[number].from_month)
