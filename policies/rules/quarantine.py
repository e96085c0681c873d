"""How long a closed line's number is kept, and what re-opening in that time costs (FV-49, CN-13, CN-17)."""

from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from policies.rules.core import Count, Day, Given, Minor, Outcome, in_order
from policies.rules.words import money, said


class Quarantine(Given):
    closed_on: Annotated[Day, Field(description="the day the line was closed")]
    quarantine_days: Annotated[Count, Field(description="days the number is kept")]
    reopen_fee_minor: Annotated[Minor, Field(description="the fee for re-opening before the number is free")]
    asks_on: Annotated[Day, Field(description="the day the customer asks to re-open")]

    @model_validator(mode="after")
    def _closed_before(self) -> Self:
        in_order(self.closed_on, self.asks_on, "asks_on", "closed_on")
        return self


class QuarantineOutcome(Outcome):
    free_on: Annotated[date, Field(description="the day from which the number may be given to somebody else")]
    can_reopen: Annotated[StrictBool, Field(description="true before that day")]


def quarantine(given: Quarantine) -> QuarantineOutcome:
    """Before the number is free the line can be re-opened for a fee; from that day on it cannot."""
    free_on = given.closed_on + timedelta(days=given.quarantine_days)
    can_reopen = given.asks_on < free_on
    minor = given.reopen_fee_minor if can_reopen else 0
    kept = said(
        f"{given.closed_on} 销号，保留 {given.quarantine_days} 天，{free_on} 起可再放号",
        f"closed on {given.closed_on}, kept {given.quarantine_days} days, free from {free_on}",
    )
    fee = money(minor, given.currency)
    asked = (
        said(f"恢复费 {fee}", f"re-opening costs {fee}") if can_reopen else said("不能恢复", "it cannot be re-opened")
    )
    return QuarantineOutcome(
        amount_minor=minor,
        free_on=free_on,
        can_reopen=can_reopen,
        reason="" if can_reopen else "number_released",
        steps=(kept, asked),
    )
