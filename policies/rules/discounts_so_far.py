"""All discounts of a term until now to be paid back, by the share of it that is left or by a share that falls."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Text
from policies.rules.core import Count, Day, DayRow, Given, Minor, Outcome, Row, ascending, in_order, percent, rounded
from policies.rules.dates import completed_months, days_between
from policies.rules.parts_of_months import months_between
from policies.rules.reducing import DAYS, held_in_words, share_left
from policies.rules.returned_discounts import DiscountsByDays
from policies.rules.words import money, plain, said, sum_of

Share = Annotated[
    Decimal, Field(ge=0, le=1000, decimal_places=9, description="of all discounts until now, percent; 130 is more")
]


class ShareOfAll(Row):
    share_percent: Share


class ShareOfAllFromDay(DayRow):
    share_percent: Share


class DiscountsSoFar(Given):
    discount_minor: Annotated[
        Minor, Field(description="the discount a month, taxed or not like the monthly fee, minor units")
    ]
    completed_months: Annotated[
        Count, Field(description="months with the discount that are over; days_of counts by itself")
    ]
    days_of: DiscountsByDays = None
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
    share_by_days: Annotated[
        tuple[ShareOfAllFromDay, ...], Field(description="the same by days served, each greater in from_days")
    ] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ascending(self.share_by_month, "share_by_month")
        ascending(self.share_by_days, "share_by_days", "from_days")
        said = [name for name in ("share_by_month", "share_by_days", "held_days") if getattr(self, name)]
        if len(said) > 1:
            raise ValueError(f"{said[1]}: is not used beside {said[0]}; leave one of the two out")
        in_order(self.start, self.leaves_on, "leaves_on", "the start")
        in_order(self.start, self.end_of_term, "end_of_term", "the start")
        return self


def discounts_so_far(given: DiscountsSoFar) -> Outcome:
    """All monthly discounts until now times the share of the term's days that is left; nothing at its end."""
    term, used = (days_between(given.start, day) for day in (given.end_of_term, given.leaves_on))
    first = said(f"期限 {term} 天，已履行 {used} 天", f"{used} days of {term} are served")
    if used >= term:
        return Outcome(amount_minor=0, reason="term_over", steps=(first,))
    total, shown_total, counted = _received(given)
    share, shown = _share(given, term, used)
    minor = rounded(total * share, given.rounding)
    formula = f"{shown_total} x {shown} = {money(minor, given.currency)}"
    held = held_in_words(Decimal(given.held_days), DAYS)
    return Outcome(amount_minor=minor, steps=(first, *counted, *held, sum_of(formula)))


def _received(given: DiscountsSoFar) -> tuple[Fraction, str, tuple[Text, ...]]:
    """All discounts until now, exactly, as they stand in the formula, and what has to be said of them before."""
    each = money(given.discount_minor, given.currency)
    if given.days_of is None:
        return Fraction(given.discount_minor * given.completed_months), f"{each} x {given.completed_months}", ()
    total = given.discount_minor * months_between(given.start, given.leaves_on, given.days_of)
    shown = money(total, given.currency)
    return total, shown, (said(f"每月优惠 {each}，按日计至今 {shown}", f"{each} a month, by days until now {shown}"),)


def _share(given: DiscountsSoFar, term: int, used: int) -> tuple[Fraction, str]:
    if not given.share_by_month and not given.share_by_days:
        part, whole = share_left(Decimal(term), Decimal(used), Decimal(given.held_days))
        return Fraction(part) / Fraction(whole), f"{plain(part)} / {plain(whole)}"
    served = completed_months(given.start, given.leaves_on) if given.days_of else given.completed_months
    reached = [row.share_percent for row in given.share_by_month if row.from_month <= served]
    reached += [row.share_percent for row in given.share_by_days if row.from_days <= used]
    share = reached[-1] if reached else Decimal(0)
    return percent(share), f"{plain(share)}%"
