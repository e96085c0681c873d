"""Values at the edge of a type: what no healthy client sends, and what an unhealthy one does."""

from collections.abc import Iterator
from typing import Any

EXTREMES: tuple[Any, ...] = (
    "9999-12-31T23:59:59.999999-12:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59Z",
    "9999-12-31",
    "P999999999D",
    "-P999999999DT24H",
    10**400,
    10**15,
    -(10**18),
    2**63,
    1,
    0,
    1e308,
    float("nan"),
    float("-inf"),
    "9" * 5000,
    "x" * 300,
    "\ud800",
    "\x00",
    "",
    "USD",
    [],
    ["x", "x"],
    {},
    None,
    True,
    False,
)


def leaves(value: Any, *path: str | int) -> Iterator[tuple[str | int, ...]]:
    """The place of every value in a message, of lists and objects themselves too."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield from leaves(each, *path, step)
    if path:
        yield path
