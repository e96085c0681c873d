"""Works out when a record was published: both times it carries are set by its publisher, so either may be wrong."""

from datetime import UTC, datetime

from contracts.words import FIRST_YEAR, LAST_YEAR

FIRST, LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
MS = 1000


def broker_time(timestamp_ms: int) -> datetime:
    """The record's own time stamp; the nearest moment we can count with, if that is none."""
    inside = min(max(timestamp_ms, int(FIRST.timestamp()) * MS), int(LAST.timestamp()) * MS)
    return datetime.fromtimestamp(inside / MS, UTC)


def said_at(text: str, timestamp_ms: int) -> datetime:
    """A time in a header, such as `ce_time`; the broker's where it is none, has no zone, or is of another age."""
    try:
        said = datetime.fromisoformat(text)
        if FIRST <= said <= LAST:
            return said.astimezone(UTC)
    except (ValueError, TypeError):  # no time, or one without a zone, which compares with nothing
        pass
    return broker_time(timestamp_ms)
