"""The time by which a worker decides: one that is wrong is not decided by, for dates were promised to customers."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import sqlalchemy as sa

from runtime.kernel.database_words import why_not
from runtime.kernel.store import Store
from runtime.worker.giving_up import GaveUp
from runtime.worker.patience import utc_now

MOST_SECONDS = 30.0  # less moves no promise, and no machine that keeps time at all is off by so much
WHAT_TO_DO = "let it be set by NTP (chrony, systemd-timesyncd); until then this worker does nothing"
THEIRS = sa.select(sa.func.clock_timestamp())


class Clock:
    """Tells the time; a jump against what the kernel counts by itself ends the worker before it decides by it."""

    def __init__(self, now: Callable[[], datetime] = utc_now, counted: Callable[[], float] = time.monotonic) -> None:
        self._now, self._counted = now, counted
        self._began = now().timestamp() - counted()

    def __call__(self) -> datetime:
        now = self._now()
        jumped = now.timestamp() - self._counted() - self._began
        if abs(jumped) > MOST_SECONDS:
            raise GaveUp(f"the clock of this machine has jumped by {jumped:+.0f} s: {WHAT_TO_DO}")
        return now


def why_wrong(store: Store, now: Callable[[], datetime] = utc_now) -> str:
    """A sentence if it is not as late here as at the database, which all workers of a service share; else nothing."""
    if store.dialect != "postgresql":  # a file is on this machine
        return ""
    before = now()
    try:
        theirs = store.read(THEIRS)[0][0].astimezone(UTC)
    except sa.exc.DBAPIError as error:
        return f"the database did not say how late it is ({why_not(error)})"
    after = now()
    apart = max((before - theirs).total_seconds(), 0.0) or min((after - theirs).total_seconds(), 0.0)
    if abs(apart) <= MOST_SECONDS:
        return ""
    return f"the clock of this machine is {apart:+.0f} s off the database's: {WHAT_TO_DO}"
