"""Ports that no other test takes meanwhile, in whichever process it runs."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from contracts.flow import SERVICES
from demo.phone import PORT
from runtime.local.broker_apache import is_free

USUAL = (*(service.port for service in SERVICES), 9000, 9092, PORT)
SHIFTS = range(10_000, 23_000, 550)  # no two of them move these ports onto one another
HELD: list[IO[str]] = []  # as long as this process lives


def own_shift() -> int:
    """A shift under which every usual port is free, and nobody else's until this process ends."""
    for shift in SHIFTS:
        file = _file(shift)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            continue
        if all(is_free(port + shift) for port in USUAL):
            HELD.append(file)
            return shift
        file.close()
    raise AssertionError("every shift is somebody's")


@contextmanager
def usual_ports() -> Iterator[None]:
    """Waits until nobody else tries what is said of the usual ports and those a little further on."""
    with _file(0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _file(shift: int) -> IO[str]:
    return Path(tempfile.gettempdir(), f"tuiding-tests-{os.getuid()}-ports-{shift}").open("a")
