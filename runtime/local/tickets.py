"""Signed notes by which whoever may read a development run's folder signs in to its console: links and tokens.

The key lies in that folder, for its owner only. Where people sign in by password or by an identity provider, no note
counts.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path
from typing import NamedTuple

KEY = "sign-in.key"
KEY_BYTES = 32
PREFIX = "dev."
LINK, TOKEN = "link", "token"
LINK_SECONDS, TOKEN_SECONDS = 12 * 3600, 12 * 3600
LONGEST = 1_000
DEVELOPER, DEVELOPERS_ROLE = "developer", "lead"


class Ticket(NamedTuple):
    """`use`: a link works once, in a browser; a token as often as it is shown, until it ends."""

    use: str
    operator: str
    role: str
    serial: str
    ends: int


def prepare(data: Path) -> None:
    """So that whoever looks for the key of a run finds it, though nobody has signed in yet."""
    _key(data)


def issue(data: Path, use: str, operator: str = DEVELOPER, role: str = DEVELOPERS_ROLE) -> str:
    ends = int(time.time()) + (LINK_SECONDS if use == LINK else TOKEN_SECONDS)
    ticket = Ticket(use, operator, role, secrets.token_urlsafe(12), ends)
    told = _text(json.dumps(ticket).encode())
    return f"{PREFIX}{told}.{_text(_seal(data, told))}"


def read(data: Path, text: str, use: str) -> Ticket | None:
    """None: it is not from here, is for something else, or has ended."""
    told, _, seal = text.removeprefix(PREFIX).partition(".")
    if not text.startswith(PREFIX) or len(text) > LONGEST or not text.isascii():
        return None
    if not hmac.compare_digest(seal, _text(_seal(data, told))):
        return None
    ticket = Ticket(*json.loads(base64.urlsafe_b64decode(told + "==")))
    return ticket if ticket.use == use and ticket.ends > time.time() else None


def link(console: str, data: Path, operator: str = DEVELOPER, role: str = DEVELOPERS_ROLE) -> str:
    """An address that signs in whoever opens it first."""
    return f"{console}/sign-in/link?ticket={issue(data, LINK, operator, role)}"


def _seal(data: Path, told: str) -> bytes:
    return hmac.digest(_key(data), told.encode(), hashlib.sha256)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _key(data: Path) -> bytes:
    """Made by whoever needs it first, whole or not at all."""
    file = data / KEY
    with contextlib.suppress(FileNotFoundError):
        return file.read_bytes()
    data.mkdir(parents=True, exist_ok=True)
    fresh = data / f"{KEY}.{os.getpid()}.{secrets.token_hex(4)}"
    fresh.touch(mode=0o600)
    fresh.write_bytes(secrets.token_bytes(KEY_BYTES))
    with contextlib.suppress(FileExistsError):
        os.link(fresh, file)
    fresh.unlink()
    return file.read_bytes()
