"""Many seeds on all cores: what is added up, and the search for the first seed that shows a planted bug."""

import os
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import NamedTuple

from tests.proof.history import Violation
from tests.simulation.bugs import BUGS
from tests.simulation.chaos import FAULTS, POINTS
from tests.simulation.run import run
from tests.simulation.seams import Plan, Seams

AT_ONCE = 16  # seeds handed to a process in one go
MOST_ROUNDS = 6


class Short(NamedTuple):
    """What is kept of a run when there are thousands."""

    seed: int
    requests: int
    ends: Counter[str]
    faults: Counter[str]
    crashes: Counter[str]
    violations: list[Violation]
    digest: str


@dataclass
class Total:
    seeds: int = 0
    requests: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    crashes: Counter[str] = field(default_factory=Counter)
    violations: list[tuple[int, Violation]] = field(default_factory=list)

    def add(self, run: Short) -> None:
        self.seeds += 1
        self.requests += run.requests
        for name in ("ends", "faults", "crashes"):
            getattr(self, name).update(getattr(run, name))
        self.violations += [(run.seed, violation) for violation in run.violations]

    @property
    def faults_missing(self) -> list[str]:
        return [name for name in FAULTS if not self.faults[name]]

    @property
    def points_missing(self) -> list[str]:
        return [point for point in POINTS if not self.crashes[point]]


def seams_of(bug: str) -> Seams:
    return BUGS[bug].plant(Seams()) if bug else Seams()


def short(seed: int, bug: str = "") -> Short:
    try:
        done = run(Plan(seed), seams_of(bug))
    except Exception as error:  # thousands of other seeds must not end with this one
        where = traceback.format_exception(error)[-2].strip().splitlines()[0]
        fault = Violation("simulation", "", f"the run itself broke: {error!r} {where}")
        return Short(seed, 0, Counter(), Counter(), Counter(), [fault], "")
    seen = done.seen
    return Short(seed, done.requests, done.ends, seen.faults, seen.crashes, done.violations, done.digest)


def until_all_happened(seeds: range, total: Total) -> Iterator[int]:
    """Adds up these seeds, then some about what did not happen; how many there are, at each run done."""
    wanted: Sequence[int] = seeds
    for _ in range(MOST_ROUNDS):
        count = total.seeds + len(wanted)
        for each in every(wanted):
            total.add(each)
            yield count
        wanted = about_what_is_missing(total, wanted[-1])[: len(seeds) // 10]
        if not wanted:
            return


def about_what_is_missing(total: Total, last: int) -> list[int]:
    """Seeds after the last one: the next about each crash point where nobody died, and any others for faults."""
    points = {last + 1 + (POINTS.index(point) - last - 1) % len(POINTS) for point in total.points_missing}
    faults = {last + 1 + number for number, _ in enumerate(total.faults_missing)}
    return sorted(points | faults)


def several(seeds: list[int]) -> list[Short]:
    return [short(seed) for seed in seeds]


def every(seeds: Sequence[int], processes: int = 0) -> Iterator[Short]:
    """Each run as it is done, in the order of the seeds."""
    parts = [list(seeds[start : start + AT_ONCE]) for start in range(0, len(seeds), AT_ONCE)]
    with _processes(processes) as pool:
        for done in pool.map(several, parts):
            yield from done


class Found(NamedTuple):
    """How many seeds it took to see a bug (0: not seen), the first that showed it, and what it broke."""

    bug: str
    seeds: int
    seed: int
    violations: list[Violation]


def first_to_show(bug: str, seeds: range) -> Found:
    for count, seed in enumerate(seeds, 1):
        if violations := short(seed, bug).violations:
            return Found(bug, count, seed, violations)
    return Found(bug, 0, -1, [])


def hunt(bugs: Iterable[str], seeds: range, processes: int = 0) -> Iterator[Found]:
    with _processes(processes) as pool:
        futures = [pool.submit(first_to_show, bug, seeds) for bug in bugs]
        for future in futures:
            yield future.result()


def _processes(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes or min(2, os.cpu_count() or 1), mp_context=get_context("spawn"))
