"""How far each group is behind on each topic, in records and in time, and whether it catches up. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from contracts.flow import GROUP_PREFIX
from runtime.kafka.lag import Lag
from runtime.kafka.record_times import Looks, Place, seconds_old
from runtime.kafka.uncommitted import Uncommitted

Verdict = Literal["ok", "slow", "stalled"]
JUDGED_OVER_SECONDS = 12.0
JUDGED_AFTER_SECONDS = 8.0  # several of the commits that a group makes once a second
SAME_MOMENT_SECONDS = 5.0  # whoever is this close behind is reading along
SPARKLINE_POINTS = 60


class Partition(NamedTuple):
    partition: int
    committed: int | None
    end: int
    behind: int
    oldest: datetime | None  # the oldest record that was not read


class Point(NamedTuple):
    """One look: when it was, on a clock that is never set back."""

    at: float
    read: int
    end: int
    behind: int
    seconds: float


class Behind(NamedTuple):
    topic: str
    group: str
    started: bool
    partitions: tuple[Partition, ...]
    history: tuple[Point, ...]

    @property
    def records(self) -> int:
        return self.history[-1].behind

    @property
    def seconds(self) -> float:
        return self.history[-1].seconds

    @property
    def verdict(self) -> Verdict:
        return verdict(self.history)

    @property
    def clears_in(self) -> float | None:
        return clears_in(self.history)


def unread(lags: Iterable[Lag]) -> dict[Place, dict[str, int]]:
    """The first unread offset of each group that is behind; -1: it never read here."""
    found: dict[Place, dict[str, int]] = {}
    for lag in lags:
        if lag.behind > 0:
            found.setdefault((lag.topic, lag.partition), {})[lag.group] = lag.unread_from
    return found


def looked(
    lags: Sequence[Lag],
    times: Mapping[tuple[str, int, int], int],
    before: Mapping[tuple[str, str], Behind],
    looks: Looks,
    now: datetime,
    most: int,
) -> dict[tuple[str, str], Behind]:
    """`times`: the time stamp in milliseconds of the record at (topic, partition, offset); `looks`: all of them."""
    at = looks[-1][0]
    groups: dict[tuple[str, str], list[Lag]] = {}
    for lag in lags:
        groups.setdefault((lag.topic, lag.group.removeprefix(GROUP_PREFIX)), []).append(lag)
    found = {}
    for (topic, group), mine in groups.items():
        partitions = tuple(_partition(lag, times, looks, now) for lag in sorted(mine, key=lambda lag: lag.partition))
        oldest = min((each.oldest for each in partitions if each.oldest), default=None)
        seconds = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
        read = sum(each.committed or 0 for each in partitions)
        point = Point(at, read, sum(p.end for p in partitions), sum(p.behind for p in partitions), seconds)
        known = before[topic, group].history if (topic, group) in before else ()
        started = any(each.committed is not None for each in partitions)
        found[topic, group] = Behind(topic, group, started, partitions, (*known, point)[-most:])
    return found


def _partition(
    lag: Lag,
    times: Mapping[tuple[str, int, int], int],
    looks: Looks,
    now: datetime,
) -> Partition:
    offset = lag.unread_from
    stamp = times.get((lag.topic, lag.partition, offset)) if lag.behind > 0 else None
    if stamp is None:
        return Partition(lag.partition, lag.committed, lag.end, lag.behind, None)
    age = seconds_old(stamp, looks, (lag.topic, lag.partition), max(0, offset), now)
    return Partition(lag.partition, lag.committed, lag.end, lag.behind, now - timedelta(seconds=age))


def verdict(history: Sequence[Point]) -> Verdict:
    """Stalled: nothing was read although something lies there. Slow: never in step with what comes in."""
    latest = history[-1]
    recent = [each for each in history if latest.at - each.at <= JUDGED_OVER_SECONDS]
    if not all(each.behind for each in recent) or latest.at - recent[0].at < JUDGED_AFTER_SECONDS:
        return "ok"
    if recent[0].read == latest.read and latest.seconds >= SAME_MOMENT_SECONDS:
        return "stalled"
    return "slow" if min(each.seconds for each in recent) >= SAME_MOMENT_SECONDS else "ok"


def clears_in(history: Sequence[Point]) -> float | None:
    """Seconds until everything is read, as it goes now; None: it is not getting less."""
    latest = history[-1]
    recent = [each for each in history if latest.at - each.at <= JUDGED_OVER_SECONDS]
    passed = latest.at - recent[0].at
    won = (latest.read - recent[0].read) - (latest.end - recent[0].end)
    if not latest.behind:
        return 0.0
    return latest.behind / (won / passed) if won > 0 and passed > 0 else None


def sparkline(history: Sequence[Point], seconds: float) -> list[float]:
    """Seconds behind, evenly over the last `seconds`; the highest of each slice, so that no peak is lost."""
    latest = history[-1].at
    width = seconds / SPARKLINE_POINTS
    slices: dict[int, float] = {}
    for each in history:
        number = SPARKLINE_POINTS - 1 - int((latest - each.at) / width)
        if number >= 0:
            slices[number] = max(slices.get(number, 0.0), each.seconds)
    return [slices.get(number, 0.0) for number in range(SPARKLINE_POINTS)]


def as_json(behind: Behind) -> dict[str, Any]:
    """`started` is false for a group that has committed nothing here yet: then `behind` is an upper bound."""
    clears = behind.clears_in
    return {
        "group": behind.group,
        "behind": behind.records,
        "started": behind.started,
        "seconds_behind": round(behind.seconds, 1),
        "verdict": behind.verdict,
        "clears_in_seconds": None if clears is None else round(clears, 1),
    }


def held_back_as_json(standing: Sequence[Uncommitted]) -> dict[str, Any]:
    """Of one topic: what an open transaction keeps everybody from reading, and since when."""
    return {
        "uncommitted": sum(each.records for each in standing),
        "uncommitted_seconds": round(max((each.seconds for each in standing), default=0.0), 1),
    }
