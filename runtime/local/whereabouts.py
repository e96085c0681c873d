"""Where the tuiding that runs on this machine can be found: a note beside its data, for the command line."""

import json
import os
from pathlib import Path

import psutil

FILE = "up.json"


def write(data: Path, addresses: dict[str, str]) -> None:
    """`addresses`: settings field -> what it should be for whoever talks to us."""
    fresh = data / f"{FILE}.part"
    fresh.write_text(json.dumps({"pid": os.getpid(), "addresses": addresses}))
    fresh.rename(data / FILE)


def forget(data: Path) -> None:
    (data / FILE).unlink(missing_ok=True)


def read(data: Path) -> dict[str, str]:
    """Empty when nothing runs there, or when what ran there has died without saying goodbye."""
    try:
        note = json.loads((data / FILE).read_text())
        return dict(note["addresses"]) if psutil.pid_exists(note["pid"]) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
