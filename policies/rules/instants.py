"""An end is an instant and «until» leaves it out: which day is the last one, and when a wall clock shows a time.

Said once, here: an end at midnight is the end of the day before. A time that a clock change skips is as much later as
the clocks jump (02:30 becomes 03:30); of a time that comes twice it is the first.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from policies.rules.dates import next_month

AN_INSTANT = timedelta(microseconds=1)
MIDNIGHT = time()


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """The day in which the last instant before the end lies."""
    return (end - AN_INSTANT).astimezone(zone).date()


def first_day_not_served(end: datetime, zone: ZoneInfo) -> date:
    """The day that is cut short by the end, or the one that would have begun with it."""
    return end.astimezone(zone).date()


def end_of_month(end: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the month of the last day is over: an end at the month's own end stays what it is."""
    return at_wall_time(next_month(last_day(end, zone)), MIDNIGHT, zone)


def at_wall_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """In UTC."""
    return datetime.combine(day, clock.replace(fold=0, tzinfo=None), zone).astimezone(UTC)
