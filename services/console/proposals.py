"""Orders that one person may not give alone: the first proposes, a different second confirms, in time or never.

A confirmed proposal keeps the second's name before anything is sent; whoever died in between confirms again, and the
order goes out under the id it always had.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from contracts.messages.billing import DisputeOpened, ReopeningPaid
from contracts.messages.ops import Decided, DisputeDecided, ReopeningAbandoned
from policies.pack import Pack
from runtime.http.problems import Problem
from runtime.kernel.store import Store, moment, ticks
from services.console import actions
from services.console.queries import Json
from services.console.signing_in.sessions import Operator
from services.console.tables import METADATA

PROPOSALS = sa.Table(
    "proposals",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("order", sa.String, nullable=False),  # as its door is called
    sa.Column("request_id", sa.String, nullable=False),  # empty: it is about dead letters
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("why", sa.String, nullable=False),  # money or many
    sa.Column("amount", sa.BigInteger, nullable=False),  # minor units, or how many letters
    sa.Column("operator", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("second", sa.String, nullable=False),
)
OPEN, CONFIRMED, REFUSED = "open", "confirmed", "refused"
MONEY, MANY = "money", "many"
MOST_ALONE = 50  # letters at once
MOST_SHOWN = 200


class NeedsSecond(Exception):
    """Not an order yet: it was written down as this proposal."""

    def __init__(self, proposal: Json) -> None:
        super().__init__(proposal["id"])
        self.proposal = proposal


def at_stake(message: Decided, events: Sequence[Json]) -> int:
    """Minor units that an order can move, at most, as far as the request's own events tell."""
    by_order = {DisputeDecided: (DisputeOpened.type, "amount"), ReopeningAbandoned: (ReopeningPaid.type, "paid")}
    kind, field = by_order.get(type(message), ("", ""))
    bodies = (each["body"] for each in events if each["type"] == kind and isinstance(each["body"], dict))
    amounts = (body.get(field) for body in bodies)
    return max((abs(int(each.get("minor", 0))) for each in amounts if isinstance(each, dict)), default=0)


def too_much(pack: Pack, minor: int) -> bool:
    return pack.second_person_above_minor is not None and minor > pack.second_person_above_minor


class Proposals:
    def __init__(self, store: Store, lasts: timedelta) -> None:
        self.store, self.lasts = store, lasts
        with store.transaction() as tx:
            METADATA.create_all(tx, tables=[PROPOSALS])

    def propose(self, key: str, order: str, request_id: str, body: Json, why: str, amount: int, who: str) -> Json:
        """The same key and order again is the same proposal."""
        now, text = datetime.now(UTC), orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
        own = hashlib.sha256(f"{order}/{request_id}/{key}/{who}/{text}".encode()).hexdigest()[:20]
        row = {"id": own, "order": order, "request_id": request_id, "body": text, "why": why, "amount": amount}
        row |= {"operator": who, "reason": body["reason"], "at": ticks(now), "ends": ticks(now + self.lasts)}
        with self.store.transaction() as tx:
            given = self.store.insert(PROPOSALS).values(row | {"state": OPEN, "second": ""})
            tx.execute(given.on_conflict_do_nothing())
        return self.one(own)

    def one(self, own: str) -> Json:
        rows = self.store.read(sa.select(PROPOSALS).where(PROPOSALS.c.id == own))
        if not rows:
            raise Problem("unknown-proposal")
        return _shown(rows[0])

    def waiting(self) -> list[Json]:
        """The oldest first; what was confirmed is waiting no more."""
        open_now = (PROPOSALS.c.state == OPEN, PROPOSALS.c.ends > ticks(datetime.now(UTC)))
        some = sa.select(PROPOSALS).where(*open_now).order_by(PROPOSALS.c.at).limit(MOST_SHOWN)
        return [_shown(row) for row in self.store.read(some)]

    def count(self) -> int:
        open_now = (PROPOSALS.c.state == OPEN, PROPOSALS.c.ends > ticks(datetime.now(UTC)))
        return int(self.store.read(sa.select(sa.func.count()).select_from(PROPOSALS).where(*open_now))[0][0])

    def settle(self, own: str, second: Operator, state: str) -> Json:
        """One of two who press at the same moment; raises `Problem` for the other. The proposer may take it back."""
        found = self.one(own)
        if state == CONFIRMED and found["operator"] == second.name:
            raise Problem("same-person")
        mine = (PROPOSALS.c.id == own, PROPOSALS.c.state == OPEN, PROPOSALS.c.ends > ticks(datetime.now(UTC)))
        with self.store.transaction() as tx:
            change = sa.update(PROPOSALS).where(*mine).values(state=state, second=second.name)
            done = tx.execute(change).rowcount
        now = self.one(own)
        if not done and (now["state"], now["second"]) != (state, second.name):
            raise Problem("proposal-over", f"{now['state']} {now['second']}".strip())
        return now


def _shown(row: sa.Row[Any]) -> Json:
    times = {"at": moment(row.at).isoformat(), "ends_at": moment(row.ends).isoformat()}
    state = "expired" if row.state == OPEN and moment(row.ends) <= datetime.now(UTC) else row.state
    named = {name: getattr(row, name) for name in ("id", "request_id", "why", "amount", "operator", "reason", "second")}
    return named | times | {"order": row.order, "body": orjson.loads(row.body), "state": state}


def told(proposal: Json, currency: str) -> Json:
    """For the Work page: the order in words, and the amount as money where it is some."""
    action = actions.named(proposal["order"], proposal["body"])
    amount = {"minor": proposal["amount"], "currency": currency} if proposal["why"] == MONEY else None
    return proposal | {"action": action, "money": amount}
