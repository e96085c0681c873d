"""Answers kept by channel and Idempotency-Key: a repeated POST gets the same answer, and the work is done once.

A row without a status is a first request still running. Rows are kept for `KEPT`; a first request that died under
way frees its key after `LEASE`. Repeating the work itself is safe: the same key publishes the same event id.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import sqlalchemy as sa

from contracts.messages import TYPES, Message
from contracts.words import Channel, RequestId, Value
from runtime.http.problems import Problem
from runtime.kernel import noted
from runtime.kernel.noted import KEPT
from runtime.kernel.store import Store, moment, ticks
from runtime.kernel.tables import REPLIES
from services.intake.door.statements import Statements

LEASE = timedelta(seconds=30)


class Attempt(NamedTuple):
    """One POST that carries a key."""

    key: str
    row: str
    fingerprint: str


class Reply(NamedTuple):
    status: int
    body: str


class Handed(NamedTuple):
    """A first command as it was handed to the broker."""

    message: Message
    at: datetime


def attempt(key: str, channel: Channel, path: str, body: Value) -> Attempt:
    """The fingerprint is of the body as we understood it: spaces and the order of its fields do not matter."""
    fingerprint = sha256(f"{path}\n{body.model_dump_json()}".encode()).hexdigest()
    return Attempt(key, f"{channel}/{key}", fingerprint)


class Replies:
    def __init__(self, store: Store) -> None:
        self.store, self.sql = store, store.written(Statements)

    def begin(self, new: Attempt, now: datetime) -> Reply | None:
        """None: go ahead. Raises `Problem` when the key is in use or was used for something else."""
        with self.store.transaction() as tx:
            self.sql.forget_old.run(tx, (), {"before": ticks(now - KEPT)})
            if self.sql.begin(tx, [(new.row, new.fingerprint, ticks(now))]):
                return None
            return self._earlier(tx, new, now)

    def _earlier(self, tx: sa.Connection, new: Attempt, now: datetime) -> Reply | None:
        mine = REPLIES.c.key == new.row
        earlier = tx.execute(sa.select(REPLIES).where(mine)).one()
        if earlier.fingerprint != new.fingerprint:
            raise Problem("key-reused")
        if earlier.status is not None:
            return Reply(earlier.status, earlier.body)
        stale = sa.and_(mine, REPLIES.c.status.is_(None), REPLIES.c.at <= ticks(now - LEASE))
        if not tx.execute(sa.update(REPLIES).where(stale).values(at=ticks(now))).rowcount:
            raise Problem("key-in-use")
        return None

    def finish(self, done: Attempt, reply: Reply) -> None:
        with self.store.transaction() as tx:
            self.sql.finish.run(tx, (), {"key": done.row, "status": reply.status, "body": reply.body})

    def forget(self, failed: Attempt) -> None:
        """Nothing happened, so the key is free again."""
        with self.store.transaction() as tx:
            tx.execute(sa.delete(REPLIES).where(REPLIES.c.key == failed.row, REPLIES.c.status.is_(None)))

    def one_more_today(self, subscription: str, now: datetime, most: int) -> bool:
        """Whether there is room for one more command for it today (UTC), which is counted then."""
        told = {"key": noted.counted(subscription, now), "at": ticks(now), "most": most}
        with self.store.transaction() as tx:
            return bool(self.sql.count.run(tx, (), told))

    def one_fewer_today(self, subscription: str, now: datetime) -> None:
        """What the broker did not take was no command: whoever tries again has all of them left."""
        mine = sa.and_(REPLIES.c.key == noted.counted(subscription, now), REPLIES.c.status > 0)
        with self.store.transaction() as tx:
            tx.execute(sa.update(REPLIES).where(mine).values(status=REPLIES.c.status - 1))

    def note_received(self, message: Message, now: datetime) -> None:
        """So that the request can be looked up before the worker has come to it."""
        row = (noted.received(message.request_id), message.type, 202, message.model_dump_json(), ticks(now))
        with self.store.transaction() as tx:
            self.sql.note(tx, [row])

    def received(self, request_id: RequestId) -> Handed | None:
        for kind, body, at in self.store.look(self.sql.received, [noted.received(request_id)]):
            return Handed(TYPES[kind].model_validate_json(body), moment(at))
        return None
