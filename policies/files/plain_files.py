"""Reads a file somebody names: a plain file, never more of it than it may have, without waiting for anybody."""

import errno
import os
from pathlib import Path
from stat import S_ISREG

from contracts.machine_words import NO_PLAIN_FILE

LARGEST_BYTES = 512 * 1024


def read_plain(file: Path, largest: int = LARGEST_BYTES) -> bytes:
    """Raises `OSError` with a sentence: a pipe or a device would hang the reader or never end."""
    _only_a_file(file, file.stat().st_mode)  # before it is opened: a device may do something when it is
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)  # of what was opened: by now another thing may have its name
        _only_a_file(file, found.st_mode)
        if found.st_size > largest:
            raise OSError(errno.EFBIG, f"it is larger than {largest} bytes: {found.st_size}", str(file))
        with open(descriptor, "rb", closefd=False) as source:
            content = source.read(largest + 1) or b""
    finally:
        os.close(descriptor)
    if len(content) > largest:  # it grew, or does not know its size
        raise OSError(errno.EFBIG, f"it is larger than {largest} bytes", str(file))
    return content


def _only_a_file(file: Path, mode: int) -> None:
    if not S_ISREG(mode):
        raise OSError(errno.EINVAL, NO_PLAIN_FILE.en, str(file))


def read_text(file: Path, largest: int = LARGEST_BYTES) -> str:
    """The same as text, without the mark that some editors begin it with. What is no text is an `OSError`, too."""
    try:
        text = read_plain(file, largest).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # as in UTF-16
        raise OSError(errno.EILSEQ, "it is not text in UTF-8", str(file))
    return text
