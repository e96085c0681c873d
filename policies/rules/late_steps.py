"""A late fee in steps: so much after a week, more after a month; the step that was reached stands for all before it."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Value
from policies.rules.core import AtLeastOne, Minor, Share, percent
from policies.rules.words import money, plain


class LateStep(Value):
    from_days: Annotated[AtLeastOne, Field(description="where it is so many days late, or more")]
    fee_minor: Annotated[Minor, Field(description="so much then, all steps before it included, minor units")] = 0
    share_percent: Annotated[Share, Field(description="and so much of what is overdue, percent")] = Decimal(0)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.fee_minor and not self.share_percent:
            raise ValueError("fee_minor: is missing, and so is share_percent; say one of them, or leave the step out")
        return self


LateSteps = tuple[LateStep, ...]


def last_reached(steps: LateSteps, arrears: int, days: int) -> LateStep | None:
    """Nothing overdue is never late."""
    return next((step for step in reversed(steps) if arrears and step.from_days <= days), None)


def asked(step: LateStep | None, arrears: int) -> Fraction:
    return step.fee_minor + arrears * percent(step.share_percent) if step else Fraction(0)


def step_in_words(step: LateStep, arrears: int, currency: str) -> str:
    fee = [money(step.fee_minor, currency)] if step.fee_minor else []
    share = [f"{money(arrears, currency)} x {plain(step.share_percent)}%"] if step.share_percent else []
    return " + ".join([*fee, *share])
