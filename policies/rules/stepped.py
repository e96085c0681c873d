"""A fee with a percentage off that rises in steps, as a schedule of offsets (FV-15)."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, Row, Share, ascending, percent, rounded
from policies.rules.reducing import term_is_over
from policies.rules.words import money, plain, said, sum_of


class Step(Row):
    percent_off: Annotated[Share, Field(description="percent taken off the full fee, 0 to 100")]


class Stepped(Given):
    fee_minor: Annotated[Minor, Field(description="the full fee, minor units, before tax")]
    schedule: Annotated[tuple[Step, ...], Field(min_length=1, description="rows, each greater in from_month")]
    completed_months: Annotated[Count, Field(description="months that are over")]
    term_months: Annotated[AtLeastOne | None, Field(description="after so many there is no fee; leave out if none")] = (
        None
    )

    @model_validator(mode="after")
    def _rows_in_order(self) -> Self:
        ascending(self.schedule, "schedule")
        return self


def stepped(given: Stepped) -> Outcome:
    """The full fee less the percentage of the last row that has been reached. Before the first row: the full fee."""
    if given.term_months is not None and given.completed_months >= given.term_months:
        return term_is_over(given.term_months)
    reached = [row.percent_off for row in given.schedule if row.from_month <= given.completed_months]
    off = reached[-1] if reached else Decimal(0)
    minor = rounded(given.fee_minor * (1 - percent(off)), given.rounding)
    formula = f"{money(given.fee_minor, given.currency)} - {plain(off)}% = {money(minor, given.currency)}"
    done = given.completed_months
    return Outcome(
        amount_minor=minor,
        steps=(
            said(f"已满 {done} 个月，减免 {plain(off)}%", f"{done} months completed: {plain(off)}% off"),
            sum_of(formula),
        ),
    )
