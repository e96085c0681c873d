"""What the command line signs in to a console with: a token kept for its owner only, or a development run's key."""

import json
import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter

from cli.failure import Exit, Failure, both
from policies.files.plain_files import read_text
from runtime.local import tickets
from runtime.settings import LOOPBACK

KEPT = TypeAdapter(dict[str, Annotated[str, Field(pattern=r"^[!-~]+$")]])  # console -> what a header can carry
VARIABLE = "TUIDING_TOKENS"
OTHERS_MAY = 0o077


def token(console: str, data: Path) -> str:
    """Empty where there is none."""
    known = _kept().get(console)
    if known or urlsplit(console).hostname not in LOOPBACK or not (data / tickets.KEY).exists():
        return known or ""
    try:
        return tickets.issue(data, tickets.TOKEN)
    except OSError:  # somebody else's run
        return ""


def keep(console: str, secret: str) -> None:
    _write(_kept() | {console: secret})


def forget(console: str) -> None:
    if console in (known := _kept()):
        del known[console]
        _write(known)


def _file() -> Path:
    given = os.environ.get(VARIABLE)
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(given) if given else home / "tuiding" / "tokens.json"


def _kept() -> dict[str, str]:
    file = _file()
    try:
        if file.stat().st_mode & OTHERS_MAY:
            said = both(f"别人也能读 {file}。", f"{file} may be read by others.")
            raise Failure(Exit.FAILED, said, both(f"请运行：chmod 600 {file}", f"Type: chmod 600 {file}"))
        return KEPT.validate_json(read_text(file))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        how = both("请删除它，再运行：tuiding signin", "Remove it, then: tuiding signin")
        raise Failure(Exit.FAILED, both(f"读不了 {file}。", f"{file} cannot be read."), how) from None


def _write(known: dict[str, str]) -> None:
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(known), encoding="utf-8")
    fresh.replace(file)
