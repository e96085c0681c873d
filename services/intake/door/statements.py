"""The door's SQL, one line for each thing that a request asks or writes, written out once for its database."""

from typing import Any

import sqlalchemy as sa

from runtime.kernel.compiled import Name, OfList, OfRows, Text, written_for
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES, CLAIMS, REPLIES


class Statements:
    def __init__(self, store: Store) -> None:
        dialect, insert = written_for(store.engine), store.insert

        def of_list(build: Any) -> OfList:
            return OfList(dialect, build)

        self.forget_old = Text(dialect, sa.delete(REPLIES).where(REPLIES.c.at < Name("before")))
        begin = insert(REPLIES).on_conflict_do_nothing().returning(REPLIES.c.key)
        self.begin = OfRows(dialect, begin, ("key", "fingerprint", "at"))
        done = {"status": Name("status"), "body": Name("body")}
        self.finish = Text(dialect, sa.update(REPLIES).where(REPLIES.c.key == Name("key")).values(done))
        self.count = Text(dialect, _count(insert(REPLIES)))
        note = insert(REPLIES).on_conflict_do_nothing()
        self.note = OfRows(dialect, note, ("key", "fingerprint", "status", "body", "at"))
        self.received = of_list(lambda keys: _replies().where(REPLIES.c.key.in_(keys)))
        self.party = of_list(lambda ids: sa.select(CASES.c.party).where(CASES.c.request_id.in_(ids)))
        self.case = of_list(lambda ids: sa.select(CASES.c.body, CASES.c.version).where(CASES.c.request_id.in_(ids)))
        self.known = of_list(lambda ids: _known().where(CASES.c.request_id.in_(ids)))
        self.claims = of_list(lambda names: _claims().where(CLAIMS.c.name.in_(names)))


def _replies() -> Any:
    return sa.select(REPLIES.c.fingerprint, REPLIES.c.body, REPLIES.c.at)


def _known() -> Any:
    return sa.select(CASES.c.request_id, CASES.c.open, CASES.c.body)


def _claims() -> Any:
    return sa.select(CLAIMS.c.name, CLAIMS.c.holder, CLAIMS.c.times)


def _count(insert: Any) -> Any:
    """One more, if there is room."""
    first = insert.values({"key": Name("key"), "fingerprint": "", "status": 1, "at": Name("at")})
    one_more, room = {"status": REPLIES.c.status + 1}, REPLIES.c.status < Name("most")
    return first.on_conflict_do_update(index_elements=["key"], set_=one_more, where=room).returning(REPLIES.c.status)
