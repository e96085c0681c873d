"""Interest on money that is given back late, such as a deposit."""

from fractions import Fraction
from typing import Annotated

from pydantic import Field

from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, Share, percent, rounded
from policies.rules.words import money, plain, sum_of


class LateRefund(Given):
    refund_minor: Annotated[Minor, Field(description="what is given back, such as a deposit, minor units")]
    days_late: Annotated[Count, Field(description="days from when it was due to when it was paid")]
    free_days: Annotated[Count, Field(description="so many of them bear no interest")] = 0
    percent_a_year: Annotated[Share, Field(description="the yearly rate, percent")]
    days_of_year: Annotated[AtLeastOne, Field(description="365, or 360 where the agreement says so")] = 365


def late_refund(given: LateRefund) -> Outcome:
    """Interest for each day beyond the free ones; the refund itself is not in it."""
    days = max(0, given.days_late - given.free_days)
    exact = Fraction(given.refund_minor * days, given.days_of_year) * percent(given.percent_a_year)
    minor = rounded(exact, given.rounding)
    base, rate = money(given.refund_minor, given.currency), plain(given.percent_a_year)
    formula = f"{base} x {rate}% x {days} / {given.days_of_year} = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, steps=(sum_of(formula),))
