"""What the console keeps of a request whose subscription was erased: its way, its amounts, and hashes of the rest.

It is done when the act is read, and again for whatever is heard of the request later, so that a console that is built
again from the topics comes to the same.
"""

import hashlib
from collections.abc import Collection
from typing import Any

import orjson
import sqlalchemy as sa

from contracts.messages.ops import SubscriptionErased
from services.console.kept.rows import Event
from services.console.kept.tables import DEADLINES, EVENTS
from services.console.kept.tally import MOVES, Request, part, read, word
from services.console.own_events import TOPIC

ERASED = "erased"  # in place of the subscription, whose references are all longer than this
HASH = "erased_sha256"  # of the event's body as it was
WHO = ("operator", "second")
ABOUT = ("kind", "policy")


def is_act(event: Event) -> bool:
    return event.type == SubscriptionErased.type and event.topic == TOPIC


def nobodys(row: Request) -> Request:
    """Where it stands in the lists, with nothing of whose it was."""
    nothing = row._replace(masked_number="", last_digits="", reason="", language="")
    return nothing._replace(subscription=ERASED, attention=0, incidents="[]")


def forget(tx: sa.Connection, request_ids: Collection[str]) -> None:
    tx.execute(sa.delete(DEADLINES).where(DEADLINES.c.request_id.in_(request_ids)))
    for event in map(Event._make, tx.execute(sa.select(EVENTS).where(EVENTS.c.request_id.in_(request_ids))).all()):
        if not is_act(event) and (left := left_of(event)) != event.body:
            tx.execute(sa.update(EVENTS).where(EVENTS.c.id == event.id).values(body=left))


def left_of(event: Event) -> str:
    """The same again for what was erased before."""
    body = read(event.body)
    left: dict[str, Any] = {"request_id": event.request_id, HASH: _hash(event.body)}
    left |= {name: word(body, name) for name in WHO if event.topic == TOPIC and body.get(name)}
    left |= {each.field: _amount(part(body, each.field)) for each in MOVES.get(event.type, ()) if body.get(each.field)}
    if about := {name: word(part(body, "application"), name) for name in ABOUT if part(body, "application").get(name)}:
        left["application"] = about
    return event.body if body == left | {HASH: body.get(HASH)} else orjson.dumps(left).decode()


def _amount(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("minor", "currency") if name in told}


def _hash(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def hash_of(body: str) -> str:
    """Of the event's value on its topic, also where the console keeps no more of it than this."""
    return word(read(body), HASH) or _hash(body)
