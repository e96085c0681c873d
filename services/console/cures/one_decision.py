"""Of two operators who decide one case the first does, unless what he ordered came to nothing."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from contracts.messages.ops import ComplaintReplied, Decided, DisputeDecided, ReviewDecided
from runtime.http.problems import Problem
from runtime.kernel.store import Store, moment, ticks
from runtime.kernel.tables import REPLIES
from services.console.actions import COMPLAINT, DISPUTE, REVIEW
from services.console.kept import log, queries

LOST_AFTER = timedelta(minutes=1)  # an order that was taken and never came back on its topic


def case_of(store: Store, message: Decided) -> str:
    """What is decided: an incident, as it was opened this time. Empty where it may be ordered again and again."""
    name = _incident(message)
    opened = [each["event"] for each in queries.waiting(store, message.request_id) if each["incident"] == name]
    return f"case/{message.request_id}/{name}/{opened[0]}" if name and opened else ""


def _incident(message: Decided) -> str:
    match message:
        case ReviewDecided():
            return REVIEW
        case DisputeDecided():
            return DISPUTE
        case ComplaintReplied():
            return f"{COMPLAINT}{message.level}"
    return ""


def came_to_nothing(store: Store, case: str, own: str) -> str | None:
    """An earlier order about it that a service refused, or that never reached its topic."""
    rows = store.read(sa.select(REPLIES).where(REPLIES.c.key == case)) if case else ()
    if not rows or rows[0].fingerprint == own:
        return None
    earlier = str(rows[0].fingerprint)
    effects = log.followed(store, {earlier: case.split("/")[1]}).get(earlier, [])
    lost = log.seen(store, earlier) is None and moment(rows[0].at) < datetime.now(UTC) - LOST_AFTER
    return earlier if lost or (effects and all(each["refused"] for each in effects)) else None


def take(store: Store, tx: sa.Connection, case: str, own: str, earlier: str | None) -> None:
    """Raises `Problem` where somebody else has it."""
    if not case:
        return
    row = {"key": case, "fingerprint": own, "at": ticks(datetime.now(UTC))}
    if earlier:
        tx.execute(sa.delete(REPLIES).where(REPLIES.c.key == case, REPLIES.c.fingerprint == earlier))
    tx.execute(store.insert(REPLIES).values(row).on_conflict_do_nothing())
    if tx.execute(sa.select(REPLIES.c.fingerprint).where(REPLIES.c.key == case)).scalar() != own:
        raise Problem("decided-meanwhile")
