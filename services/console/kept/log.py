"""The log of operators' orders and their results: their own events, and the events that name those as cause."""

from collections.abc import Mapping

import sqlalchemy as sa

from contracts.messages.shared import AttentionRequired, CommandRefused
from runtime.kernel.store import Store, moment
from services.console.kept.queries import Json, service_of
from services.console.kept.rows import readable
from services.console.kept.tables import DEAD_LETTERS, EVENTS, ORDERED
from services.console.kept.tally import read, word

MOST = 50
REFUSED = CommandRefused.type
IN_VAIN = (REFUSED, AttentionRequired.type)  # it was refused, or a person is asked once more


def ordered(store: Store) -> list[Json]:
    """The newest first."""
    statement = sa.select(EVENTS).where(ORDERED).order_by(EVENTS.c.at.desc()).limit(MOST)
    orders = store.read(statement)
    effects = followed(store, {row.id: row.request_id for row in orders})
    return [
        {
            "id": row.id,
            "type": row.type,
            "request_id": row.request_id,
            "at": moment(row.at).isoformat(),
            "operator": " + ".join(_names(read(row.body))),
            "reason": word(read(row.body), "reason"),
            "letters": 0,
            "outcome": [each["type"] for each in effects.get(row.id, ())],
        }
        for row in orders
    ]


def dealt_with(store: Store) -> list[Json]:
    """Dead letters that somebody decided about: one row for all of one decision, the newest first."""
    by = (DEAD_LETTERS.c.state, DEAD_LETTERS.c.operator, DEAD_LETTERS.c.decision)
    latest = sa.func.max(DEAD_LETTERS.c.decided_at).label("at")
    decided = sa.select(*by, latest, sa.func.count().label("letters")).where(DEAD_LETTERS.c.state != "open")
    rows = store.read(decided.group_by(*by).order_by(latest.desc()).limit(MOST))
    return [
        {
            "id": "",
            "type": "",
            "request_id": "",
            "at": moment(row.at).isoformat() if row.at else "",
            "operator": row.operator,
            "reason": row.decision,
            "state": row.state,
            "letters": row.letters,
        }
        for row in rows
    ]


def _names(body: Json) -> list[str]:
    """Whoever ordered it; and who confirmed it, where it took two."""
    return [readable(name.encode()) for field in ("operator", "second") if (name := word(body, field))]


def followed(store: Store, orders: Mapping[str, str]) -> dict[str, list[Json]]:
    """What the services said because of each order, by its request: an answer may be heard before its order."""
    found: dict[str, list[Json]] = {}
    if not orders:
        return found
    because = (EVENTS.c.request_id.in_(set(orders.values())), EVENTS.c.cause.in_(orders))  # there is no index of causes
    for row in store.read(sa.select(EVENTS).where(*because).order_by(EVENTS.c.at)):
        effect = {
            "type": row.type,
            "service": service_of(row.source),
            "at": moment(row.at).isoformat(),
            "refused": row.type == REFUSED,
            "in_vain": row.type in IN_VAIN,
            "body": read(row.body),
        }
        found.setdefault(row.cause, []).append(effect)
    return found


def seen(store: Store, event: str) -> Json | None:
    """An order of an operator, once it was heard on its topic."""
    rows = store.read(sa.select(EVENTS.c.request_id, EVENTS.c.type).where(EVENTS.c.id == event))
    return {"request_id": rows[0].request_id, "type": rows[0].type} if rows else None
