"""A reducing fee from the dates of the contract, by day, half month, calendar, completed or started month (FV-13)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from policies.rules.core import Day, Given, Minor, Outcome, in_order
from policies.rules.dates import (
    DAY,
    calendar_months,
    completed_months,
    days_between,
    half_months,
    started_half_months,
    started_months,
)
from policies.rules.parts import UnitMultiple
from policies.rules.reducing import DAYS, MONTHS, HeldUnits, OfTheFee, Reducing, reducing
from policies.rules.words import said

Unit = Literal["day", "half-month", "month", "completed-month", "started-month", "started-half-month"]
COUNTED: dict[Unit, Callable[[date, date], Decimal | int]] = {
    "day": days_between,
    "half-month": half_months,
    "month": calendar_months,
    "completed-month": completed_months,
    "started-month": started_months,
    "started-half-month": started_half_months,
}
WHOLE_ONES: dict[Unit, Unit] = {"started-month": "completed-month", "started-half-month": "half-month"}
UNIT_NAMES: dict[Unit, tuple[str, str]] = {
    "day": ("按天", "by day"),
    "half-month": ("按半月", "by half month"),
    "month": ("按日历月", "by calendar month"),
    "completed-month": ("按满月", "by completed month"),
    "started-month": ("按已开始的月", "by month begun"),
    "started-half-month": ("按已开始的半月", "by half month begun"),
}


def term_units(unit: Unit, start: date, end: date) -> Decimal:
    """A term is what it is, whichever way served time is counted: only whole days, halves or months of it exist."""
    return Decimal(COUNTED[WHOLE_ONES.get(unit, unit)](start, end))


class ReducingByDate(Given):
    fee_minor: Annotated[Minor, Field(description="the full fee, minor units, before tax")]
    start: Annotated[Day, Field(description="the first day of the term")]
    end_of_term: Annotated[Day, Field(description="the first day after the term, when no fee is due any more")]
    leaves_on: Annotated[Day, Field(description="the day the service ends")]
    unit: Annotated[
        Unit,
        Field(
            description="how served time is counted: days; half-month: completed months, and half of one from 15 days "
            "on; month: by the names of the months; completed-month: one that runs is still to be paid; "
            "started-month: one that runs counts as served; started-half-month: a half that runs counts as served"
        ),
    ]
    leaving_day: Annotated[Literal["used", "unused"], Field(description="whether `leaves_on` itself is served")] = (
        "unused"
    )
    held_units: HeldUnits = Decimal(0)
    share_percent: OfTheFee = None
    unit_multiple_of_minor: UnitMultiple = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        in_order(self.start, self.leaves_on, "leaves_on", "the start")
        in_order(self.start, self.end_of_term, "end_of_term", "the start")
        if self.term_units <= 0:
            raise ValueError(
                f"end_of_term: counted {self.unit}, the term from {self.start} to {self.end_of_term} is nothing; "
                "give a later day, or the unit day"
            )
        return self

    @property
    def term_units(self) -> Decimal:
        return term_units(self.unit, self.start, self.end_of_term)

    @property
    def used_units(self) -> Decimal:
        end = self.leaves_on + DAY if self.leaving_day == "used" else self.leaves_on
        return min(self.term_units, Decimal(COUNTED[self.unit](self.start, end)))


def reducing_by_date(given: ReducingByDate) -> Outcome:
    """The full fee times the share of the term that is left, both counted from dates. Nothing from `end_of_term` on."""
    counted = Reducing(
        fee_minor=given.fee_minor,
        term_units=given.term_units,
        used_units=given.term_units if given.leaves_on >= given.end_of_term else given.used_units,
        held_units=given.held_units,
        share_percent=given.share_percent,
        unit_multiple_of_minor=given.unit_multiple_of_minor,
        rounding=given.rounding,
        currency=given.currency,
    )
    outcome = reducing(counted, DAYS if given.unit == "day" else MONTHS)
    zh, en = UNIT_NAMES[given.unit]
    first = said(
        f"{given.start} 起，{given.leaves_on} 离网，{zh}计", f"from {given.start}, leaves on {given.leaves_on}, {en}"
    )
    return outcome.model_copy(update={"steps": (first, *outcome.steps)})
