"""Orders that one person may not give alone: the first proposes, a different second confirms, in time or never.

A confirmed proposal keeps the second's name before anything is sent. While the broker is away, or after a crash in
between, it stays `sending`: the console sends it by itself, under the id it always had.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import orjson
import sqlalchemy as sa

from contracts.messages.billing import DisputeOpened, QuoteIssued, ReopeningPaid
from contracts.messages.ops import Decided, DisputeDecided, ElsewhereNoted, ReopeningAbandoned
from contracts.messages.shared import AttentionRequired
from contracts.words import Money, Text
from policies.pack import Pack
from runtime.http.problems import Problem
from runtime.kernel.making import make
from runtime.kernel.store import Store, moment, ticks
from services.console import actions
from services.console.kept.queries import Json
from services.console.kept.tables import METADATA
from services.console.signing_in.sessions import Operator
from services.console.wording import words

PROPOSALS = sa.Table(
    "proposals",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("order", sa.String, nullable=False),  # as its door is called
    sa.Column("request_id", sa.String, nullable=False),  # empty: it is about dead letters
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("why", sa.String, nullable=False),  # money, many or person
    sa.Column("amount", sa.BigInteger, nullable=False),  # minor units, or how many letters or requests
    sa.Column("operator", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("second", sa.String, nullable=False),
)
OPEN, SENDING, CONFIRMED, REFUSED, OVERTAKEN = "open", "sending", "confirmed", "refused", "overtaken"
MONEY, MANY = "money", "many"
MOST_ALONE = 50  # letters at once
MOST_SHOWN = 200
BY_ORDER = {
    DisputeDecided: {DisputeOpened.type: "amount"},
    ReopeningAbandoned: {ReopeningPaid.type: "paid"},
    ElsewhereNoted: {QuoteIssued.type: "quote.total", DisputeOpened.type: "amount", ReopeningPaid.type: "paid"},
}


class NeedsSecond(Exception):
    """Not an order yet: it was written down as this proposal."""

    def __init__(self, proposal: Json) -> None:
        super().__init__(proposal["id"])
        self.proposal = proposal


def at_stake(message: Decided, events: Sequence[Json]) -> int:
    """Minor units that an order can move, at most, as far as the request's own events tell."""
    if isinstance(message, ElsewhereNoted) and (refused := _refused(message.incident, events)):
        return refused
    most = stake(type(message), events)
    return most.minor if most else 0


def _refused(incident: str, events: Sequence[Json]) -> int:
    """The most that was ever told of it: nobody makes it less by saying it again."""
    said = (each["body"] for each in events if each["type"] == AttentionRequired.type)
    found = [_within(body, "amount.minor") for body in said if _within(body, "incident") == incident]
    return max((abs(minor) for minor in found if isinstance(minor, int)), default=0)


def stake(order: type[Decided], events: Sequence[Json]) -> Money | None:
    """The largest amount that such an order is about; None where no event tells one."""
    fields = BY_ORDER.get(order, {})
    known = ((each["body"], fields[each["type"]]) for each in events if each["type"] in fields)
    told = (each for body, field in known if isinstance(each := _within(body, field), dict))
    found = (Money(minor=abs(int(each.get("minor", 0))), currency=each.get("currency", "CNY")) for each in told)
    return max(found, key=attrgetter("minor"), default=None)


def _within(body: Json, field: str) -> Any:
    found: Any = body
    for name in field.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def too_much(pack: Pack, minor: int) -> bool:
    return pack.second_person_above_minor is not None and minor > pack.second_person_above_minor


class Proposals:
    def __init__(self, store: Store, lasts: timedelta) -> None:
        self.store, self.lasts = store, lasts
        with store.transaction() as tx:
            make(tx, (PROPOSALS,))

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
        """The oldest first: for a second person, or for the broker to have what two have decided."""
        return self._some(sa.or_(sa.and_(*_open_now()), PROPOSALS.c.state == SENDING))

    def unsent(self) -> list[Json]:
        return self._some(PROPOSALS.c.state == SENDING)

    def about(self, request_id: str) -> list[Json]:
        """All there ever was about this request."""
        return self._some(PROPOSALS.c.request_id == request_id)

    def _some(self, which: sa.ColumnElement[bool]) -> list[Json]:
        """The oldest first. Where they are too many, proposers take turns: nobody fills the list alone."""
        turn = sa.func.row_number().over(partition_by=PROPOSALS.c.operator, order_by=PROPOSALS.c.at)
        some = sa.select(PROPOSALS).where(which).order_by(turn, PROPOSALS.c.at).limit(MOST_SHOWN)
        return [_shown(row) for row in sorted(self.store.read(some), key=attrgetter("at"))]

    def count(self) -> int:
        """Those that wait for a person."""
        return int(self.store.read(sa.select(sa.func.count()).select_from(PROPOSALS).where(*_open_now()))[0][0])

    def settle(self, own: str, second: Operator, state: str) -> Json:
        """One of two who press at the same moment; raises `Problem` for the other. The proposer may take it back."""
        found = self.one(own)
        if state == SENDING and same_person(found["operator"], second.name):
            raise Problem("same-person")
        done = self._change(own, *_open_now(), state=state, second=second.name)
        now = self.one(own)
        if not done and (now["state"] not in (state, _after(state)) or now["second"] != second.name):
            (zh, en), who = words.PROPOSALS[now["state"]], now["second"]
            raise Problem("proposal-over", Text(zh=f"{zh} {who}".strip(), en=f"{en} {who}".strip()))
        return now

    def sent(self, own: str, state: str = CONFIRMED) -> None:
        """The broker has it; or, `overtaken`, it cannot be carried out any more."""
        self._change(own, PROPOSALS.c.state == SENDING, state=state)

    def forget(self, request_ids: Sequence[str]) -> None:
        """What was proposed about them and is over; an erasure's own says who ordered it."""
        over = PROPOSALS.c.state.not_in((OPEN, SENDING))
        mine = (PROPOSALS.c.request_id.in_(request_ids), PROPOSALS.c.order != "erasures", over)
        with self.store.transaction() as tx:
            tx.execute(sa.delete(PROPOSALS).where(*mine))

    def _change(self, own: str, *still: sa.ColumnElement[bool], **values: str) -> bool:
        with self.store.transaction() as tx:
            return bool(tx.execute(sa.update(PROPOSALS).where(PROPOSALS.c.id == own, *still).values(**values)).rowcount)


def _open_now() -> tuple[sa.ColumnElement[bool], ...]:
    return PROPOSALS.c.state == OPEN, PROPOSALS.c.ends > ticks(datetime.now(UTC))


def same_person(one: str, other: str) -> bool:
    """An identity provider lets somebody in under either spelling."""
    return one.casefold() == other.casefold()


def _after(state: str) -> str:
    return CONFIRMED if state == SENDING else state


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
