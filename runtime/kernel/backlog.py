"""What a worker has not finished: calls without an answer, records not yet with the broker, who waits in a place."""

from collections import Counter
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from runtime.decision import PLACES
from runtime.kernel.store import Store, moment
from runtime.kernel.tables import CALLS, CLAIMS, OUTBOX

MOST_SHOWN = 50
END = PLACES[:-1] + chr(ord(PLACES[-1]) + 1)


class Tried(NamedTuple):
    """A call that was tried in vain."""

    request_id: str
    operation: str
    attempt: int
    problem: str
    next_try: datetime


class Backlog(NamedTuple):
    """`in_vain`: by operation, how many calls were tried and are tried again; `worst` names the longest tried."""

    calls: int
    outbox: int
    in_vain: dict[str, int]
    worst: list[Tried]
    early: dict[str, int] = {}  # how many places are taken, by whose they are


def backlog(store: Store, worker: str) -> Backlog:
    """The calls are this worker's, the outbox is the service's."""
    mine, tried = CALLS.c.owner == worker, CALLS.c.attempt > 0
    failing = sa.func.sum(sa.case((tried, 1), else_=0)).label("failing")
    each = sa.select(CALLS.c.operation, sa.func.count().label("number"), failing)
    counted = store.read(each.where(mine).group_by(CALLS.c.operation))
    in_vain = {str(row.operation): int(row.failing) for row in counted if row.failing}
    calls = sum(int(row.number) for row in counted)
    outbox = int(store.read(sa.select(sa.func.count()).select_from(OUTBOX))[0][0])
    return Backlog(calls, outbox, in_vain, _worst(store, worker) if in_vain else [], _early(store))


def _early(store: Store) -> dict[str, int]:
    """`awaited/web/17/cancellation.commands.web` is a place of the channel web on that topic."""
    taken = sa.select(CLAIMS.c.name).where(CLAIMS.c.holder.is_not(None), CLAIMS.c.name >= PLACES, CLAIMS.c.name < END)
    return dict(Counter(_whose(row.name) for row in store.read(taken)))


def _whose(place: str) -> str:
    _, channel, _, topic = place.split("/")
    return f"{channel} on {topic}"


def _worst(store: Store, worker: str) -> list[Tried]:
    columns = (CALLS.c.request_id, CALLS.c.operation, CALLS.c.attempt, CALLS.c.problem, CALLS.c.due)
    mine = sa.select(*columns).where(CALLS.c.owner == worker, CALLS.c.attempt > 0)
    rows = store.read(mine.order_by(CALLS.c.attempt.desc(), CALLS.c.id).limit(MOST_SHOWN))
    return [Tried(row.request_id, row.operation, row.attempt, row.problem, moment(row.due)) for row in rows]
