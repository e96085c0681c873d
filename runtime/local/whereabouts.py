"""Where the runs of this machine can be found: each leaves a note beside its data, for the command line."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from policies.files.plain_files import read_text

FILE = "up.json"
BELOW = (FILE, f"*/{FILE}", f"*/*/{FILE}")  # a run's own folder, the demo's in it, a shifted one's, and its demo's
SAME_SECONDS = 60.0  # the system tells the time of a start by its clock, which may be set meanwhile


class Run(NamedTuple):
    """One that is alive, as it wrote down itself: settings field -> what it should be for whoever talks to it."""

    data: Path
    addresses: dict[str, str]

    @property
    def port_shift(self) -> int:
        return int(self.addresses.get("port_shift", 0))


def write(data: Path, addresses: dict[str, str]) -> None:
    fresh = data / f"{FILE}.part"
    fresh.write_text(json.dumps({"pid": os.getpid(), "began": _began(os.getpid()), "addresses": addresses}))
    fresh.rename(data / FILE)


def forget(data: Path) -> None:
    (data / FILE).unlink(missing_ok=True)


def read(data: Path) -> dict[str, str]:
    """Empty when nothing runs there, or when what ran there has died without saying goodbye."""
    try:
        note = json.loads(read_text(data / FILE))
        began = _began(note["pid"])  # numbers of processes come again
        same = abs(began - note.get("began", began)) < SAME_SECONDS
        return dict(note["addresses"]) if same else {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError, psutil.Error):
        return {}


def alive(folder: Path) -> Iterator[Run]:
    """Those in `folder`, and in those below it that runs make."""
    for notes in (sorted(folder.glob(pattern)) for pattern in BELOW):
        for note in notes:
            if addresses := read(note.parent):
                yield Run(note.parent, addresses)


def _began(pid: int) -> float:
    return psutil.Process(pid).create_time()
