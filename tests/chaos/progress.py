"""Who stood still and for how long although there was work, from the moments at which records arrived."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tests.chaos.ear import Place as Partition
from tests.chaos.storm import Injected

Moves = Mapping[Partition, Sequence[float]]
SOON_SECONDS = 5.0
Pause = tuple[float, float]


def gaps(moves: Sequence[float], began: float, ended: float) -> list[Pause]:
    """Every pause between two records, those at both ends of the time included."""
    inside = [began, *(at for at in moves if began <= at <= ended), ended]
    return list(pairwise(inside))


def stalls(moves: Sequence[float], feeds: Sequence[float]) -> list[Pause]:
    """Every pause from the moment at which there was something to do."""
    found = []
    for start, end in pairwise([0.0, *moves]):
        next_feed = bisect_right(feeds, start)
        if next_feed < len(feeds) and feeds[next_feed] < end:
            found.append((feeds[next_feed], end))
    return found


def longest_during(moves: Moves, feeds: Moves, faults: Iterable[Injected]) -> float:
    """The longest time any partition left its work lying, counted from the fault."""
    found = [
        end - max(start, fault.began)
        for fault in faults
        for place, each in moves.items()
        for start, end in stalls(each, feeds.get(place, ()))
        if start <= fault.ended and end >= fault.began
    ]
    return max(found, default=0.0)


def longest_without_fault(moves: Moves, faults: Sequence[Injected], began: float, ended: float) -> float:
    """Of the whole: the longest time in which nothing at all arrived and nothing was broken."""
    everything = sorted(at for each in moves.values() for at in each)
    return max((_calm(start, end, faults) for start, end in gaps(everything, began, ended)), default=0.0)


def _calm(start: float, end: float, faults: Sequence[Injected]) -> float:
    """The part of a pause that comes after the last fault in it."""
    ends = (fault.ended for fault in faults if fault.began <= end and fault.ended > start)
    return max(0.0, end - max([start, *ends]))


def seconds_to_progress(moves: Moves, feeds: Moves, topic: str, at: float) -> float | None:
    """Until every partition of a topic that had work, then or soon after, moved again; None: none had."""
    found = [
        end - max(start, at)
        for place, each in moves.items()
        if place[0] == topic
        for start, end in stalls(each, feeds.get(place, ()))
        if end > at and start < at + SOON_SECONDS
    ]
    return max(found, default=None)
