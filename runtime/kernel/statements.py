"""The kernel's SQL, built once a service: SQLAlchemy takes longer to build a statement than SQLite to run it."""

from typing import Any

import sqlalchemy as sa

from runtime.kernel.store import ALARMS, CALLS, CASES, CLAIMS, INBOX, OUTBOX


class Statements:
    """`insert` is the dialect's own, which knows `on conflict`; lists are bound by the names used here."""

    def __init__(self, insert: Any) -> None:
        self.forget = sa.delete(OUTBOX).where(_among(OUTBOX.c.position, "positions"))
        self.inbox = insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.id)
        self.heard_again = sa.update(INBOX).where(_among(INBOX.c.id, "ids"), INBOX.c.at < sa.bindparam("long_ago"))
        self.heard_again = self.heard_again.values(at=sa.bindparam("now"))
        self.known_before = sa.select(INBOX.c.id).where(_among(INBOX.c.id, "ids"), INBOX.c.at <= sa.bindparam("until"))
        self.open_calls = sa.delete(CALLS).where(_among(CALLS.c.id, "ids")).returning(CALLS.c.id)
        self.cases = sa.select(CASES).where(_among(CASES.c.request_id, "ids"))
        self.versions = sa.select(CASES.c.request_id, CASES.c.version).where(_among(CASES.c.request_id, "ids"))
        self.unpublished = sa.select(OUTBOX).where(_among(OUTBOX.c.request_id, "ids")).order_by(OUTBOX.c.position)
        self.held = sa.select(CLAIMS).where(_among(CLAIMS.c.name, "names"), CLAIMS.c.holder.is_not(None))
        self.held = self.held.with_for_update(read=True)  # let go of meanwhile, it would be no answer to replay
        self.claim = _claim(insert(CLAIMS))
        self.release = sa.update(CLAIMS).where(_among(CLAIMS.c.holder, "holders"))
        self.release = self.release.values(holder=None, times=CLAIMS.c.times + 1)
        self.write_cases = _write_cases(insert(CASES))
        self.write_calls = sa.insert(CALLS)
        self.write_alarms = _write_alarms(insert(ALARMS))
        self.next_due = sa.select(sa.func.min(ALARMS.c.due))
        self.outbox = sa.insert(OUTBOX).returning(OUTBOX.c.position, sort_by_parameter_order=True)


def _among(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))


def _claim(insert: Any) -> Any:
    """Takes a name that is free or already ours; returns the names it got."""
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": insert.excluded.holder},
        where=sa.or_(CLAIMS.c.holder.is_(None), CLAIMS.c.holder == insert.excluded.holder),
    ).returning(CLAIMS.c.name)


def _write_cases(insert: Any) -> Any:
    """Only over the version the decision was taken on; returns the requests that were written."""
    return insert.on_conflict_do_update(
        index_elements=["request_id"],
        set_={
            name: insert.excluded[name] for name in ("version", "said", "root", "open", "body", "at", "policy", "party")
        },
        where=CASES.c.version == insert.excluded.version - 1,
    ).returning(CASES.c.request_id)


def _write_alarms(insert: Any) -> Any:
    changes = {name: insert.excluded[name] for name in ("cause", "root", "due")}
    return insert.on_conflict_do_update(index_elements=["request_id", "name"], set_=changes)
