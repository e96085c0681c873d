"""When a clock of a pack runs out: the day in which a notice, an answer or a right ends (clocks of N4)."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from policies.rules.calendars import Calendar, DayOutcome
from policies.rules.core import Given, Instant
from policies.rules.dates import known_zone
from policies.rules.instants import last_day
from policies.rules.words import said
from policies.spans import due, read_span
from policies.spans import said as in_words


def _a_span(value: str) -> str:
    read_span(value)
    return value


class Due(Given):
    begins: Annotated[Instant, Field(description="with its offset, such as 2026-10-15T16:30:00Z")]
    span: Annotated[
        str, AfterValidator(_a_span), Field(description="as `clocks` has it: `P30D`, `1 month to the end of the month`")
    ]
    time_zone: Annotated[
        str, AfterValidator(known_zone), Field(description="where the customer is, such as Asia/Shanghai")
    ]
    calendar: Annotated[Calendar | None, Field(description="which days are worked; left out: Monday to Friday")] = None


def due_on(given: Due) -> DayOutcome:
    """The last day of a span that begins then, by the customer's clock."""
    zone, span = ZoneInfo(given.time_zone), read_span(given.span)
    day = last_day(due(given.begins, span, zone, given.calendar), zone)
    words = in_words(span)
    step = said(f"{given.begins.astimezone(zone).date()} 起 {words.zh}：至 {day}", f"{words.en} from then: until {day}")
    return DayOutcome(amount_minor=0, day=day, steps=(step,))
