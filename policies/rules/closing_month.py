"""The fee of the month in which a line closes or an add-on is dropped, and both ends of it (FV-39, FV-54, CN-28)."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from policies.rules.core import Day, Given, Minor, Outcome, UnitPrice
from policies.rules.dates import DAY, days_in_month, next_month
from policies.rules.parts import part_of
from policies.rules.words import said


class ClosingMonth(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units")]
    closes_on: Annotated[Day, Field(description="the day the line closes")]
    method: Annotated[
        Literal["full-month", "daily", "half-month"],
        Field(description="full-month; daily: by days used; half-month: half up to the 15th, then all of it"),
    ]
    closing_day: Annotated[Literal["used", "unused"], Field(description="whether that day is charged")] = "used"
    unit_price: UnitPrice = "exact"


HALF_UP_TO = 15


def closing_month(given: ClosingMonth) -> Outcome:
    """The fee of the calendar month in which the line closes."""
    days, whole = given.closes_on.day - (given.closing_day == "unused"), days_in_month(given.closes_on)
    if given.method == "full-month":
        days = whole
    elif given.method == "half-month":
        days, whole = (1 if given.closes_on.day <= HALF_UP_TO else 2), 2
    a_day_first = given.method == "daily" and given.unit_price == "rounded"
    return part_of(given.monthly_minor, Decimal(days), Decimal(whole), given, a_day_first)


Ends = Literal["at-once", "month-end"]


class AddOnEnd(Given):
    monthly_minor: Annotated[Minor, Field(description="the add-on's monthly fee, minor units")]
    asked_on: Annotated[Day, Field(description="the day the customer drops it")]
    service: Annotated[Ends, Field(description="when it stops working")]
    charge: Annotated[Ends, Field(description="when it stops being charged; at-once charges the days used")]


class AddOnOutcome(Outcome):
    service_end: Annotated[date, Field(description="the last day it works")]
    charge_end: Annotated[date, Field(description="the last day it is charged")]


def add_on_end(given: AddOnEnd) -> AddOnOutcome:
    """An add-on dropped while the line stays: the two ends, and this month's fee; nothing from the next month on."""
    month_end = next_month(given.asked_on) - DAY
    ends = {"at-once": given.asked_on, "month-end": month_end}
    month = closing_month(
        ClosingMonth(
            monthly_minor=given.monthly_minor,
            closes_on=given.asked_on,
            method="full-month" if given.charge == "month-end" else "daily",
            rounding=given.rounding,
            currency=given.currency,
        )
    )
    service, charge = ends[given.service], ends[given.charge]
    both = said(f"可用至 {service}，计费至 {charge}", f"works until {service}, charged until {charge}")
    return AddOnOutcome(
        amount_minor=month.amount_minor, service_end=service, charge_end=charge, steps=(both, *month.steps)
    )
