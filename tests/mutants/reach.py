"""Which test runs which line of the changed files, and how long it takes: asked once of every file of tests."""

import hashlib
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import pytest

from tests.mutants.changes import FILES, ROOT, Change
from tests.mutants.forks import in_forks

MAPS = ROOT / "var" / "mutants" / "reach"


class Reach(NamedTuple):
    """`lines`: by file and line, the ids of the tests that run it; `failing`: without any change."""

    seconds: dict[str, float]
    lines: dict[str, dict[int, set[str]]]
    failing: set[str]
    digest: str

    def tests(self, change: Change) -> list[str]:
        """The fastest first; where no test stops at the very line (a default, a second line), all of its function."""
        of_file = self.lines[change.file]
        found = set[str]().union(*(of_file[line] for line in change.lines))
        found = found or set[str]().union(*(of_file[line] for line in change.whole))
        return sorted(found - self.failing, key=self.seconds.__getitem__)


def reach(items: Sequence[pytest.Item], passes: Callable[[pytest.Item], bool]) -> Reach:
    MAPS.mkdir(parents=True, exist_ok=True)
    files = defaultdict[Path, list[pytest.Item]](list)
    for item in items:
        files[item.path].append(item)
    sources = _digest(FILES)
    maps = {MAPS / f"{file.stem}-{sources}-{_digest([file])}.json": its for file, its in files.items()}
    jobs = ((each, partial(_record, each, its, passes)) for each, its in maps.items() if not each.exists())
    for each, code in in_forks(jobs):
        if code:
            raise RuntimeError(f"what the tests run could not be recorded: {each.name} ended with {code}")
    whole = Reach({}, defaultdict(lambda: defaultdict(set)), set(), _digest([*FILES, *files]))
    for each in maps:
        _add(whole, json.loads(each.read_text()))
    return whole


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:12]


def _record(to: Path, items: list[pytest.Item], passes: Callable[[pytest.Item], bool]) -> int:
    measured = coverage.Coverage(data_file=None, config_file=False, include=[str(file) for file in FILES])
    measured.start()
    failing, seconds = [], {}
    for item in items:
        measured.switch_context(item.nodeid)
        start = time.process_time()
        if not passes(item):
            failing.append(item.nodeid)
        seconds[item.nodeid] = time.process_time() - start
    measured.stop()
    warnings.simplefilter("ignore", coverage.exceptions.CoverageWarning)  # where these tests run none of the files
    data = measured.get_data()
    lines = {str(Path(file).relative_to(ROOT)): data.contexts_by_lineno(file) for file in data.measured_files()}
    unfinished = to.with_suffix(".part")
    unfinished.write_text(json.dumps({"seconds": seconds, "failing": failing, "lines": lines}))
    unfinished.rename(to)
    return 0


def _add(whole: Reach, part: Any) -> None:
    whole.seconds.update(part["seconds"])
    whole.failing.update(part["failing"])
    for file, lines in part["lines"].items():
        for line, tests in lines.items():
            whole.lines[file][int(line)].update(test for test in tests if test)
