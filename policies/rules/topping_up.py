"""What a month lacks to the spend that was promised."""

from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Text
from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, rounded
from policies.rules.words import money, sum_of


class MinimumSpend(Given):
    minimum_minor: Annotated[Minor, Field(description="what is to be spent in a month at least, minor units")]
    spent_minor: Annotated[Minor, Field(description="what was spent in it, minor units")]
    days: Annotated[
        Count | None, Field(description="only so many days of the month count; left out: all of it is promised")
    ] = None
    days_of_month: Annotated[AtLeastOne | None, Field(description="how many days it has")] = None

    @model_validator(mode="after")
    def _said_together(self) -> Self:
        if (self.days is None) is not (self.days_of_month is None):
            missing = "days" if self.days is None else "days_of_month"
            raise ValueError(f"{missing}: is missing; days and days_of_month are said together")
        if self.days is not None and self.days_of_month is not None and self.days > self.days_of_month:
            raise ValueError(f"days: {self.days} are more than the {self.days_of_month} of days_of_month")
        return self


def minimum_spend(given: MinimumSpend) -> Outcome:
    """The difference to the promised spend of a month, or of some days of it; nothing where more was spent."""
    promised, steps = _promised(given)
    minor = max(0, promised - given.spent_minor)
    least, spent = money(promised, given.currency), money(given.spent_minor, given.currency)
    formula = f"max(0, {least} - {spent}) = {money(minor, given.currency)}"
    return Outcome(amount_minor=minor, reason="" if minor else "spent_enough", steps=(*steps, sum_of(formula)))


def _promised(given: MinimumSpend) -> tuple[int, tuple[Text, ...]]:
    if given.days is None or given.days_of_month is None:
        return given.minimum_minor, ()
    promised = rounded(Fraction(given.minimum_minor * given.days, given.days_of_month), given.rounding)
    whole, part = money(given.minimum_minor, given.currency), money(promised, given.currency)
    return promised, (sum_of(f"{whole} x {given.days} / {given.days_of_month} = {part}"),)
