"""An event loop whose clock jumps: when nothing is ready, it is already the moment of the next timer."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol

from tests.simulation.mortality import Mortal, mortal

MOST_ROUNDS = 400_000  # a usual run has a few thousand
Tasks = dict["asyncio.Task[Any]", None]  # in the order of their beginnings: no set has one


class Owner(Protocol):
    """A process: its tasks die with it, and it may die wherever one of them waits."""

    tasks: Tasks

    def waits(self, places: tuple[str, ...]) -> None: ...


OWNER: ContextVar[Owner | None] = ContextVar("owner", default=None)  # whose process a task runs in


RESOLUTION_SECONDS = 1e-8  # asyncio's own is lost in a float after half a year: a timer would be due and never ring


class NothingLeft(Exception):
    """Everybody waits for somebody else and no timer runs: the system would stand still for ever."""


class Patience(selectors.SelectSelector):
    """Waits for no file: waiting is what moves the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rounds = 0
        self.tired: Callable[[], None] = lambda: None

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise NothingLeft("every task waits and no timer runs")
        self.rounds += 1
        if self.rounds == MOST_ROUNDS:
            self.tired()
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.patience = Patience()
        super().__init__(self.patience)
        self._clock_resolution = RESOLUTION_SECONDS
        self.set_task_factory(_owned)
        self.set_exception_handler(lambda loop, context: None)  # whoever died is looked after by its supervisor

    def time(self) -> float:
        return self.patience.now


def _owned(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    """A task dies with the process that started it, so each process keeps a list."""
    owner = OWNER.get()
    if owner is None:
        return asyncio.Task(coroutine, loop=loop, **options)
    task = asyncio.Task(mortal(Mortal(coroutine, owner.waits)), loop=loop, **options)
    owner.tasks[task] = None
    task.add_done_callback(lambda done: owner.tasks.pop(done, None))
    task.add_done_callback(lambda done: coroutine.close())  # it may never have begun
    return task
