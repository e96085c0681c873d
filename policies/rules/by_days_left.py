"""A fee in steps by the days that are left of the term, the last of them never more than some monthly fees."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Value
from policies.rules.core import Count, Given, Minor, Months, Outcome, rounded
from policies.rules.words import money, said


class StepLeft(Value):
    from_days: Annotated[Count, Field(description="where so many days or more are left")]
    fee_minor: Annotated[Minor, Field(description="the fee then, minor units, before tax")]
    at_most_months: Annotated[
        Months | None, Field(description="never more than so many monthly fees; may be left out")
    ] = None


class SteppedByDaysLeft(Given):
    steps: Annotated[tuple[StepLeft, ...], Field(min_length=1, description="rows, each smaller in from_days")]
    days_left: Annotated[Count, Field(description="days from the leaving to the end of the term")]
    monthly_minor: Annotated[
        Minor, Field(description="the monthly fee, for at_most_months, taxed or not like the fee, minor units")
    ] = 0

    @model_validator(mode="after")
    def _rows_in_order(self) -> Self:
        days = [row.from_days for row in self.steps]
        if days != sorted(set(days), reverse=True):
            raise ValueError(f"steps: each from_days is smaller than the one before; these are {days}")
        return self


def stepped_by_days_left(given: SteppedByDaysLeft) -> Outcome:
    """The fee of the first row whose days are left; below the last row nothing."""
    row = next((each for each in given.steps if each.from_days <= given.days_left), None)
    if row is None:
        step = said(f"仅剩 {given.days_left} 天，不收费", f"{given.days_left} days left: no fee")
        return Outcome(amount_minor=0, reason="steps_passed", steps=(step,))
    minor, shown = row.fee_minor, money(row.fee_minor, given.currency)
    steps = [said(f"剩余 {given.days_left} 天：{shown}", f"{given.days_left} days left: {shown}")]
    if row.at_most_months is not None:
        cap = rounded(given.monthly_minor * row.at_most_months, given.rounding)
        minor, most = min(minor, cap), money(cap, given.currency)
        steps.append(said(f"最多 {most}", f"at most {most}"))
    return Outcome(amount_minor=minor, steps=tuple(steps))
