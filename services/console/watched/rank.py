"""What comes first in every list that knows better and worse: strip, pages, doors and terminal."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

WORST_FIRST = (  # what the strip finds, and the verdicts of the tables, in one row
    "database",
    "broker",
    "carrier",
    "away",
    "silent",
    "deleted",
    "topics",
    "stranger",
    "stalled",
    "uncommitted",
    "late",
    "kept-back",
    "clock",
    "slow",
    "unsteady",
    "flood",
    "waits",
    "person",
    "letters",
)
Rank = tuple[int, float, int]
FINE: Rank = (0, 0.0, 0)
T = TypeVar("T")


def rank(kind: str, lasting: float = 0.0, waiting: int = 0) -> Rank:
    """The graver first, then what has lasted longer, then where more wait.

    What is fine keeps the place it had, so that it does not jump at every look.
    """
    return (len(WORST_FIRST) - WORST_FIRST.index(kind), lasting, waiting) if kind in WORST_FIRST else FINE


def lasting_since(at: datetime | None) -> float:
    """Greater for what began earlier; least where nobody knows."""
    return -at.timestamp() if at else float("-inf")


def worst_first(rows: Iterable[T], ranked: Callable[[T], Rank]) -> list[T]:
    return sorted(rows, key=ranked, reverse=True)
