"""The three systems under the same load: ours over HTTP, ours with gateways in the process, and the null saga."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import psutil

from bench import checks, meters, null_saga, phases
from bench.driver import Driver
from bench.phases import Figures, Pace
from bench.programs import Programs, add_services
from bench.workload import Workload
from contracts.flow import PREFIX, SERVICES, group_id

KILLED_PATIENCE_SECONDS = 60.0
BEFORE_KILL_SECONDS = 2.0
COMMITTED_SECONDS = 3.0  # longer than the workers' commit interval
OTHERS = 10_000_001  # after all whom the carrier of the race knows


@dataclass
class Place:
    """Where a benchmark runs; customers are used up one by one, over all rounds."""

    bootstrap: str
    folder: Path
    policy: str
    carrier: str
    around: dict[str, psutil.Process]  # broker and carrier
    crowd: Iterator[int]
    others: Iterator[int] = field(default_factory=lambda: count(OTHERS))  # whom only in-process carriers know
    run: int = 0

    def workload(self, *, plain: bool = False) -> Workload:
        self.run += 1
        return Workload((int(time.time()) + self.run) & 0xFFFFFFFF, plain=plain)


@dataclass
class Seen:
    """What the loops of one system showed."""

    most: Figures
    half: Figures
    at: dict[float, Figures] = field(default_factory=dict)  # by rate a second


def ours(place: Place, pace: Pace, *, in_process: bool, kill: str = "", samples: dict[str, Path] | None = None) -> Seen:
    """`kill`: the service to kill under load at the end; `samples`: which service to profile, and into which file."""
    name = "in-process" if in_process else "http"
    folder = place.folder / name
    ledgers = {service.name: folder / f"{service.name}.ledger.json" for service in SERVICES} if in_process else {}
    extra = {service: ["--gateways", str(file)] for service, file in ledgers.items()}
    for service, file in (samples or {}).items():
        extra[service] = [*extra.get(service, []), "--samples", str(file)]
    customers = place.others if in_process else place.crowd
    effects_before = {} if in_process else _counts(checks.ledger_summary(place.carrier))
    with Programs(folder) as programs:
        stores = place.folder / "stores"  # the same each time: none works on without what its group has read
        add_services(programs, place.bootstrap, stores, place.carrier, place.policy, extra)
        driver = Driver(place.bootstrap, place.workload(), PREFIX, customers)
        seen = _under_load(place, pace, driver, programs, in_process, kill, list(samples or {}))
        driver.close()
    summary = _gathered(ledgers) if in_process else checks.ledger_summary(place.carrier)
    counts = {kind: count - effects_before.get(kind, 0) for kind, count in _counts(summary).items()}
    seen.most.faults += checks.wrong_effects(summary) + checks.missing_effects(driver, counts)
    return seen


def _under_load(
    place: Place, pace: Pace, driver: Driver, programs: Programs, in_process: bool, kill: str, sampled: list[str]
) -> Seen:
    processes = {program.name: program.process for program in programs.by_name.values()}
    around = {name: each for name, each in place.around.items() if name != "carrier" or not in_process}
    offsets = meters.Offsets(place.bootstrap)
    groups = [group_id(service.name) for service in SERVICES]
    ends, consumed = offsets.ends(), {group: offsets.consumed(group) for group in groups}
    most = Figures()
    for service in sampled:
        programs.by_name[service].forget_samples_in(pace.warm)
    phases.at_most(driver, processes | around, pace, most)
    most.resident_mb = meters.resident_mb(processes | around)
    most.messages_a_transaction = {name: each.messages_a_transaction() for name, each in programs.by_name.items()}
    half = Figures()
    if pace.open:
        rate = max(1.0, most.completed_per_second / 2 / _share_that_completes(driver))
        half = phases.at_rate(driver, processes | around, pace.open, rate, pace.warm)
    at = {rate: phases.at_rate(driver, processes | around, pace.open, rate, pace.warm) for rate in pace.rates}
    if kill:
        most.progress_seconds = _progress_after_kill(driver, programs, kill, max(1.0, half.rate / 2))
    phases.finish(driver, most)
    most.faults += checks.wrong_ends(driver)
    time.sleep(COMMITTED_SECONDS)
    records = meters.growth(ends, offsets.ends())
    closed = max(1, driver.ends["closed"])
    most.records = {topic: count / closed for topic, count in records.items()}
    most.deliveries = {group: (offsets.consumed(group) - consumed[group]) / closed for group in groups}
    most.faults += checks.dead_letters(records)
    offsets.close()
    return Seen(most, half, at)


def _share_that_completes(driver: Driver) -> float:
    return driver.ends["closed"] / max(1, sum(driver.ends.values()))


def _progress_after_kill(driver: Driver, programs: Programs, service: str, rate: float) -> float:
    """Seconds from kill -9 until the service, started again at once, says something on its topic."""
    driver.run(BEFORE_KILL_SECONDS, rate=rate)
    programs.by_name[service].kill()
    killed = time.perf_counter()
    driver.moved_at, driver.awaited = 0.0, (f"{PREFIX}.{service}", int(time.time() * 1000))
    programs.by_name[service].start()
    while not driver.moved_at and time.perf_counter() < killed + KILLED_PATIENCE_SECONDS:
        driver.run(0.1, rate=rate)
    return (driver.moved_at or time.perf_counter()) - killed


def null(place: Place, pace: Pace, rate: float = 0.0) -> Figures:
    """The closed loop, or the open one at `rate`: so that both pay for the same idle time."""
    figures = Figures()
    with Programs(place.folder / "null") as programs:
        for service in null_saga.HOPS:
            programs.add(service, ["-m", "bench.null_saga", service, place.bootstrap], {})
        driver = Driver(place.bootstrap, place.workload(plain=True), null_saga.PREFIX, iter(range(1, 10**9)))
        _until_it_flows(driver)
        processes = {program.name: program.process for program in programs.by_name.values()}
        processes["broker"] = place.around["broker"]
        if rate:
            figures = phases.at_rate(driver, processes, pace.open or pace.closed, rate, pace.warm)
        else:
            phases.at_most(driver, processes, pace, figures)
        phases.finish(driver, figures)
        driver.close()
    return figures


def _until_it_flows(driver: Driver) -> None:
    """The relays have no door to knock at: one request through all of them shows that they are there."""
    driver.run(0.01, window=1)
    if not driver.drain(phases.DRAIN_SECONDS):
        raise RuntimeError("the null saga does not flow")


def _gathered(ledgers: dict[str, Path]) -> dict[str, Any]:
    summaries = [orjson.loads(file.read_bytes()) for file in ledgers.values()]
    by_kind = {kind: {"count": count} for each in summaries for kind, count in each["by_kind"].items()}
    return {"doubled": [row for each in summaries for row in each["doubled"]], "by_kind": by_kind}


def _counts(summary: dict[str, Any]) -> dict[str, int]:
    return {kind: int(row["count"]) for kind, row in summary["by_kind"].items()}
