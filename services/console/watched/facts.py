"""The counts that the strip and the pipeline show, from a few queries, once for all viewers."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from policies.pack import Pack
from runtime.kernel.store import Store, moment, ticks
from services.console.actions import kind_of
from services.console.kept import clocks
from services.console.kept.tables import DEAD_LETTERS, REQUESTS, WAITS
from services.console.watched.findings import Waiting

MINUTE = 60_000_000
HOUR_OF_MINUTES = 60
_OF_THEM = (sa.func.count().label("number"), sa.func.min(REQUESTS.c.last_at).label("oldest"))
ASKED_OF_PERSONS = sa.select(REQUESTS.c.incidents, *_OF_THEM).where(WAITS).group_by(REQUESTS.c.incidents)


class Facts(NamedTuple):
    waiting: Waiting
    began: list[int]  # by minute of the last hour, the present one last
    ended: list[int]
    ended_today: int
    until: int = 0  # the minute of the last of them, in seconds since 1970


def facts(store: Store, pack: Pack, now: datetime, pack_of: Callable[[str], Pack]) -> Facts:
    late = [each for each in clocks.due(store, pack, now, pack_of)["late"] if each["owed_by"] == "carrier"]
    late_at = min((datetime.fromisoformat(each["due"]) for each in late), default=None)
    person, person_at = _person(store)
    letters, letters_at = _letters(store)
    waiting = Waiting(len(late), late_at, person, person_at, letters, letters_at)
    began = _by_minute(store, REQUESTS.c.first_at, now)
    ended = _by_minute(store, REQUESTS.c.ended_at, now)
    today = now.astimezone(pack.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    until = ticks(now) // MINUTE * 60
    return Facts(waiting, began, ended, _since(store, today), until)


def _person(store: Store) -> tuple[dict[str, int], datetime | None]:
    rows = store.read(ASKED_OF_PERSONS)
    found = Counter[str]()
    for row in rows:
        for name in orjson.loads(row.incidents):
            found[kind_of(name)] += row.number
    return dict(found.most_common()), moment(min(row.oldest for row in rows)) if rows else None


def _letters(store: Store) -> tuple[int, datetime | None]:
    columns = (sa.func.count().label("number"), sa.func.min(DEAD_LETTERS.c.at).label("oldest"))
    row = store.read(sa.select(*columns).where(DEAD_LETTERS.c.state == "open"))[0]
    return row.number, None if row.oldest is None else moment(row.oldest)


def _by_minute(store: Store, column: Any, now: datetime) -> list[int]:
    first = ticks(now) // MINUTE - HOUR_OF_MINUTES + 1
    statement = sa.select(column.label("at")).where(column >= first * MINUTE, column <= ticks(now))
    inner = statement.subquery()
    minute = ((inner.c.at - inner.c.at % MINUTE) / MINUTE).label("minute")
    rows = store.read(sa.select(minute, sa.func.count().label("number")).group_by(minute))
    counts = {int(row.minute): int(row.number) for row in rows}
    return [counts.get(first + number, 0) for number in range(HOUR_OF_MINUTES)]


def _since(store: Store, began: datetime) -> int:
    today = REQUESTS.c.ended_at >= ticks(began)
    return int(store.read(sa.select(sa.func.count()).select_from(REQUESTS).where(today))[0][0])
