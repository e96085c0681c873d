"""Charging on to the end of a commitment (FV-18): the months between what is paid and what was promised."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field, StrictInt

from policies.rules.core import Day, Given, Minor, Outcome, rounded
from policies.rules.dates import DAY, completed_months, days_between, months_later
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
    start, end = given.paid_to + DAY, given.commitment_end + DAY
    months = max(0, completed_months(start, end))
    rest = months_later(start, months)
    days = max(0, days_between(rest, end))
    last = days_between(rest, months_later(start, months + 1))  # the 31st to the 31st, not a February it runs through
    starts = [(months_later(start, number), Fraction(1)) for number in range(months)]
    parts = [*starts, (rest, Fraction(days, last))] if days else starts
    exact = sum((price_on(day, given.monthly_minor, given.price_changes) * part for day, part in parts), Fraction(0))
    minor = rounded(exact, given.rounding)
    first = said(
        f"已付至 {given.paid_to}，承诺至 {given.commitment_end}：{months} 个月零 {days} 天",
        f"paid to {given.paid_to}, committed to {given.commitment_end}: {months} months and {days} days",
    )
    part = f" + {days} / {last} x {money(given.monthly_minor, given.currency)}" if days else ""
    whole = f"{months} x {money(given.monthly_minor, given.currency)}{part} = {money(minor, given.currency)}"
    return CommitmentOutcome(amount_minor=minor, months_charged=months, days_charged=days, steps=(first, sum_of(whole)))
