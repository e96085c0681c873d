"""Finds what is due: alarms, calls to make again, records that another worker left unpublished."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from contracts.carrier.operations import OPERATIONS
from runtime.decision import Call
from runtime.kernel.arrivals import AlarmDue, Outgoing, PendingCall
from runtime.kernel.batch import LEASE
from runtime.kernel.outbox import outgoing
from runtime.kernel.store import Store, moment, ticks
from runtime.kernel.tables import ALARMS, CALLS, CASES, INBOX, OUTBOX

log = structlog.get_logger()
ABANDONED = timedelta(seconds=10)  # an outbox row this old was left behind by a worker that died
AHEAD = timedelta(minutes=10)  # later than this no call is ever due: the clock was set back since it was written


def _come(at: Any, now: Any, ahead: Any) -> sa.ColumnElement[bool]:
    """Its time has come, or it lies so far ahead that it was written before the clock was set back."""
    return sa.or_(at <= now, at > ahead)


def _one_look() -> sa.Select[Any]:
    """Written out once: to build a statement takes longer than to answer it."""
    come = _come(CALLS.c.due, sa.bindparam("now"), sa.bindparam("ahead"))
    left = _come(OUTBOX.c.at, sa.bindparam("old"), sa.bindparam("old_ahead"))
    first = sa.select(sa.func.min(ALARMS.c.due)).scalar_subquery().label("alarm")
    return sa.select(sa.exists().where(come).label("calls"), sa.exists().where(left).label("left"), first)


TO_DO = _one_look()


class ToDo(NamedTuple):
    """Whether calls have come, whether records were left, and when the first alarm is."""

    calls: bool
    left: bool
    next_alarm: datetime | None


def to_do(store: Store, now: datetime) -> ToDo:
    """One look, about once a second and nearly always in vain; who is told yes asks for what it is."""
    old = now - ABANDONED
    times = {"now": now, "ahead": now + AHEAD, "old": old, "old_ahead": old + AHEAD}
    found = store.read(TO_DO, {name: ticks(at) for name, at in times.items()})[0]
    return ToDo(bool(found.calls), bool(found.left), None if found.alarm is None else moment(found.alarm))


def due_alarms(store: Store, now: datetime, most: int) -> list[AlarmDue]:
    statement = sa.select(ALARMS).where(ALARMS.c.due <= ticks(now)).order_by(ALARMS.c.due).limit(most)
    return [AlarmDue(row.request_id, row.name, moment(row.due), row.cause, row.root) for row in store.read(statement)]


def next_alarm(store: Store) -> datetime | None:
    due = store.read(sa.select(sa.func.min(ALARMS.c.due)))[0][0]
    return None if due is None else moment(due)


def take_calls(store: Store, worker: str, now: datetime, most: int) -> list[PendingCall]:
    """Calls whose time has come, for this worker for one lease; no two workers get the same one."""
    due = (
        sa.select(CALLS.c.id)
        .where(_come(CALLS.c.due, ticks(now), ticks(now + AHEAD)))
        .order_by(CALLS.c.due)
        .limit(most)
    )
    if store.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    changes = {"owner": worker, "due": ticks(now + LEASE)}
    statement = sa.update(CALLS).where(CALLS.c.id.in_(due)).values(changes).returning(*CALLS.c)
    with store.transaction() as tx:
        return [call for row in tx.execute(statement) if (call := _understood(row)) is not None]


def _understood(row: sa.Row[Any]) -> PendingCall | None:
    """None for what another build wrote: it waits from lease to lease for one that knows it, and holds up nobody."""
    try:
        return pending(row)
    except (KeyError, ValueError) as error:
        log.error("cannot ask", call=row.id, operation=row.operation, why=type(error).__name__)
        return None


def pending(row: sa.Row[Any]) -> PendingCall:
    ask = OPERATIONS[row.operation].ask.model_validate_json(row.ask)
    call = Call(row.operation, ask, row.note, row.key)
    return PendingCall(row.id, row.request_id, call, row.cause, row.root, row.attempt, row.policy)


def postpone(store: Store, call: PendingCall, until: datetime, problem: str) -> None:
    """Without a problem, nobody was asked: what the last try ended with still stands."""
    changes: dict[str, Any] = {"due": ticks(until), "attempt": call.attempt + 1}
    changes |= {"problem": problem[:200]} if problem else {}
    with store.transaction() as tx:
        tx.execute(sa.update(CALLS).where(CALLS.c.id == call.id).values(changes))


def take_over_own_calls(store: Store, worker: str, now: datetime) -> None:
    """After a restart: what this worker had under way need not wait for its lease to end."""
    with store.transaction() as tx:
        tx.execute(sa.update(CALLS).where(CALLS.c.owner == worker).values({"due": ticks(now)}))


def left_unpublished(
    store: Store, now: datetime, most: int, known: Sequence[int], again: Sequence[int] = ()
) -> list[Outgoing]:
    """Oldest first: what is too old to be in somebody's hands and not `known` to be, and what to try `again`.

    Nothing before what its request said earlier: two workers whose clocks differ wrote it, and the later is the older.
    """

    def in_no_hands_but_ours(rows: Any) -> sa.ColumnElement[bool]:
        abandoned = _come(rows.c.at, ticks(now - ABANDONED), ticks(now - ABANDONED + AHEAD))
        return sa.or_(abandoned, rows.c.position.in_([*known, *again]))

    earlier = OUTBOX.alias()
    before = sa.and_(earlier.c.request_id == OUTBOX.c.request_id, earlier.c.position < OUTBOX.c.position)
    in_turn = ~sa.exists().where(before, ~in_no_hands_but_ours(earlier))
    wanted = sa.and_(in_no_hands_but_ours(OUTBOX), OUTBOX.c.position.not_in(known), in_turn)
    statement = sa.select(OUTBOX).where(wanted).order_by(OUTBOX.c.position).limit(most)
    return [outgoing(row) for row in store.read(statement)]


def prune(store: Store, now: datetime, keep: timedelta) -> None:
    """Forget old inbox ids and closed cases; the topics keep the history."""
    old = ticks(now - keep)
    with store.transaction() as tx:
        tx.execute(sa.delete(INBOX).where(INBOX.c.at < old))
        tx.execute(sa.delete(CASES).where(CASES.c.at < old, CASES.c.open.is_(False)))
