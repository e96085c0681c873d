"""Fees that shrink as the term is served: by a share of it, by an amount a month, by a schedule (FV-10 to FV-13)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Text
from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, Row, Units, ascending, percent
from policies.rules.parts import UnitMultiple, parts_in_words
from policies.rules.words import money, plain, said, sum_of

UNNAMED = Text(zh="", en="")  # of a term whose unit nobody told us
DAYS, MONTHS = Text(zh=" 天", en=" days"), Text(zh=" 个月", en=" months")

HeldUnits = Annotated[
    Units,
    Field(
        description="so much of the term, in the same unit, takes nothing off; after it the fee falls evenly to nothing"
    ),
]


OfTheFee = Annotated[
    Decimal | None,
    Field(ge=0, le=100, decimal_places=9, description="only so much of the full fee is ever asked, percent"),
]


class Reducing(Given):
    fee_minor: Annotated[Minor, Field(description="the full fee, minor units, before tax")]
    term_units: Annotated[Units, Field(gt=0, description="the whole term, in days, half months or months")]
    used_units: Annotated[Units, Field(description="how much of it is over, in the same unit; halves allowed")]
    held_units: HeldUnits = Decimal(0)
    share_percent: OfTheFee = None
    unit_multiple_of_minor: UnitMultiple = None


def reducing(given: Reducing, unit: Text = UNNAMED) -> Outcome:
    """The full fee times the share of the term that is left. Nothing once the term is over."""
    left = max(Decimal(0), given.term_units - given.used_units)
    part, whole = share_left(given.term_units, given.used_units, given.held_units)
    asked: int | Fraction = given.fee_minor
    of_it = ""
    if given.share_percent is not None:
        asked, of_it = asked * percent(given.share_percent), f" x {plain(given.share_percent)}%"
    term, used, rest = plain(given.term_units), plain(given.used_units), plain(left)
    full = money(given.fee_minor, given.currency)
    minor, worked = parts_in_words(Fraction(asked), part, whole, given.unit_multiple_of_minor, given, full, of_it)
    return Outcome(
        amount_minor=minor,
        steps=(
            said(
                f"期限 {term}{unit.zh}，已履行 {used}{unit.zh}，剩余 {rest}{unit.zh}",
                f"term {term}{unit.en}, served {used}, left {rest}",
            ),
            *held_in_words(given.held_units, unit),
            *worked,
        ),
    )


def share_left(term: Decimal, used: Decimal, held: Decimal) -> tuple[Decimal, Decimal]:
    """So many of so many: nothing comes off while `held` lasts, from then on it falls evenly to the end of the term."""
    if used >= term:
        return Decimal(0), term
    if held >= term:
        return term, term
    return term - max(used, held), term - held


def held_in_words(held: Decimal, unit: Text = UNNAMED) -> tuple[Text, ...]:
    if not held:
        return ()
    return (
        said(
            f"前 {plain(held)}{unit.zh or ' '}内不递减，其后递减至零",
            f"all of it within {plain(held)}{unit.en}, from then on falling to nothing",
        ),
    )


class ReducingByStep(Given):
    fee_minor: Annotated[Minor, Field(description="the fee on the first day, minor units, before tax")]
    each_minor: Annotated[Minor, Field(description="what each completed month takes off, minor units, before tax")]
    completed_months: Annotated[Count, Field(description="months that are over; the one that runs does not count")]
    term_months: Annotated[AtLeastOne, Field(description="after so many there is no fee")]


def reducing_by_step(given: ReducingByStep) -> Outcome:
    """The first day's fee less an amount for each completed month. Nothing once the term is over, never below zero."""
    if given.completed_months >= given.term_months:
        return term_is_over(given.term_months)
    return _what_is_left(given.fee_minor, [(given.completed_months, given.each_minor)], given)


def _what_is_left(fee: int, taken: list[tuple[int, int]], given: Given) -> Outcome:
    """Of a fee of which so many months take off so much each; never below nothing."""
    left = fee - sum(months * each for months, each in taken)
    parts = "".join(f" - {months} x {money(each, given.currency)}" for months, each in taken)
    shown = f"{money(fee, given.currency)}{parts}"
    worked, minor = f"max(0, {shown})" if left < 0 else shown, max(0, left)
    return Outcome(amount_minor=minor, steps=(sum_of(f"{worked} = {money(minor, given.currency)}"),))


class Reduction(Row):
    each_minor: Annotated[Minor, Field(description="what each month from here on takes off, minor units, before tax")]


class ReducingSchedule(Given):
    fee_minor: Annotated[Minor, Field(description="the fee on the first day, minor units, before tax")]
    reductions: Annotated[
        tuple[Reduction, ...],
        Field(min_length=1, description="rows, each greater in from_month; completing that month already takes off"),
    ]
    completed_months: Annotated[Count, Field(description="months that are over")]
    term_months: Annotated[AtLeastOne, Field(description="after so many there is no fee")]

    @model_validator(mode="after")
    def _rows_in_order(self) -> Self:
        ascending(self.reductions, "reductions")
        return self


def reducing_schedule(given: ReducingSchedule) -> Outcome:
    """The same, where the amount a month changes on the way: month `n` takes off what the last row up to `n` says."""
    if given.completed_months >= given.term_months:
        return term_is_over(given.term_months)
    taken = [(_months_under(row, number, given), row.each_minor) for number, row in enumerate(given.reductions)]
    return _what_is_left(given.fee_minor, [(months, each) for months, each in taken if months], given)


def _months_under(row: Reduction, number: int, given: ReducingSchedule) -> int:
    """How many completed months fall to this row: the months `from_month` up to the one before the next row's."""
    following = given.reductions[number + 1 : number + 2]
    last = min(given.completed_months, following[0].from_month - 1 if following else given.completed_months)
    return max(0, last - max(1, row.from_month) + 1)


def term_is_over(months: int) -> Outcome:
    step = said(f"{months} 个月的期限已满，不收费", f"the term of {months} months is over: no fee")
    return Outcome(amount_minor=0, reason="term_over", steps=(step,))
