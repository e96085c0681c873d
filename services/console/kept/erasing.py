"""Takes the original of a dead letter away for good: its hash and the reason stay, and the act is on cancellation.ops.

The console erases when it reads the act, so a console that is built again from the topics erases it again.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from contracts.messages.ops import DeadLetterErased
from runtime.envelope import derived_id
from runtime.kernel.dead_letters import OFFSETS, STANDS_FOR, parted
from services.console.kept.rows import Event, packed, unpacked
from services.console.kept.tables import DEAD_LETTERS, EVENTS
from services.console.kept.tally import read

STATE = "erased"
HASH = "x-erased-sha256"
Row = dict[str, Any]


def act_id(place: str) -> str:
    """What acts on a letter are about: it belongs to no request, and its own key may be what has to go."""
    return derived_id("dead-letter", place)


def digest(value: bytes | None) -> str:
    return hashlib.sha256(value or b"").hexdigest()


def erase(tx: sa.Connection, fresh: Iterable[Event]) -> None:
    """Those whose act has just been read."""
    for event in fresh:
        if event.type == DeadLetterErased.type:
            named = DEAD_LETTERS.c.place == str(read(event.body).get("place"))
            for row in tx.execute(sa.select(DEAD_LETTERS).where(named, DEAD_LETTERS.c.state != STATE)).all():
                if left := without_original(row._asdict(), event):
                    tx.execute(sa.update(DEAD_LETTERS).where(named).values(left))


def erased_before(tx: sa.Connection, letters: Sequence[Row]) -> list[Row]:
    """Topics are not ordered against each other: the act may have been read before its letter."""
    ids = {act_id(letter["place"]) for letter in letters}
    acts = sa.select(EVENTS).where(EVENTS.c.request_id.in_(ids), EVENTS.c.type == DeadLetterErased.type)
    known = {event.request_id: event for event in map(Event._make, tx.execute(acts))}
    found = ((letter, known.get(act_id(letter["place"]))) for letter in letters)
    return [letter | without_original(letter, act) if act else letter for letter, act in found]


def without_original(letter: Row, act: Event) -> Row:
    """Nothing changes where the hash is another one: a broker that lost its data gives the same places again."""
    said = read(act.body)
    if digest(letter["value"]) != said.get("sha256"):
        return {}
    ours = ("x-error", "x-original", STANDS_FOR, OFFSETS)
    kept = [(name, value) for name, value in parted(unpacked(letter["headers"]))[1] if name.startswith(ours)]
    return {
        "key": None,
        "value": None,
        "headers": packed([*kept, (HASH, str(said.get("sha256")).encode())]),
        "request_id": "",
        "state": STATE,
        "operator": str(said.get("operator")),
        "decision": str(said.get("reason")),
        "decided_at": act.at,
    }
