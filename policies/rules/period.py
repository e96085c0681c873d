"""A paid period and the day it was cut short: how much is unused, by each way of counting days (FV-19 to FV-33)."""

from datetime import date
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from policies.rules.core import Day, Given, Instant, in_order
from policies.rules.dates import DAY, completed_months, days_between, days_of_30, known_zone, local_day

DayCount = Literal["real-days", "fixed-30", "30/360", "whole-months"]
FIXED = 30


class Unused(NamedTuple):
    """So many of so many days (or months), the unused ones after the day it ended."""

    units: int
    whole: int
    ended_on: date


class PaidPeriod(Given):
    period_start: Annotated[Day, Field(description="the first day that is paid")]
    next_period_start: Annotated[Day, Field(description="the first day that is not paid any more")]
    ended_on: Annotated[Day | None, Field(description="the day the service ended; or give ended_at")] = None
    ended_at: Annotated[
        Instant | None, Field(description="the moment it ended, with its offset, such as 2026-10-15T16:30:00Z")
    ] = None
    time_zone: Annotated[
        Annotated[str, AfterValidator(known_zone)] | None,
        Field(description="with ended_at: the customer's time zone, which decides the day"),
    ] = None
    end_day: Annotated[Literal["used", "unused"], Field(description="whether the day it ended counts as used")] = "used"
    day_count: Annotated[
        DayCount,
        Field(
            description="real-days; fixed-30: any month has 30; 30/360: every month of the period has 30; "
            "whole-months: only whole months count as unused"
        ),
    ] = "real-days"

    @model_validator(mode="after")
    def _one_end_inside_the_period(self) -> Self:
        if (self.ended_on is None) == (self.ended_at is None):
            raise ValueError("ended_on: give either ended_on or ended_at, not both and not none")
        if (self.ended_at is None) != (self.time_zone is None):
            raise ValueError("time_zone: goes together with ended_at")
        in_order(self.period_start + DAY, self.next_period_start, "next_period_start", "the day after period_start")
        if self.whole_units <= 0:
            raise ValueError(f"next_period_start: counted {self.day_count}, the period is nothing")
        return self

    @property
    def last_day(self) -> date:
        if self.ended_at is not None and self.time_zone is not None:
            return local_day(self.ended_at, self.time_zone)
        assert self.ended_on is not None
        return self.ended_on

    @property
    def whole_units(self) -> int:
        if self.day_count == "fixed-30":
            return FIXED
        return _between(self.day_count, self.period_start, self.next_period_start)

    def unused(self) -> Unused:
        """The end is kept inside the period: before it all is unused, after it nothing."""
        first_unused = self.last_day + DAY if self.end_day == "used" else self.last_day
        start = min(max(first_unused, self.period_start), self.next_period_start)
        return Unused(self._units_from(start), self.whole_units, self.last_day)

    def _units_from(self, start: date) -> int:
        if start == self.next_period_start:
            return 0  # also where the way of counting sees a 31st day it does not have
        if self.day_count == "fixed-30":
            return max(0, FIXED - days_between(self.period_start, start))
        return _between(self.day_count, start, self.next_period_start)


def _between(day_count: DayCount, start: date, end: date) -> int:
    if day_count == "30/360":
        return days_of_30(start, end)
    if day_count == "whole-months":
        return completed_months(start, end)
    return days_between(start, end)
