"""Fees that do not depend on time: none, a fixed one, one for each cancelled period (FV-14, FV-17)."""

from typing import Annotated

from pydantic import Field

from policies.rules.core import Count, Given, Minor, Outcome
from policies.rules.words import money, said, sum_of


class NoFee(Given):
    """Nothing needs to be known."""


def no_fee(given: NoFee) -> Outcome:
    """Nothing is charged."""
    return Outcome(amount_minor=0, steps=(said("不收费", "No fee"),))


class Fixed(Given):
    fee_minor: Annotated[Minor, Field(description="the fee, minor units, before tax")]


def fixed(given: Fixed) -> Outcome:
    """The amount the contract names, whenever the customer leaves inside the term."""
    return Outcome(
        amount_minor=given.fee_minor, steps=(said("合同约定的固定金额", "The fixed amount the contract names"),)
    )


class CancelledPeriods(Given):
    periods: Annotated[Count, Field(description="how many periods are cancelled")]
    each_minor: Annotated[Minor, Field(description="the fee for one of them, minor units, before tax")]


def cancelled_periods(given: CancelledPeriods) -> Outcome:
    """A fee for each period that will not run any more."""
    minor = given.periods * given.each_minor
    formula = f"{given.periods} x {money(given.each_minor, given.currency)} = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, steps=(sum_of(formula),))
