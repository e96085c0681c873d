"""Withdrawing in the first days of a distance contract: what was used is paid in proportion (FV-42, EU-8)."""

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, rounded
from policies.rules.words import money, said, sum_of

MONTH = range(28, 32)


class Withdrawal(Given):
    base: Annotated[Literal["monthly", "total-price"], Field(description="what it is in proportion to")]
    price_minor: Annotated[Minor, Field(description="the monthly fee, or the total price of the contract, minor units")]
    price_days: Annotated[AtLeastOne, Field(description="days that price is for: 30 for a month, 730 for 24 months")]
    days_used: Annotated[Count, Field(description="days of service until the withdrawal")]
    days_since_conclusion: Annotated[
        Count | None, Field(description="days from the contract to the withdrawal; left out: days_used")
    ] = None
    window_days: Annotated[AtLeastOne, Field(description="so many days the right lasts")] = 14
    asked_to_start: Annotated[
        StrictBool, Field(description="true when the customer expressly asked for service inside the window")
    ] = True

    @model_validator(mode="after")
    def _a_month_is_a_month(self) -> Self:
        if self.base == "monthly" and self.price_days not in MONTH:
            raise ValueError(
                f"price_days: {self.price_days} days are no month, {MONTH[0]} to {MONTH[-1]} are; "
                "a price for another time is base total-price"
            )
        return self

    @model_validator(mode="after")
    def _inside_the_window(self) -> Self:
        field = "days_used" if self.days_since_conclusion is None else "days_since_conclusion"
        if (days := getattr(self, field)) > self.window_days:
            raise ValueError(
                f"{field}: {days} is after the {self.window_days} days in which the right exists (window_days); "
                "from then on an early end is charged by a fee rule"
            )
        return self


def withdrawal(given: Withdrawal) -> Outcome:
    """The price in proportion to the days used; nothing where the customer did not ask for an early start."""
    if not given.asked_to_start:
        step = said("用户未要求提前开通，不收费", "no early start was asked for: nothing is due")
        return Outcome(amount_minor=0, reason="not_asked_to_start", steps=(step,))
    days = min(given.days_used, given.price_days)
    minor = rounded(Fraction(given.price_minor * days, given.price_days), given.rounding)
    price, owed = money(given.price_minor, given.currency), money(minor, given.currency)
    formula = f"{price} x {days} / {given.price_days} = {owed}"
    return Outcome(amount_minor=minor, steps=(sum_of(formula),))
