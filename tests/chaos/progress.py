"""Who stood still and for how long, from the moments at which records arrived."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from tests.chaos.ear import Place as Partition
from tests.chaos.storm import Injected

Moves = Mapping[Partition, Sequence[float]]


def gaps(moves: Sequence[float], began: float, ended: float) -> list[tuple[float, float]]:
    """Every pause between two records, those at both ends of the time included."""
    inside = [began, *(at for at in moves if began <= at <= ended), ended]
    return list(pairwise(inside))


def longest_during(moves: Moves, faults: Iterable[Injected], began: float, ended: float) -> float:
    """The longest time any partition needed until its next record, counted from the fault."""
    longest = 0.0
    for each in moves.values():
        for fault in faults:
            for start, end in gaps(each, began, ended):
                if start <= fault.ended and end >= fault.began and end < ended:
                    longest = max(longest, end - max(start, fault.began))
    return longest


def longest_without_fault(moves: Moves, faults: Sequence[Injected], began: float, ended: float) -> float:
    """Of the whole: the longest time in which nothing at all arrived and nothing was broken."""
    everything = sorted(at for each in moves.values() for at in each)
    return max((_calm(start, end, faults) for start, end in gaps(everything, began, ended)), default=0.0)


def _calm(start: float, end: float, faults: Sequence[Injected]) -> float:
    """The part of a pause that comes after the last fault in it."""
    return max(0.0, end - max([start, *(fault.ended for fault in faults if fault.began <= end and fault.ended > start)]))


def seconds_to_progress(moves: Moves, topic: str, at: float) -> float | None:
    """Until every partition of a topic moved again; None where one did not."""
    nexts = [next((move for move in each if move > at), None) for (name, _), each in moves.items() if name == topic]
    known = [move for move in nexts if move is not None]
    return max(known) - at if known and len(known) == len(nexts) else None
