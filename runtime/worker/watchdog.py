"""Ends a process that makes no progress any more, so that it is restarted. The rules are in docs/decisions.md."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable

from runtime.settings import Settings

EVERY_SECONDS = 0.5
EXIT_CODE = 70  # "internal software error": the supervisor restarts and says why
LEAST_SHARE = 0.2  # of the steps an idle loop would take; a busy one still takes most of them
FLOOD_EXIT_CODE = 78  # "something was found in a wrong state": a person looks first, the supervisor does not restart


class Watchdog:
    """A thread that judges the event loop from outside; a stopped or stuck loop cannot judge itself.

    `trouble` answers for the broker's client, which has threads of its own.
    """

    def __init__(
        self,
        settings: Settings,
        oldest_seconds: Callable[[], float],
        trouble: Callable[[float], str],
        give_up: Callable[[str], None] | None = None,
    ) -> None:
        self.settings, self.oldest_seconds, self.trouble = settings, oldest_seconds, trouble
        self.give_up = give_up or end_process
        self.last_tick = self.last_look = time.monotonic()
        self._at_rest = False
        self.ticks = 0
        self._window, self._ticks_before = self.last_tick, 0

    def rest(self) -> None:
        """The process is ending anyway: what dies from now on is meant to."""
        self._at_rest = True

    async def tick(self) -> None:
        self.last_tick = self.last_look = self._window = (
            time.monotonic()
        )  # joining the group took its time: that was no standstill
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        while True:
            self.last_tick = time.monotonic()
            self.ticks += 1
            await asyncio.sleep(EVERY_SECONDS)

    def _watch(self) -> None:
        while True:
            time.sleep(EVERY_SECONDS)
            why = self._seen()
            if self._at_rest:
                return
            if why:
                self.give_up(why)
                return

    def _seen(self) -> str:
        """A watchdog that cannot look would be the silence it is there against."""
        try:
            return self.why(time.monotonic())
        except Exception as error:
            return f"the watchdog could not look: {error!r}"

    def why(self, now: float) -> str:
        """The sentence to die with, or nothing."""
        slept, self.last_look = now - self.last_look, now
        if slept > 0.6 * self.settings.session_timeout_seconds:
            return f"the process stood still for {slept:.1f} s: others may have its partitions by now"
        starved = self._starved(now)
        steps = self.ticks - self._ticks_before
        if now - self.last_tick > self.settings.loop_stall_seconds or (starved and not steps):
            return f"the event loop has not moved for {now - self.last_tick:.0f} s"
        if starved:
            return f"the event loop hardly moves: {steps} of {self._due} steps"
        if self.oldest_seconds() > self.settings.oldest_work_seconds:
            return f"what is in work has not moved for {self.oldest_seconds():.0f} s"
        return self.trouble(now)

    @property
    def _due(self) -> int:
        return int(self._window_seconds / EVERY_SECONDS)

    @property
    def _window_seconds(self) -> float:
        """Half of what is allowed, so that whatever begins in one window is seen by the end of the next."""
        return self.settings.loop_stall_seconds / 2

    def _starved(self, now: float) -> bool:
        """It moves, but whatever holds it leaves it no time: as silent to others as one that stands still."""
        if now - self._window < self._window_seconds:
            return False
        if self.ticks - self._ticks_before < self._due * LEAST_SHARE:
            return True
        self._window, self._ticks_before = now, self.ticks
        return False


def end_process(why: str) -> None:
    try:
        print(f"watchdog: {why}; ending so that the supervisor restarts", file=sys.stderr, flush=True)
    finally:  # also where the log lies on a full disk
        os._exit(EXIT_CODE)
