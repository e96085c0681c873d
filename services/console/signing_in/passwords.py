"""The password file of the operators: a line each with name, role and Argon2 hash, written by `tuiding operators`."""

import os
import re
import tempfile
from pathlib import Path
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from policies.files.plain_files import read_text
from services.console.roles import Role

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 200
OTHERS_WRITE = 0o022  # reading it takes nobody further; secrets that are mounted are often for a group
HASHER = PasswordHasher()
NOBODYS = HASHER.hash("of nobody: a name that is not there takes as long as one that is")


class PasswordFileTrouble(Exception):
    """One sentence: what is wrong with the file, and what to do."""


class Known(NamedTuple):
    role: Role
    hash: str


def read(file: Path) -> dict[str, Known]:
    try:
        if file.stat().st_mode & OTHERS_WRITE:
            raise PasswordFileTrouble(f"{file} may be written by others: chmod go-w {file}")
        lines = read_text(file).splitlines()
    except OSError as error:
        raise PasswordFileTrouble(
            f"{file} cannot be read ({error.strerror}): tuiding operators add NAME --role lead"
        ) from None
    found: dict[str, Known] = {}
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#"):
            name, known = _line(file, number, line)
            if name in found:
                raise PasswordFileTrouble(f"{file}, line {number}: {name} is there twice; leave one of them")
            found[name] = known
    return found


def still_may(file: Path, name: str, needed: Role, elsewhere: bool) -> bool:
    """By the file of today, of somebody who is not here; `elsewhere`: people also sign in where nobody can be asked."""
    known = read(file).get(name)
    return elsewhere if known is None else known.role.may(needed)


def _line(file: Path, number: int, line: str) -> tuple[str, Known]:
    name, _, rest = line.partition(":")
    role, _, hashed = rest.partition(":")
    if not NAME.fullmatch(name) or role not in list(Role) or not hashed.startswith("$argon2id$"):
        raise PasswordFileTrouble(f"{file}, line {number}, is not NAME:ROLE:HASH; write it with: tuiding operators add")
    return name, Known(Role(role), hashed)


def write(file: Path, operators: dict[str, Known]) -> None:
    """All or nothing, for its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}:{known.role}:{known.hash}\n" for name, known in sorted(operators.items())]
    descriptor, fresh = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.writelines(lines)
            out.flush()
            os.fsync(out.fileno())
        Path(fresh).replace(file)
    except BaseException:
        Path(fresh).unlink(missing_ok=True)
        raise


def hashed(password: str) -> str:
    return HASHER.hash(password[:LONGEST_PASSWORD])


def right(known: Known | None, password: str) -> bool:
    """As slow for a name that nobody has."""
    try:
        HASHER.verify(known.hash if known else NOBODYS, password[:LONGEST_PASSWORD])
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return known is not None
