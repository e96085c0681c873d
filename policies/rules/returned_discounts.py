"""Discounts to be paid back: of each month served a rate, or all of them by the share of the term that is left."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from policies.rules.core import (
    AtLeastOne,
    Count,
    Day,
    Given,
    Minor,
    Outcome,
    Row,
    ascending,
    in_order,
    percent,
    rounded,
)
from policies.rules.dates import days_between
from policies.rules.reducing import held_in_words, share_left, term_is_over
from policies.rules.words import money, plain, said, sum_of

Rate = Annotated[Decimal, Field(ge=-1000, le=1000, decimal_places=9)]


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
    shown = " + ".join(f"{each} x {months} x {plain(row.rate_percent)}%" for row, months in parts if months) or "0"
    worked = f"max(0, {shown})" if exact < 0 else shown
    return Outcome(amount_minor=minor, steps=(sum_of(f"{worked} = {money(minor, given.currency)}"),))


def _months(given: ReturnedDiscounts, number: int) -> int:
    """How many of the months served fall to this row."""
    following = given.rates[number + 1 : number + 2]
    last = min(given.completed_months, following[0].from_month if following else given.completed_months)
    return max(0, last - given.rates[number].from_month)


class ShareOfAll(Row):
    share_percent: Annotated[
        Decimal, Field(ge=0, le=1000, decimal_places=9, description="of all discounts until now, percent; 130 is more")
    ]


class DiscountsSoFar(Given):
    discount_minor: Annotated[
        Minor, Field(description="the discount a month, taxed or not like the monthly fee, minor units")
    ]
    completed_months: Annotated[Count, Field(description="months with the discount that are over")]
    start: Annotated[Day, Field(description="the first day of the term")]
    end_of_term: Annotated[Day, Field(description="the first day after the term, when no fee is due any more")]
    leaves_on: Annotated[Day, Field(description="the first day that is not served")]
    held_days: Annotated[
        Count, Field(description="within so many days all discounts go back; after them a share that falls to nothing")
    ] = 0
    share_by_month: Annotated[
        tuple[ShareOfAll, ...],
        Field(description="rows, each greater in from_month: that share instead; before the first row nothing"),
    ] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ascending(self.share_by_month, "share_by_month")
        if self.share_by_month and self.held_days:
            raise ValueError("held_days: is not used beside share_by_month; leave one of the two out")
        in_order(self.start, self.leaves_on, "leaves_on", "the start")
        in_order(self.start, self.end_of_term, "end_of_term", "the start")
        return self


def discounts_so_far(given: DiscountsSoFar) -> Outcome:
    """All monthly discounts until now times the share of the term's days that is left; nothing at its end."""
    term, used = (days_between(given.start, day) for day in (given.end_of_term, given.leaves_on))
    total, each = given.discount_minor * given.completed_months, money(given.discount_minor, given.currency)
    first = said(f"期限 {term} 天，已履行 {used} 天", f"{used} days of {term} are served")
    if used >= term:
        return Outcome(amount_minor=0, reason="term_over", steps=(first,))
    if given.share_by_month:
        reached = [row.share_percent for row in given.share_by_month if row.from_month <= given.completed_months]
        share, shown = percent(reached[-1] if reached else Decimal(0)), f"{plain(reached[-1] if reached else 0)}%"
    else:
        part, whole = share_left(Decimal(term), Decimal(used), Decimal(given.held_days))
        share, shown = Fraction(part) / Fraction(whole), f"{plain(part)} / {plain(whole)}"
    minor = rounded(total * share, given.rounding)
    formula = f"{each} x {given.completed_months} x {shown} = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, steps=(first, *held_in_words(Decimal(given.held_days)), sum_of(formula)))
