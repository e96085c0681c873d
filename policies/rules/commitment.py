"""Charging on to the end of a commitment (FV-18): the months between what is paid and what was promised."""

from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Annotated

from pydantic import Field, StrictInt

from policies.rules.core import Day, Given, Minor, Outcome, rounded
from policies.rules.dates import DAY, completed_months, days_between, months_later
from policies.rules.parts_of_months import DaysOf, Part, parts_between
from policies.rules.prices import PriceChange, price_on
from policies.rules.words import money, said, sum_of


class ChargeToCommitmentEnd(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units, before tax")]
    price_changes: Annotated[
        tuple[PriceChange, ...], Field(description="rows: monthly fees that are agreed from later days on")
    ] = ()
    leaves_on: Annotated[Day, Field(description="the day the service ends")]
    paid_to: Annotated[Day, Field(description="the last day that is paid already")]
    commitment_end: Annotated[Day, Field(description="the last day of the commitment")]
    days_of: Annotated[
        DaysOf,
        Field(description="a day is a part of the month that runs from the day after paid_to, or of its own by name"),
    ] = "month-of-the-term"


class CommitmentOutcome(Outcome):
    months_charged: Annotated[StrictInt, Field(description="whole months charged")]
    days_charged: Annotated[StrictInt, Field(description="days charged beyond them, each a part of its month")]


def charge_to_commitment_end(given: ChargeToCommitmentEnd) -> CommitmentOutcome:
    """The monthly fee from the day after `paid_to` to `commitment_end`: whole months, then days of the last month.

    Who leaves after that day owes nothing.
    """
    if given.leaves_on > given.commitment_end:
        step = said(f"承诺至 {given.commitment_end}，已满", f"the commitment to {given.commitment_end} is over")
        return CommitmentOutcome(amount_minor=0, months_charged=0, days_charged=0, reason="term_over", steps=(step,))
    start = given.paid_to + DAY
    end = max(start, given.commitment_end + DAY)
    months = completed_months(start, end)
    days = days_between(months_later(start, months), end)
    parts = list(parts_between(start, end, given.days_of))
    exact = sum((_price(day, given) * Fraction(part, whole) for day, part, whole in parts), Fraction(0))
    minor = rounded(exact, given.rounding)
    first = said(
        f"已付至 {given.paid_to}，承诺至 {given.commitment_end}：{months} 个月零 {days} 天",
        f"paid to {given.paid_to}, committed to {given.commitment_end}: {months} months and {days} days",
    )
    sums = f"{_shown(parts, given)} = {money(minor, given.currency)}"
    return CommitmentOutcome(amount_minor=minor, months_charged=months, days_charged=days, steps=(first, sum_of(sums)))


def _price(day: date, given: ChargeToCommitmentEnd) -> int:
    return price_on(day, given.monthly_minor, given.price_changes)


def _shown(parts: list[Part], given: ChargeToCommitmentEnd) -> str:
    """`2 x CNY 30.00 + 1 x CNY 31.00 + 6 / 31 x CNY 31.00`: whole months at one price together, in their order."""
    rows: list[str] = []
    for (whole, price), run in groupby(parts, key=lambda each: (each[1] == each[2], _price(each[0], given))):
        fee, days = money(price, given.currency), list(run)
        rows += [f"{len(days)} x {fee}"] if whole else [f"{part} / {of} x {fee}" for _, part, of in days]
    return " + ".join(rows) or f"0 x {money(given.monthly_minor, given.currency)}"
