"""A late fee in steps: so much after a week, or with the second reminder; the one reached stands for all before it."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Value
from policies.rules.core import AtLeastOne, Minor, Share, ascending, percent
from policies.rules.words import money, plain


class LateStep(Value):
    from_days: Annotated[
        AtLeastOne | None, Field(description="where it is so many days late, or more; or from_reminders")
    ] = None
    from_reminders: Annotated[
        AtLeastOne | None, Field(description="where so many reminders were sent, or more; all steps of a fee or none")
    ] = None
    fee_minor: Annotated[Minor, Field(description="so much then, all steps before it included, minor units")] = 0
    share_percent: Annotated[Share, Field(description="and so much of what is overdue, percent")] = Decimal(0)

    @model_validator(mode="after")
    def _is_reached_one_way(self) -> Self:
        if (self.from_days is None) is (self.from_reminders is None):
            raise ValueError("from_days: say either from_days, such as 7, or from_reminders, such as 2")
        return self

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.fee_minor and not self.share_percent:
            raise ValueError("fee_minor: is missing, and so is share_percent; say one of them, or leave the step out")
        return self


LateSteps = tuple[LateStep, ...]


def in_steps(steps: LateSteps, field: str) -> None:
    """All by the days or all by the reminders, each later than the one before. Raises `ValueError`."""
    by = {"from_days" if step.from_reminders is None else "from_reminders" for step in steps}
    if len(by) > 1:
        raise ValueError(f"{field}: all by from_days, or all by from_reminders: a fee goes by one of them")
    ascending(steps, field, *by)


def last_reached(steps: LateSteps, arrears: int, days: int, reminders: int) -> LateStep | None:
    """Nothing overdue is never late."""
    reached = [step for step in steps if (step.from_days or 0) <= days and (step.from_reminders or 0) <= reminders]
    return reached[-1] if arrears and reached else None


def asked(step: LateStep | None, arrears: int) -> Fraction:
    return step.fee_minor + arrears * percent(step.share_percent) if step else Fraction(0)


def step_in_words(step: LateStep, arrears: int, currency: str) -> str:
    fee = [money(step.fee_minor, currency)] if step.fee_minor else []
    share = [f"{money(arrears, currency)} x {plain(step.share_percent)}%"] if step.share_percent else []
    return " + ".join([*fee, *share])


def began(step: LateStep) -> str:
    return f"day {step.from_days}" if step.from_reminders is None else f"reminder {step.from_reminders}"
