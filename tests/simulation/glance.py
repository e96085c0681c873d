"""A quick look whether there is anything to look for: months pass here, and asking a database costs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from runtime.kernel import due
from runtime.kernel.outbox import KeptBack, outgoing
from runtime.kernel.store import Store, moment, ticks
from runtime.kernel.tables import CASES, OUTBOX
from tests.simulation.stage import in_memory

ABANDONED = due.ABANDONED // timedelta(microseconds=1)
NEXT = """select min(d) from (select min(due) d from calls union all select min(due) from alarms
    union all select min(at) + ? from outbox)"""
NEXT_OF_TIME = "select min(d) from (select min(due) d from calls union all select min(due) from alarms)"
EARLIEST_ALARM = "select min(due) from alarms"
DUE_CALL = "select 1 from calls where due <= ? limit 1"
OLD_RECORD = "select 1 from outbox where at <= ? limit 1"
PRUNABLE = "select 1 from inbox where at < ?1 union all select 1 from cases where at < ?1 and open = 0 limit 1"


def closed_before(store: Store, now: datetime, keep: timedelta) -> set[str]:
    """Requests of closed cases that are old enough to be forgotten."""
    old = sa.and_(CASES.c.at < ticks(now - keep), CASES.c.open.is_(False))
    return {row.request_id for row in store.read(sa.select(CASES.c.request_id).where(old))}


class Glance:
    """Same answers as `runtime.kernel.due`, from the same connection, without building statements."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ask: Callable[..., Any] = in_memory(store).execute

    def next_due(self, kept_back: KeptBack) -> int | None:
        """Microseconds UTC of the next call, alarm or abandoned record that is not kept back."""
        found: int | None
        if not kept_back:
            found = self._ask(NEXT, (ABANDONED,)).fetchone()[0]
            return found
        rows = self._store.read(sa.select(OUTBOX))
        free = [row.at + ABANDONED for row in rows if not kept_back.holds(outgoing(row))]
        found = self._ask(NEXT_OF_TIME).fetchone()[0]
        return min([*free, found] if found is not None else free, default=None)

    def next_alarm(self) -> datetime | None:
        at = self._ask(EARLIEST_ALARM).fetchone()[0]
        return None if at is None else moment(at)

    def to_do(self, store: Store, now: datetime) -> due.ToDo:
        calls = bool(self._ask(DUE_CALL, (ticks(now),)).fetchone())
        left = bool(self._ask(OLD_RECORD, (ticks(now - due.ABANDONED),)).fetchone())
        return due.ToDo(calls, left, self.next_alarm())

    def in_vain(self, function: Any, arguments: tuple[Any, ...]) -> bool:
        """True when asking `function` would find nothing."""
        if function is due.prune:
            return not self._ask(PRUNABLE, (ticks(arguments[1] - arguments[2]),)).fetchone()
        return False
