"""Which day it is for the customer, and which day is so many working days later (FV-33, clocks of N4)."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.words import Value
from policies.rules.core import Count, Day, Given, Instant, Outcome, in_order
from policies.rules.dates import DAY, known_zone, local_day
from policies.rules.words import said

SATURDAY = 5


class CustomersDay(Given):
    moment: Annotated[Instant, Field(description="with its offset, such as 2026-10-15T16:30:00Z")]
    time_zone: Annotated[
        str, AfterValidator(known_zone), Field(description="where the customer is, such as Asia/Shanghai")
    ]


class DayOutcome(Outcome):
    day: Annotated[date, Field(description="the day")]


def customers_day(given: CustomersDay) -> DayOutcome:
    """The day it is for the customer at that moment; the server's day and the day in UTC do not matter."""
    day = local_day(given.moment, given.time_zone)
    step = said(f"{given.time_zone} 当地日期 {day}", f"the day in {given.time_zone} is {day}")
    return DayOutcome(amount_minor=0, day=day, steps=(step,))


def is_weekday(day: date) -> bool:
    return day.weekday() < SATURDAY


class Calendar(Value):
    """The days an operator has looked up; what lies outside is not guessed."""

    first_day: Annotated[Day, Field(description="the first day that was looked up")]
    last_day: Annotated[Day, Field(description="the last day that was looked up")]
    holidays: Annotated[tuple[Day, ...], Field(description="a list: days off that are not Saturday or Sunday")] = ()
    working_weekends: Annotated[tuple[Day, ...], Field(description="a list: Saturdays and Sundays worked")] = ()

    @model_validator(mode="after")
    def _days_are_inside(self) -> Self:
        in_order(self.first_day, self.last_day, "last_day", "first_day")
        for field in ("holidays", "working_weekends"):
            if outside := [day for day in getattr(self, field) if not self.first_day <= day <= self.last_day]:
                raise ValueError(f"{field}: {outside[0]} is outside the calendar, {self.first_day} to {self.last_day}")
        return self

    @model_validator(mode="after")
    def _worked_or_not(self) -> Self:
        for day in self.working_weekends:
            if is_weekday(day):
                raise ValueError(f"working_weekends: {day} is no Saturday or Sunday: it is worked anyway")
            if day in self.holidays:
                raise ValueError(f"working_weekends: {day} is among the holidays as well; leave it out of one of them")
        return self

    def works(self, day: date) -> bool:
        """Outside the days that were looked up: Monday to Friday."""
        return day in self.working_weekends or (is_weekday(day) and day not in self.holidays)

    def after(self, start: date, working_days: int) -> date | None:
        """None when it is not inside the calendar any more."""
        day, left = start, working_days
        while left and day < self.last_day:
            day += DAY
            left -= self.works(day)
        return None if left else day


def next_working_day(day: date, calendar: Calendar | None) -> date:
    """The day itself where it is worked; without a calendar Monday to Friday are."""
    while not (calendar.works(day) if calendar else is_weekday(day)):
        day += DAY
    return day


class WorkingDays(Given):
    start: Annotated[Day, Field(description="the day before the first one counted")]
    working_days: Annotated[Count, Field(description="how many working days later")]
    calendar: Annotated[Calendar, Field(description="which days are worked, and from when to when that is known")]

    @model_validator(mode="after")
    def _inside_the_calendar(self) -> Self:
        known = f"the calendar, {self.calendar.first_day} to {self.calendar.last_day}"
        if not self.calendar.first_day <= self.start <= self.calendar.last_day:
            raise ValueError(f"start: {self.start} is outside {known}")
        if self.calendar.after(self.start, self.working_days) is None:
            raise ValueError(f"working_days: {self.working_days} after {self.start} is outside {known}")
        return self


def working_days(given: WorkingDays) -> DayOutcome:
    """The day that is so many working days later; holidays and weekends do not count, worked weekends do."""
    day = given.calendar.after(given.start, given.working_days)
    assert day is not None
    step = said(
        f"{given.start} 后 {given.working_days} 个工作日：{day}", f"{given.working_days} working days on: {day}"
    )
    return DayOutcome(amount_minor=0, day=day, steps=(step,))
