"""Charging on to the end of a commitment (FV-18): the months between what is paid and what was promised."""

from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from policies.rules.core import Day, Given, Minor, Outcome, in_order, rounded
from policies.rules.dates import DAY, completed_months, days_between, days_in_month, months_later
from policies.rules.words import money, said, sum_of


class ChargeToCommitmentEnd(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units")]
    leaves_on: Annotated[Day, Field(description="the day the service ends")]
    paid_to: Annotated[Day, Field(description="the last day that is paid already")]
    commitment_end: Annotated[Day, Field(description="the last day of the commitment")]

    @model_validator(mode="after")
    def _ends_before_the_commitment(self) -> Self:
        in_order(self.leaves_on, self.commitment_end, "commitment_end", "leaves_on")
        return self


class CommitmentOutcome(Outcome):
    months_charged: Annotated[StrictInt, Field(description="whole months charged")]
    days_charged: Annotated[StrictInt, Field(description="days charged beyond them, each a part of its month")]


def charge_to_commitment_end(given: ChargeToCommitmentEnd) -> CommitmentOutcome:
    """The monthly fee from the day after `paid_to` to `commitment_end`: whole months, then days of the last month."""
    start, end = given.paid_to + DAY, given.commitment_end + DAY
    months = max(0, completed_months(start, end))
    rest = months_later(start, months)
    days = max(0, days_between(rest, end))
    exact = given.monthly_minor * (months + Fraction(days, days_in_month(rest)))
    minor = rounded(exact, given.rounding)
    first = said(
        f"已付至 {given.paid_to}，承诺至 {given.commitment_end}：{months} 个月零 {days} 天",
        f"paid to {given.paid_to}, committed to {given.commitment_end}: {months} months and {days} days",
    )
    part = f" + {days} / {days_in_month(rest)} x {money(given.monthly_minor, given.currency)}" if days else ""
    whole = f"{months} x {money(given.monthly_minor, given.currency)}{part} = {money(minor, given.currency)}"
    return CommitmentOutcome(amount_minor=minor, months_charged=months, days_charged=days, steps=(first, sum_of(whole)))
