"""Reads a file somebody names: a plain file, never more of it than it may have, without waiting for anybody."""

import errno
import os
import stat
from pathlib import Path

LARGEST_BYTES = 512 * 1024


def read_plain(file: Path, largest: int = LARGEST_BYTES) -> bytes:
    """Raises `OSError` with a sentence: a pipe or a device would hang the reader or never end."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found_as = os.fstat(descriptor)
        if not stat.S_ISREG(found_as.st_mode):
            raise OSError(errno.EINVAL, "it is a folder, a pipe or a device, not a file", str(file))
        if found_as.st_size > largest:
            raise OSError(errno.EFBIG, f"it is larger than {largest} bytes: {found_as.st_size}", str(file))
        found = bytearray()
        while piece := os.read(descriptor, largest + 1 - len(found)):
            found += piece
            if len(found) > largest:
                raise OSError(errno.EFBIG, f"it is larger than {largest} bytes", str(file))
        return bytes(found)
    finally:
        os.close(descriptor)
