"""One change after the other in a fork of a process that has collected all tests: until one of them fails."""

import json
import resource
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import pytest

from tests.mutants.changes import ROOT, Change
from tests.mutants.forks import in_forks
from tests.mutants.reach import Reach, reach

TRIED = ROOT / "var" / "mutants" / "tried.jsonl"
NOTICED = ROOT / "var" / "mutants" / "noticed"  # by which test, a file a change
KILLED, SURVIVED, NO_TEST, TIMED_OUT, GIVEN_UP = "killed", "survived", "no test", "timed out", "given up"
LEAST_SECONDS, TIMES_AS_LONG = 20, 5  # of CPU, before a change counts as one that never ends
UNTESTED, UNFINISHED = 9, 10
ENDED_BY = dict.fromkeys((-signal.SIGXCPU, -signal.SIGKILL, -signal.SIGALRM), TIMED_OUT)
ENDINGS = {0: SURVIVED, 1: KILLED, UNTESTED: NO_TEST, UNFINISHED: GIVEN_UP} | ENDED_BY


class Tried(NamedTuple):
    """`change` and `tests` are digests: the outcome holds as long as neither is another."""

    name: str
    outcome: str
    change: str
    tests: str

    def holds_for(self, change: Change, tests: str) -> bool:
        return self.change == change.digest() and (self.tests == tests or self.outcome == KILLED)


class Trying:
    """A plugin of pytest that runs its own loop; `outcomes` are by the name of a change."""

    def __init__(self, changes: Sequence[Change], at_once: int, patience: float) -> None:
        self.changes, self.at_once, self.patience = changes, at_once, patience
        self.outcomes, self.noticing = dict[str, str](), defaultdict[str, Counter[str]](Counter)
        self.failed = False

    def pytest_collection(self) -> None:
        """An example that fails says enough: none is sought that is smaller."""
        from hypothesis import Phase, settings  # once pytest has started: it rewrites the asserts there

        settings.register_profile("once", settings.get_profile("steady"), phases=[Phase.explicit, Phase.generate])
        settings.load_profile("once")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Failed("tests could not be collected")
        known = reach(session.items, self.passes, self.at_once)
        if known.failing:
            print("Left out, for they fail without any change:", *sorted(known.failing), sep="\n  ")
        NOTICED.mkdir(exist_ok=True)
        before = {each.name: each for each in _tried()}
        for change in self.changes:
            earlier = before.get(change.name)
            if earlier and earlier.holds_for(change, known.digest):
                self.outcomes[change.name] = earlier.outcome
        for change, code in in_forks(self._trials(known, {item.nodeid: item for item in session.items}), self.at_once):
            self._write_down(change, ENDINGS.get(code, f"ended with {code}"), known)
        return True

    def passes(self, item: pytest.Item) -> bool:
        self.failed = False
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
        return not self.failed

    def _trials(self, known: Reach, by_id: dict[str, pytest.Item]) -> Iterator[tuple[Change, Callable[[], int]]]:
        for change in self.changes:
            if change.name not in self.outcomes:
                tests = self._likely_first(change, known.tests(change))
                seconds = LEAST_SECONDS + TIMES_AS_LONG * sum(known.seconds[test] for test in tests)
                yield change, partial(self._fate, change, [by_id[test] for test in tests], int(seconds))

    def _likely_first(self, change: Change, tests: list[str]) -> list[str]:
        """Whoever noticed another change of the same function, or else of the same file, comes first."""
        here, near = (self.noticing[place] for place in _around(change))
        return sorted(tests, key=lambda test: (-here[test], -near[test]))

    def _fate(self, change: Change, items: list[pytest.Item], seconds: int) -> int:
        if not items:
            return UNTESTED
        _end_after(seconds)
        change.apply()
        for item in items:
            if time.process_time() > self.patience:
                return UNFINISHED
            if not self.passes(item):
                (NOTICED / change.name).write_text(item.nodeid)
                return 1
        return 0

    def _write_down(self, change: Change, outcome: str, known: Reach) -> None:
        self.outcomes[change.name] = outcome
        if outcome == KILLED:
            noticed = (NOTICED / change.name).read_text()
            for place in _around(change):
                self.noticing[place][noticed] += 1
        with TRIED.open("a") as file:
            file.write(json.dumps(Tried(change.name, outcome, change.digest(), known.digest)) + "\n")
        if outcome != KILLED:
            print(f"{len(self.outcomes)}. {outcome}: {change.name}\n{change.difference()}", flush=True)


def _around(change: Change) -> tuple[str, str]:
    return f"{change.module}.{change.place}", change.module


def _end_after(seconds: int) -> None:
    """Of CPU; or long after, where something waits for ever."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds * 10)


def _tried() -> Iterator[Tried]:
    """Later lines are truer."""
    if TRIED.exists():
        rows: list[Any] = [json.loads(line) for line in TRIED.read_text().splitlines()]
        yield from (Tried(*row) for row in rows)
