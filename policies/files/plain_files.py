"""Reads a file somebody names: a plain file, never more of it than it may have, without waiting for anybody."""

import errno
from pathlib import Path
from stat import S_ISREG

from contracts.machine_words import NO_PLAIN_FILE

LARGEST_BYTES = 512 * 1024


def read_plain(file: Path, largest: int = LARGEST_BYTES) -> bytes:
    """Raises `OSError` with a sentence: a pipe or a device would hang the reader or never end."""
    found = file.stat()
    if not S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, NO_PLAIN_FILE.en, str(file))
    if found.st_size > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest} bytes: {found.st_size}", str(file))
    with file.open("rb") as source:
        content = source.read(largest + 1)
    if len(content) > largest:  # it grew, or does not know its size
        raise OSError(errno.EFBIG, f"it is larger than {largest} bytes", str(file))
    return content


def read_text(file: Path, largest: int = LARGEST_BYTES) -> str:
    """The same as text, without the mark that some editors begin it with. What is no text is an `OSError`, too."""
    try:
        text = read_plain(file, largest).decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # as in UTF-16
        raise OSError(errno.EILSEQ, "it is not text in UTF-8", str(file))
    return text
