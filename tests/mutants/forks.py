"""Jobs in forks of this process, as many at once as there are processors; how each of them ended."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Of = TypeVar("Of")
AT_ONCE = os.cpu_count() or 1


def in_forks(jobs: Iterable[tuple[Of, Callable[[], int]]], at_once: int = AT_ONCE) -> Iterator[tuple[Of, int]]:
    """With its exit code; minus the number of the signal that ended it."""
    running = dict[int, Of]()
    gc.freeze()  # what all of them share is copied for none of them
    for about, job in jobs:
        if len(running) == at_once:
            yield _first_ended(running)
        if child := os.fork():
            running[child] = about
        else:
            _do(job)
    while running:
        yield _first_ended(running)


def _first_ended(running: dict[int, Of]) -> tuple[Of, int]:
    child, status = os.wait()
    return running.pop(child), os.waitstatus_to_exitcode(status)


def _do(job: Callable[[], int]) -> None:
    """What it prints is nobody's to read."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    code = os.EX_SOFTWARE
    try:
        code = job()
    finally:  # pytest's own exceptions are none of `Exception`
        os._exit(code)
