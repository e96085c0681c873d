"""Writes a file whole or not at all: whoever comes upon it never reads half of one, and the former stays until then."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

FOR_OTHERS = 0o666  # as far as the umask lets them, as any program's new file
FOR_ITS_OWNER = 0o600
FOLDER_FOR_ITS_OWNER = 0o700  # what lies in it is nobody else's to read


def write_whole(file: Path, content: bytes, rights: int = FOR_OTHERS) -> None:
    """Raises `OSError` with the file's name."""
    with whole(file, rights) as out:
        out.write(content)


@contextmanager
def whole(file: Path, rights: int = FOR_OTHERS) -> Iterator[IO[bytes]]:
    """What is written is there at the end. What is no file (a terminal, a pipe) is written to as it is.

    `rights`: of a new file; one that was there keeps its own.
    """
    try:
        with file.open("wb") if file.exists() and not file.is_file() else _exchanged(file.resolve(), rights) as out:
            yield out
    except OSError as error:
        error.filename = str(file)  # not the name that nobody chose
        raise


@contextmanager
def _exchanged(file: Path, rights: int) -> Iterator[IO[bytes]]:
    descriptor, fresh = tempfile.mkstemp(dir=file.parent, prefix=".")
    made = Path(fresh)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
        made.chmod(file.stat().st_mode if file.exists() else rights & ~_umask())
        made.replace(file)
    except BaseException:
        made.unlink()
        raise


def _umask() -> int:
    """It can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
