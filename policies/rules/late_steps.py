"""A late fee in steps: so much after a week, with the second reminder, above a sum; the one reached stands for all."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.words import Value
from policies.rules.core import AtLeastOne, Minor, Share, percent
from policies.rules.words import money, plain

BEGINS = ("from_days", "from_reminders", "from_overdue_minor")


class LateStep(Value):
    from_days: Annotated[
        AtLeastOne | None, Field(description="where it is so many days late, or more; of several, all must hold")
    ] = None
    from_reminders: Annotated[AtLeastOne | None, Field(description="where so many reminders were sent, or more")] = None
    from_overdue_minor: Annotated[
        Minor | None, Field(gt=0, description="where so much is overdue, or more, minor units")
    ] = None
    fee_minor: Annotated[Minor, Field(description="so much then, all steps before it included, minor units")] = 0
    share_percent: Annotated[Share, Field(description="and so much of what is overdue, percent")] = Decimal(0)

    @model_validator(mode="after")
    def _is_reached_somehow(self) -> Self:
        if not any(begins_at(self)):
            told = "from_days, such as 7, from_reminders, such as 2, or from_overdue_minor, such as 10000"
            raise ValueError(f"from_days: say from when on: {told}; of several, all must hold")
        return self

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if not self.fee_minor and not self.share_percent:
            raise ValueError("fee_minor: is missing, and so is share_percent; say one of them, or leave the step out")
        return self


LateSteps = tuple[LateStep, ...]


def begins_at(step: LateStep, names: Sequence[str] = BEGINS) -> tuple[int, ...]:
    """Days, reminders and the sum overdue; what a step does not name holds always."""
    return tuple(getattr(step, name) or 0 for name in names)


def in_steps(steps: LateSteps, field: str) -> None:
    """Each later than the one before: by days, among these by reminders, then by the sum. Raises `ValueError`."""
    starts = [begins_at(step) for step in steps]
    if starts != sorted(set(starts)):
        named = [name for name in BEGINS if any(getattr(step, name) for step in steps)]
        shown = [each[0] if len(each) == 1 else each for each in (begins_at(step, named) for step in steps)]
        then = ", then ".join(named)
        raise ValueError(f"{field}: each {then} is greater than the one before; these are {shown}")


def last_reached(steps: LateSteps, arrears: int, days: int, reminders: int) -> LateStep | None:
    """Nothing overdue is never late, and what nobody waited for or wrote about is not late yet."""
    known = (days, reminders, arrears)
    late = arrears > 0 and (days > 0 or reminders > 0)
    reached = [step for step in steps if all(at <= now for at, now in zip(begins_at(step), known, strict=True))]
    return reached[-1] if late and reached else None


def falling(steps: LateSteps) -> Iterator[tuple[int, LateStep]]:
    """The steps that ask less than one before them that is reached wherever they are: seldom meant."""
    for number, step in enumerate(steps):
        before = (each for each in steps[:number] if _implied(each, step))
        if any(each.fee_minor > step.fee_minor and each.share_percent >= step.share_percent for each in before):
            yield number, step


def _implied(earlier: LateStep, step: LateStep) -> bool:
    return all(before <= now for before, now in zip(begins_at(earlier), begins_at(step), strict=True))


def asked(step: LateStep | None, arrears: int) -> Fraction:
    return step.fee_minor + arrears * percent(step.share_percent) if step else Fraction(0)


def step_in_words(step: LateStep, arrears: int, currency: str) -> str:
    fee = [money(step.fee_minor, currency)] if step.fee_minor else []
    share = [f"{money(arrears, currency)} x {plain(step.share_percent)}%"] if step.share_percent else []
    return " + ".join([*fee, *share])


def began(step: LateStep, currency: str) -> str:
    days = [f"day {step.from_days}"] if step.from_days else []
    reminders = [f"reminder {step.from_reminders}"] if step.from_reminders else []
    overdue = [f"{money(step.from_overdue_minor, currency)} overdue"] if step.from_overdue_minor else []
    return " and ".join([*days, *reminders, *overdue])
