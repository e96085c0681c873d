"""Exact percentiles of many durations at eight bytes each."""

from array import array
from typing import NamedTuple


class Spread(NamedTuple):
    """Seconds; `times` says of how many."""

    times: int
    p50: float
    p95: float
    longest: float


def spread(seconds: "array[float]") -> Spread:
    """Nearest rank: each figure is one that really happened. All zero where nothing was measured."""
    ordered = sorted(seconds)
    if not ordered:
        return Spread(0, 0.0, 0.0, 0.0)
    return Spread(len(ordered), _rank(ordered, 50), _rank(ordered, 95), ordered[-1])


def _rank(ordered: list[float], percent: int) -> float:
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
