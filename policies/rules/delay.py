"""What a late end cost the customer, given back (FV-40, CN-15, N5)."""

from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from policies.rules.core import Count, Day, Given, Minor, Outcome, rounded
from policies.rules.dates import DAY, days_between, days_in_month, next_month
from policies.rules.words import money, said


class DelayWaiver(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fees of what ended late, minor units")]
    promised_on: Annotated[Day, Field(description="the last day by which it was promised to end")]
    ended_on: Annotated[Day, Field(description="the day it did end")]
    usage_minor: Annotated[Minor, Field(description="usage charged on the days too many, minor units")] = 0
    day_count: Annotated[
        Literal["real-days", "fixed-30"],
        Field(description="a day is a part of its own month (real-days), or a thirtieth of the fee"),
    ] = "real-days"
    least_days: Annotated[Count, Field(description="at least so many days are given back if it was late at all")] = 0


class DelayOutcome(Outcome):
    days_late: Annotated[StrictInt, Field(description="days after the promised one, the last included")]
    period_fee_minor: Annotated[StrictInt, Field(description="of the monthly fees, for these days")]


def delay_waiver(given: DelayWaiver) -> DelayOutcome:
    """The monthly fees of the days after the promise, and the usage on them. On time or earlier: nothing."""
    late = max(0, days_between(given.promised_on, given.ended_on))
    days = max(late, given.least_days) if late else 0
    fee = rounded(given.monthly_minor * _months(given, days), given.rounding)
    minor = fee + (given.usage_minor if late else 0)
    monthly, usage = money(given.monthly_minor, given.currency), money(given.usage_minor, given.currency)
    period, whole = money(fee, given.currency), money(minor, given.currency)
    step = said(
        f"迟 {late} 天，月费 {monthly} 按 {days} 天计 {period}，加使用 {usage}：减免 {whole}",
        f"{late} days late; {days} days of {monthly} a month are {period}, usage {usage}: waived {whole}",
    )
    return DelayOutcome(amount_minor=minor, days_late=late, period_fee_minor=fee, steps=(step,))


def _months(given: DelayWaiver, days: int) -> Fraction:
    """So many days from the one after the promise on, as a part of months."""
    if given.day_count == "fixed-30":
        return Fraction(days, 30)
    start, end = given.promised_on + DAY, given.promised_on + (days + 1) * DAY
    return _parts_of_months(start, end)


def _parts_of_months(start: date, end: date) -> Fraction:
    total = Fraction(0)
    while start < end:
        stop = min(end, next_month(start))
        total += Fraction(days_between(start, stop), days_in_month(start))
        start = stop
    return total
