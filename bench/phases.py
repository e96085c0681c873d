"""One system under load: warm up, then a closed loop for the most it can do, an open loop for how long it takes."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from statistics import quantiles
from typing import Any

import psutil

from bench import meters
from bench.driver import Driver, Journey
from bench.workload import Way

DRAIN_SECONDS = 60.0
LONGEST_WARM_UP_SECONDS = 30.0
SETTLED_SECONDS = 10.0  # who was not told so long after the last request has no latency


@dataclass
class Pace:
    """How long and how hard; seconds."""

    warm: float
    closed: float
    open: float
    window: int
    rates: tuple[float, ...] = ()  # a second, of the open loops beside the one at half of the most


@dataclass
class Figures:
    """What one phase showed. CPU in milliseconds a completed request, latencies in milliseconds."""

    completed_per_second: float = 0.0
    cpu_ms: dict[str, float] = field(default_factory=dict)
    others_cpu: float = 0.0
    rate: float = 0.0
    latency_ms: dict[str, float] = field(default_factory=dict)
    resident_mb: dict[str, float] = field(default_factory=dict)
    messages_a_transaction: dict[str, float] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    records: dict[str, float] = field(default_factory=dict)
    deliveries: dict[str, float] = field(default_factory=dict)
    progress_seconds: float | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def cpu_ms_total(self) -> float:
        return sum(self.cpu_ms.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"cpu_ms_total": self.cpu_ms_total}


def at_most(driver: Driver, processes: Mapping[str, psutil.Process], pace: Pace, figures: Figures) -> None:
    """Closed loop: always as many in flight, no pause. Steady once the first windowful has gone all the way."""
    driver.run(pace.warm, window=pace.window)
    until = time.perf_counter() + LONGEST_WARM_UP_SECONDS
    while sum(driver.ends.values()) < 2 * pace.window and time.perf_counter() < until:
        driver.run(0.5, window=pace.window)
    before, closed_before = meters.cpu(processes), driver.ends["closed"]
    driver.run(pace.closed, window=pace.window)
    _count(driver, closed_before, meters.spent(before, meters.cpu(processes)), figures)


def at_rate(
    driver: Driver, processes: Mapping[str, psutil.Process], seconds: float, rate: float, warm: float
) -> Figures:
    """Open loop: by the clock. Latency is from when a request should have been sent until its customer was told."""
    figures = Figures(rate=rate)
    driver.empty(DRAIN_SECONDS)
    driver.run(warm, rate=rate)
    before, closed_before, first = meters.cpu(processes), driver.ends["closed"], driver.sent
    driver.run(seconds, rate=rate)
    _count(driver, closed_before, meters.spent(before, meters.cpu(processes)), figures)
    driver.empty(SETTLED_SECONDS)
    figures.latency_ms = latencies(_straight(driver, first))
    return figures


def _count(driver: Driver, closed_before: int, spent: meters.Spent, figures: Figures) -> None:
    completed = driver.ends["closed"] - closed_before
    figures.completed_per_second = completed / spent.seconds
    figures.cpu_ms = {name: 1000 * seconds / max(1, completed) for name, seconds in spent.by_name.items()}
    figures.others_cpu = spent.others


def _straight(driver: Driver, first: int) -> list[Journey]:
    numbers = list(driver.journeys)[first:]
    return [driver.journeys[number] for number in numbers if driver.workload.way(number) is Way.STRAIGHT]


def latencies(journeys: list[Journey]) -> dict[str, float]:
    told = [journey for journey in journeys if journey.end == "closed"]
    if len(told) < 2:
        return {}
    to_quote = quantiles([1000 * (each.quoted - each.intended) for each in told], n=100)
    to_end = quantiles([1000 * (each.told - each.intended) for each in told], n=100)
    longest = 1000 * max(each.told - each.intended for each in told)
    return {"p50": to_end[49], "p99": to_end[98], "most": longest, "quote_p50": to_quote[49], "quote_p99": to_quote[98]}


def finish(driver: Driver, figures: Figures) -> None:
    """Everybody gets an end; who has none after a minute is a fault."""
    if not driver.drain(DRAIN_SECONDS):
        left = [number for number, journey in driver.journeys.items() if not journey.end]
        ways = sorted({driver.workload.way(number).value for number in left})
        example = driver.workload.request_id(left[0])
        figures.faults.append(f"{len(left)} requests never ended ({', '.join(ways)}), such as {example}")
    figures.faults += driver.faults[:5]
    figures.ends = dict(driver.ends)
