"""The kernel's SQL, one line for each thing that a transaction asks or writes."""

from typing import Any

import sqlalchemy as sa

from runtime.kernel.compiled import Members, Name, OfList, OfRows, written_for
from runtime.kernel.store import Store
from runtime.kernel.tables import ALARMS, CALLS, CASES, CLAIMS, INBOX, OUTBOX

INBOX_COLUMNS = ("id", "at", "content")
CASE_COLUMNS = ("request_id", "version", "said", "root", "open", "body", "at", "policy", "party", "first_at")
UNPUBLISHED = -1  # in the place of a version
ONCE = ("request_id", "first_at")  # of a case that is there already, these stay
CALL_COLUMNS = tuple(column.name for column in CALLS.c if column.name != "problem")
ALARM_COLUMNS = ("request_id", "name", "cause", "root", "due")
OUTBOX_COLUMNS = ("request_id", "topic", "key", "value", "headers", "at")


class Statements:
    def __init__(self, store: Store) -> None:
        dialect = written_for(store.engine)
        insert: Any = store.insert

        def of_list(build: Any, wide: int = 1) -> OfList:
            return OfList(dialect, build, wide)

        def of_rows(statement: Any, *columns: str) -> OfRows:
            return OfRows(dialect, statement, columns)

        self.forget = of_list(lambda them: sa.delete(OUTBOX).where(OUTBOX.c.position.in_(them)))
        self.inbox = of_rows(insert(INBOX).on_conflict_do_nothing().returning(INBOX.c.id), *INBOX_COLUMNS)
        self.contents = of_list(_contents)
        self.heard_again = of_list(_heard_again)
        self.known_before = of_list(_known_before)
        self.open_calls = of_list(lambda them: sa.delete(CALLS).where(CALLS.c.id.in_(them)).returning(CALLS.c.id))
        self.armed = of_list(_armed, wide=4)
        self.cases = of_list(_cases)
        self.versions = of_list(_versions)
        self.unpublished = of_list(_unpublished)
        self.held = of_list(_held)
        self.claim = of_rows(_claim(insert(CLAIMS)), "name", "holder", "times")
        self.release = of_list(_release)
        self.write_cases = of_rows(_write_cases(insert(CASES)), *CASE_COLUMNS)
        self.write_calls = of_rows(sa.insert(CALLS), *CALL_COLUMNS)
        self.write_alarms = of_rows(_write_alarms(insert(ALARMS)), *ALARM_COLUMNS)
        self.cancel_alarms = of_list(_cancel_alarms, wide=2)
        self.next_due = sa.select(sa.func.min(ALARMS.c.due))
        self.outbox = of_rows(sa.insert(OUTBOX).returning(OUTBOX.c.position), *OUTBOX_COLUMNS)


def _contents(ids: Members) -> Any:
    return sa.select(INBOX.c.id, INBOX.c.content).where(INBOX.c.id.in_(ids), INBOX.c.content.is_not(None))


def _heard_again(ids: Members) -> Any:
    old = INBOX.c.at < sa.bindparam("before", Name("long_ago"))
    return sa.update(INBOX).where(INBOX.c.id.in_(ids), old).values(at=sa.bindparam("after", Name("now")))


def _known_before(ids: Members) -> Any:
    return sa.select(INBOX.c.id).where(INBOX.c.id.in_(ids), INBOX.c.at <= sa.bindparam("last", Name("until")))


def _armed(them: Members) -> Any:
    """By its cause too: one that was set anew for the same moment is another alarm, to be found anew."""
    columns = (ALARMS.c.request_id, ALARMS.c.name, ALARMS.c.due)
    return sa.delete(ALARMS).where(sa.tuple_(*columns, ALARMS.c.cause).in_(them)).returning(*columns)


def _cancel_alarms(them: Members) -> Any:
    return sa.delete(ALARMS).where(sa.tuple_(ALARMS.c.request_id, ALARMS.c.name).in_(them))


def _cases(request_ids: Members) -> Any:
    """Those of these requests, and a row for each of which something is unpublished: hardly ever is there one."""
    columns = (CASES.c.request_id, CASES.c.version, CASES.c.said, CASES.c.root, CASES.c.body, CASES.c.policy)
    none: Any = (sa.literal_column(str(UNPUBLISHED)), sa.literal_column("0"), *[sa.literal_column("''")] * 3)
    said = sa.select(OUTBOX.c.request_id, *none).where(OUTBOX.c.request_id.in_(request_ids)).distinct()
    return sa.select(*columns).where(CASES.c.request_id.in_(request_ids)).union_all(said)


def _versions(request_ids: Members) -> Any:
    return sa.select(CASES.c.request_id, CASES.c.version).where(CASES.c.request_id.in_(request_ids))


def _unpublished(request_ids: Members) -> Any:
    return sa.select(OUTBOX).where(OUTBOX.c.request_id.in_(request_ids)).order_by(OUTBOX.c.position)


def _held(names: Members) -> Any:
    """Let go of meanwhile, it would be no answer to replay: so it is held until the transaction ends."""
    held = sa.select(CLAIMS.c.name, CLAIMS.c.holder).where(CLAIMS.c.name.in_(names), CLAIMS.c.holder.is_not(None))
    return held.with_for_update(read=True)


def _claim(insert: Any) -> Any:
    """Takes a name that is free or already ours; returns the names it got."""
    return insert.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": insert.excluded.holder},
        where=sa.or_(CLAIMS.c.holder.is_(None), CLAIMS.c.holder == insert.excluded.holder),
    ).returning(CLAIMS.c.name)


def _release(holders: Members) -> Any:
    return (
        sa.update(CLAIMS)
        .where(CLAIMS.c.holder.in_(holders))
        .values(holder=None, last=CLAIMS.c.holder, times=CLAIMS.c.times + 1)
    )


def _write_cases(insert: Any) -> Any:
    """Only over the version the decision was taken on; returns since when each is there, which stays as it was."""
    return insert.on_conflict_do_update(
        index_elements=["request_id"],
        set_={name: insert.excluded[name] for name in CASE_COLUMNS if name not in ONCE},
        where=CASES.c.version == insert.excluded.version - 1,
    ).returning(CASES.c.first_at)


def _write_alarms(insert: Any) -> Any:
    changes = {name: insert.excluded[name] for name in ("cause", "root", "due")}
    return insert.on_conflict_do_update(index_elements=["request_id", "name"], set_=changes)
