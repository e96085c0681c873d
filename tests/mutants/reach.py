"""Which test runs which line of the changed files, and how long it takes: asked once of every file of tests.

An edited source makes nobody ask again: lines that are as they were are found again where they stand now.
"""

import difflib
import hashlib
import json
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import coverage
import pytest

from tests.mutants.changes import FILES, ROOT, Change
from tests.mutants.forks import in_forks

MAPS = ROOT / "var" / "mutants" / "reach"
SOURCES = ROOT / "var" / "mutants" / "sources"  # as they were when it was asked


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


def reach(items: Sequence[pytest.Item], passes: Callable[[pytest.Item], bool], at_once: int) -> Reach:
    for folder in (MAPS, SOURCES):
        folder.mkdir(parents=True, exist_ok=True)
    files = defaultdict[Path, list[pytest.Item]](list)
    for item in items:
        files[item.path].append(item)
    for source in FILES:
        (SOURCES / _digest([source])).write_bytes(source.read_bytes())
    maps = {MAPS / f"{file.stem}-{_digest([file], its)}.json": its for file, its in files.items()}
    jobs = ((each, partial(_record, each, its, passes)) for each, its in maps.items() if not each.exists())
    for each, code in in_forks(jobs, at_once):
        if code:
            raise RuntimeError(f"what the tests run could not be recorded: {each.name} ended with {code}")
    whole = Reach({}, defaultdict(lambda: defaultdict(set)), set(), _digest([*FILES, *files], items))
    for each in maps:
        _add(whole, json.loads(each.read_text()))
    return whole


def _digest(files: Sequence[Path], items: Sequence[pytest.Item] = ()) -> str:
    """Of their text, and of the names of the tests: rows in a file beside it make new ones."""
    ids = "\n".join(item.nodeid for item in items).encode()
    return hashlib.sha256(b"".join(each.read_bytes() for each in files) + ids).hexdigest()[:12]


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
    measured_files = {str(file.relative_to(ROOT)): file for file in FILES if str(file) in data.measured_files()}
    lines = {name: data.contexts_by_lineno(str(file)) for name, file in measured_files.items()}
    sources = {name: _digest([file]) for name, file in measured_files.items()}
    unfinished = to.with_suffix(".part")
    unfinished.write_text(json.dumps({"seconds": seconds, "failing": failing, "lines": lines, "sources": sources}))
    unfinished.rename(to)
    return 0


def _add(whole: Reach, part: Any) -> None:
    whole.seconds.update(part["seconds"])
    whole.failing.update(part["failing"])
    for file, lines in part["lines"].items():
        now = _now(file, part["sources"][file])
        for line, tests in lines.items():
            if int(line) in now:
                whole.lines[file][now[int(line)]].update(test for test in tests if test)


@cache
def _now(file: str, source: str) -> dict[int, int]:
    """Where each line of a source as it was stands today; an edited one nowhere."""
    was, today = ((where).read_text(encoding="utf-8").splitlines() for where in (SOURCES / source, ROOT / file))
    same = difflib.SequenceMatcher(None, was, today, autojunk=False).get_matching_blocks()
    return {block.a + place: block.b + place for block in same for place in range(1, block.size + 1)}
