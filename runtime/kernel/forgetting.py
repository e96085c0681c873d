"""Takes all that a service keeps of one request out of its store, in the transaction that decided so."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from contracts.flow import JOURNALS
from runtime.kernel import noted
from runtime.kernel.cases import Conflict, Loaded
from runtime.kernel.store import ticks
from runtime.kernel.tables import ALARMS, CALLS, CASES, CLAIMS, OUTBOX, REPLIES

KEPT_BACK = timedelta(days=1)  # what the broker has not taken for as long it refuses for good


class GoesOn(Exception):
    def __init__(self, request_id: str) -> None:
        super().__init__(f"{request_id}: something of it is still under way here; send this again once it is not")


def refuse_while_it_goes_on(tx: sa.Connection, request_id: str, now: datetime) -> None:
    """Raises `GoesOn` while the carrier is asked for it, or the broker has not got all that was said of it."""
    asked = sa.select(CALLS.c.id).where(CALLS.c.request_id == request_id)
    old = (OUTBOX.c.at < ticks(now - KEPT_BACK), OUTBOX.c.topic.not_in(list(JOURNALS)))
    unsaid = sa.select(OUTBOX.c.request_id).where(OUTBOX.c.request_id == request_id, *old)
    if tx.execute(sa.union_all(asked, unsaid).limit(1)).first():
        raise GoesOn(request_id)


def forget(tx: sa.Connection, loaded: Loaded, request_id: str, now: datetime) -> None:
    """Its case, its alarms, its names, and what the door noted of it and its party.

    One that has not begun has no party, and nobody was given its id.
    """
    mine = sa.delete(CASES).where(CASES.c.request_id == request_id, CASES.c.version == loaded.version)
    if tx.execute(mine).rowcount < min(loaded.version, 1):
        raise Conflict("another worker changed a case that was to be forgotten")
    tx.execute(sa.delete(ALARMS).where(ALARMS.c.request_id == request_id))
    begun = loaded.case is None or loaded.case.begun
    party = loaded.case.party if loaded.case and begun else ""
    _forget_names(tx, request_id, party)
    if begun:
        _never_give_again(tx, request_id)
    notes = [noted.received(request_id), *(noted.all_counted(party, now) if party else ())]
    tx.execute(sa.delete(REPLIES).where(REPLIES.c.key.in_(notes)))


def _forget_names(tx: sa.Connection, request_id: str, party: str) -> None:
    """Those it holds or let go last, also where its case went long ago; one that another holds by now is that one's."""
    let_go = CLAIMS.c.last == request_id
    if party:  # an earlier build did not write down who let it go
        named = CLAIMS.c.name.startswith(f"{party}/", autoescape=True)
        let_go = sa.or_(let_go, sa.and_(CLAIMS.c.last == "", named))
    mine = sa.or_(CLAIMS.c.holder == request_id, sa.and_(CLAIMS.c.holder.is_(None), let_go))
    tx.execute(sa.delete(CLAIMS).where(mine))


def _never_give_again(tx: sa.Connection, request_id: str) -> None:
    """How often names were let go gave each wish another id. With that gone, a hash keeps this one from coming back."""
    gone = sa.select(CLAIMS.c.name).where(CLAIMS.c.name == noted.gone(request_id))
    if not tx.execute(gone).first():
        tx.execute(sa.insert(CLAIMS).values(name=noted.gone(request_id), times=0))
