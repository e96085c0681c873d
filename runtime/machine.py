"""How this machine is told from another of the same name."""

import os
import re
import secrets
import socket
from pathlib import Path

FILE = "machine"
MARK = re.compile(r"[0-9a-f]{8}")
OF_A_CONTAINER = re.compile(r"[0-9a-f]{12}")  # its id, which it is called by unless somebody names it: nobody else's


def machine(folder: str, shared: bool) -> str:
    """Its name; with a mark that is kept in the folder where workers of other machines `share` the database."""
    name = socket.gethostname()
    return name if not shared or OF_A_CONTAINER.fullmatch(name) else f"{name}-{_mark(Path(folder))}"


def _mark(folder: Path) -> str:
    """The first of those who start at the same moment has made it; a broken one is made anew."""
    folder.mkdir(parents=True, exist_ok=True)
    file, made = folder / FILE, folder / f"{FILE}.{secrets.token_hex(4)}"
    kept = _kept(file)
    if kept:
        return kept
    if kept is not None:
        file.unlink(missing_ok=True)
    made.write_text(secrets.token_hex(4), encoding="ascii")
    try:
        os.link(made, file)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        made.replace(file)
    made.unlink(missing_ok=True)
    return _kept(file) or ""


def _kept(file: Path) -> str | None:
    """Empty: there is a file, and no mark in it."""
    try:
        found = MARK.fullmatch(file.read_bytes().decode("ascii", "replace").strip())
    except FileNotFoundError:
        return None
    return found[0] if found else ""
