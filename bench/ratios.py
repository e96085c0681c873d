"""Ours over theirs: the budgets P1 to P5, from one run's rounds. A number that is missing is said to be missing."""

from collections.abc import Callable, Iterable
from statistics import median
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from bench.phases import Figures
from bench.report import Round

Number = Callable[[Figures], float | None]
OURS, DOOR, DBOS, RESTATE = "in-process", "http", "dbos", "restate"


class Ratio(NamedTuple):
    budget: str
    what: str
    value: float | None
    goal: str


def ratios(rounds: list[Round]) -> list[Ratio]:
    return [Ratio(budget, what, value, goal) for budget, what, value, goal in _all(rounds)]


def show(found: list[Ratio]) -> None:
    table = Table("budget", "ours over theirs", "median", "goal", title="the race", title_justify="left")
    for each in found:
        table.add_row(each.budget, each.what, "-" if each.value is None else f"{each.value:.2f}", each.goal)
    Console().print(table)


def _all(rounds: list[Round]) -> Iterable[tuple[str, str, float | None, str]]:
    yield "P1", "completed/s over DBOS's", _over(rounds, OURS, DBOS, _completed), ">= 5"
    at = " at 5/s"
    yield "P2", f"CPU a request{at} over DBOS's", _over(rounds, OURS + at, DBOS + at, _cpu), "<= 1"
    for rate in (" at 5/s", " at 10/s"):
        for name in ("p50", "p99"):
            number = _latency(name)
            yield "P3", f"{name} to told{rate} over DBOS's", _over(rounds, OURS + rate, DBOS + rate, number), "<= 2"
    yield "P4", "completed/s over HTTP over DBOS's", _over(rounds, DOOR, DBOS, _completed), ">= 2"
    yield "P4", "completed/s over Restate's", _over(rounds, OURS, RESTATE, _completed), ">= 2"
    yield "P5", "share of a null saga", _over(rounds, "null", OURS, _cpu), ">= 0.25"


def _over(rounds: list[Round], ours: str, theirs: str, number: Number) -> float | None:
    """Within each round, then the middle of the rounds."""
    pairs = [
        (number(each.figures[ours]), number(each.figures[theirs]))
        for each in rounds
        if ours in each.figures and theirs in each.figures
    ]
    found = [mine / other for mine, other in pairs if mine and other]
    return median(found) if found else None


def _completed(figures: Figures) -> float | None:
    return figures.completed_per_second


def _cpu(figures: Figures) -> float | None:
    return figures.cpu_ms_total


def _latency(name: str) -> Number:
    return lambda figures: figures.latency_ms.get(name)
