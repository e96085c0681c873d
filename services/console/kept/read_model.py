"""Rebuilds what the console derives from the events when it was stored by another version of the code."""

from collections.abc import Iterator

import sqlalchemy as sa

from runtime.kernel.store import Store
from services.console.kept.rows import Event
from services.console.kept.tables import (
    BEFORE,
    DEAD_LETTERS,
    DEADLINES,
    EVENTS,
    MADE_AGAIN,
    MONEY,
    READ_MODEL,
    REQUESTS,
)

FOLLOWS = (REQUESTS, DEADLINES, MONEY)
AT_ONCE = 500  # requests


def out_of_date(store: Store, tx: sa.Connection) -> bool:
    """Also a store that is new, or of a time before versions."""
    if not sa.inspect(tx).has_table(READ_MODEL.name):
        return True
    return tx.execute(sa.select(sa.func.max(READ_MODEL.c.version))).scalar() != MADE_AGAIN


def throw_away(tx: sa.Connection) -> None:
    for table in FOLLOWS:
        table.drop(tx, checkfirst=True)


def as_kept_now(store: Store, tx: sa.Connection) -> None:
    """An earlier build kept the bodies as texts, and indexes that nobody asks. SQLite takes bytes in any column."""
    for name in BEFORE:
        tx.execute(sa.text(f"drop index if exists {name}"))
    if store.dialect == "postgresql":
        kinds = {column["name"]: column["type"] for column in sa.inspect(tx).get_columns(EVENTS.name)}
        if isinstance(kinds[EVENTS.c.body.name], sa.String):
            tx.execute(sa.text("alter table events alter column body type bytea using convert_to(body, 'UTF8')"))


def up_to_date(store: Store, tx: sa.Connection) -> None:
    stays = (EVENTS, REQUESTS, DEAD_LETTERS)  # which may be of a build that looked things up otherwise
    for index in (index for table in stays for index in table.indexes):
        index.create(tx, checkfirst=True)
    tx.execute(sa.delete(READ_MODEL).where(READ_MODEL.c.version != MADE_AGAIN))
    tx.execute(store.insert(READ_MODEL).values(version=MADE_AGAIN).on_conflict_do_nothing())


def events_by_request(tx: sa.Connection) -> Iterator[list[Event]]:
    """Every request whole: what its own services said, in the order in which they said it."""
    last = ""
    while True:
        some = sa.select(EVENTS.c.request_id).where(EVENTS.c.request_id > last).distinct()
        ids = list(tx.execute(some.order_by(EVENTS.c.request_id).limit(AT_ONCE)).scalars())
        if not ids:
            return
        order = (EVENTS.c.at, EVENTS.c.source, EVENTS.c.sequence, EVENTS.c.topic, EVENTS.c.offset)
        yield [
            Event._make(row)
            for row in tx.execute(sa.select(EVENTS).where(EVENTS.c.request_id.in_(ids)).order_by(*order))
        ]
        last = ids[-1]
