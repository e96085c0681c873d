"""Works out when a record was published: both times it carries are set by its publisher, so either may be wrong."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from contracts.words import FIRST_YEAR, LAST_YEAR

FIRST, LAST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)
MS, EPOCH_YEAR = 1000, 1970
Place = tuple[str, int]  # topic and partition
Looks = Sequence[tuple[float, Mapping[Place, int]]]  # when, by a clock that is never set back; where each place ended


def broker_time(timestamp_ms: int) -> datetime:
    """The record's own time stamp; the nearest moment we can count with, if that is none."""
    inside = min(max(timestamp_ms, int(FIRST.timestamp()) * MS), int(LAST.timestamp()) * MS)
    return datetime.fromtimestamp(inside / MS, UTC)


def asked_from(moment: datetime) -> int:
    """In milliseconds: no broker is asked for what was before 1970, and no zone moves a moment out of all years."""
    if moment.year < EPOCH_YEAR:
        return 0
    return max(0, round((moment if moment.year <= LAST_YEAR else LAST).timestamp() * MS))


def said_at(text: str, timestamp_ms: int) -> datetime:
    """A time in a header, such as `ce_time`; the broker's where it is none, has no zone, or is of another age."""
    try:
        said = datetime.fromisoformat(text)
        if FIRST <= said <= LAST:
            return said.astimezone(UTC)
    except (ValueError, TypeError):  # no time, or one without a zone, which compares with nothing
        pass
    return broker_time(timestamp_ms)


def watched(looks: Looks, place: Place, offset: int) -> tuple[float, float]:
    """Between which looks the record came: its age is between these two."""
    at = looks[-1][0]
    before = max((when for when, found in looks if found.get(place, offset + 1) <= offset), default=float("-inf"))
    after = min((when for when, found in looks if found.get(place, 0) > offset and when > before), default=at)
    return at - after, at - before


def seconds_old(timestamp_ms: int | None, looks: Looks, place: Place, offset: int, now: datetime) -> float:
    """A publisher's clock may be an hour off: its time stamp counts only as far as we have not seen otherwise."""
    least, most = watched(looks, place, offset)
    said = least if timestamp_ms is None else (now - broker_time(timestamp_ms)).total_seconds()
    return min(max(said, least), most)
