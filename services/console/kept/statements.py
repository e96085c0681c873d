"""The projection's SQL, one line for each thing that a batch asks or writes."""

from typing import Any

import sqlalchemy as sa

from runtime.kernel.compiled import Members, OfList, OfRows, written_for
from runtime.kernel.store import Store
from services.console.kept.tables import DEADLINES, EVENTS, MONEY, REQUESTS


class Statements:
    def __init__(self, store: Store) -> None:
        dialect = written_for(store.engine)

        def of_list(build: Any) -> OfList:
            return OfList(dialect, build)

        def of_rows(table: sa.Table, insert: Any) -> OfRows:
            return OfRows(dialect, insert, [column.name for column in table.c])

        self.known = of_list(lambda ids: sa.select(EVENTS.c.id, EVENTS.c.source).where(EVENTS.c.id.in_(ids)))
        self.heard_of = of_list(_heard_of)
        self.requests = of_list(lambda ids: sa.select(REQUESTS).where(REQUESTS.c.request_id.in_(ids)))
        self.deadlines = of_list(lambda ids: sa.select(DEADLINES).where(DEADLINES.c.request_id.in_(ids)))
        self.append = of_rows(EVENTS, store.insert(EVENTS).on_conflict_do_nothing().returning(EVENTS.c.id))
        self.write_requests = of_rows(REQUESTS, _or_replace(store.insert(REQUESTS), REQUESTS))
        self.write_deadlines = of_rows(DEADLINES, _or_replace(store.insert(DEADLINES), DEADLINES))
        self.add_money = of_rows(MONEY, _added(store.insert(MONEY)))


def _heard_of(request_ids: Members) -> Any:
    mine = sa.select(EVENTS).where(EVENTS.c.request_id.in_(request_ids))
    return mine.order_by(EVENTS.c.topic, EVENTS.c.partition, EVENTS.c.offset)


def _or_replace(insert: Any, table: sa.Table) -> Any:
    rest = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)


def _added(insert: Any) -> Any:
    """To what is there."""
    sums = {name: MONEY.c[name] + insert.excluded[name] for name in ("minor", "moves")}
    return insert.on_conflict_do_update(index_elements=list(MONEY.primary_key), set_=sums)
