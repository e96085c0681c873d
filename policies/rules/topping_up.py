"""What a month lacks to the spend that was promised."""

from typing import Annotated

from pydantic import Field

from policies.rules.core import Given, Minor, Outcome
from policies.rules.words import money, sum_of


class MinimumSpend(Given):
    minimum_minor: Annotated[Minor, Field(description="what is to be spent in a month at least, minor units")]
    spent_minor: Annotated[Minor, Field(description="what was spent in it, minor units")]


def minimum_spend(given: MinimumSpend) -> Outcome:
    """The difference to the promised spend of a month; nothing where more was spent."""
    minor = max(0, given.minimum_minor - given.spent_minor)
    least, spent = money(given.minimum_minor, given.currency), money(given.spent_minor, given.currency)
    formula = f"max(0, {least} - {spent}) = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, reason="" if minor else "spent_enough", steps=(sum_of(formula),))
