"""Who is signed in, kept on the server: a browser's cookie or a command line's token is only a key to a row here."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from runtime.kernel.making import make
from runtime.kernel.store import Store, moment, ticks
from services.console.kept.tables import METADATA
from services.console.roles import Role

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("key", sa.String, primary_key=True),  # a hash of it: who reads the database cannot sign in
    sa.Column("operator", sa.String, nullable=False, index=True),
    sa.Column("role", sa.String, nullable=False),
    sa.Column("way", sa.String, nullable=False),
    sa.Column("program", sa.Boolean, nullable=False),  # a command line or the like: its key is a token
    sa.Column("token", sa.String, nullable=False),
    sa.Column("began", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False, index=True),
)
ASKED = sa.Table(  # who was sent to the identity provider and has not come back
    "sign_ins_asked",
    METADATA,
    sa.Column("state", sa.String, primary_key=True),
    sa.Column("browser", sa.String, nullable=False),  # a hash of the cookie of whoever was sent
    sa.Column("verifier", sa.String, nullable=False),
    sa.Column("nonce", sa.String, nullable=False),
    sa.Column("to", sa.String, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False),
)
USED = sa.Table(  # serials of links that have signed somebody in
    "sign_in_links_used",
    METADATA,
    sa.Column("serial", sa.String, primary_key=True),
    sa.Column("ends", sa.BigInteger, nullable=False),
)
MOST_OF_ONE = 1_000  # sign-ins and programs of an operator at once: a loop would fill the store
SEEN_AGAIN = timedelta(seconds=30)  # written no more often
KEY_BYTES = 32


class Way(StrEnum):
    LINK = "link"  # of a development run
    PASSWORD = "password"
    PROVIDER = "provider"
    NOBODY = "nobody"  # TUIDING_AUTH=none


class Operator(NamedTuple):
    """Somebody who is signed in. `token` is what the forms of this session carry; none where no cookie is believed.

    `ends`: when the sign-in is over that all of this rests on; nothing where it has no end.
    """

    name: str
    role: Role
    way: Way
    token: str = ""
    program: bool = False
    ends: datetime | None = None


class Patience(NamedTuple):
    idle: timedelta
    longest: timedelta


class Sessions:
    def __init__(self, store: Store, patience: Patience) -> None:
        self.store, self.patience = store, patience
        with store.transaction() as tx:
            make(tx, (SESSIONS, USED, ASKED))

    def begin(self, name: str, role: Role, way: Way, seal: str = "", rests_on: Operator | None = None) -> str:
        """Returns the key, which is told once and kept nowhere.

        `seal`: what the sign-in was shown by, which it ends with. `rests_on`: the sign-in of whoever makes a program's.
        """
        key, now = secrets.token_urlsafe(KEY_BYTES), datetime.now(UTC)
        ends = now + self.patience.longest
        row = {
            "key": hashed(key),
            "operator": name,
            "role": role,
            "way": way,
            "program": rests_on is not None,
            "token": rests_on.token if rests_on else sealed(seal),
        }
        if rests_on and rests_on.ends:
            ends = min(ends, rests_on.ends)
        times = {"began": ticks(now), "seen": ticks(now), "ends": ticks(ends)}
        with self.store.transaction() as tx:
            for table in (SESSIONS, USED, ASKED):
                tx.execute(sa.delete(table).where(table.c.ends < ticks(now)))
            own = sa.select(SESSIONS.c.key).where(SESSIONS.c.operator == name)
            oldest = own.order_by(SESSIONS.c.began.desc()).offset(MOST_OF_ONE - 1)
            tx.execute(sa.delete(SESSIONS).where(SESSIONS.c.key.in_(oldest)))
            tx.execute(sa.insert(SESSIONS).values(row | times))
        return key

    def find(self, key: str, active: bool) -> Operator | None:
        """`active`: somebody did something, rather than a page that looks again by itself."""
        rows = self.store.read(sa.select(SESSIONS).where(SESSIONS.c.key == hashed(key)))
        now = datetime.now(UTC)
        if not rows or moment(rows[0].ends) <= now or self._idle(rows[0], now):
            return None
        if active and now - moment(rows[0].seen) > SEEN_AGAIN:
            with self.store.transaction() as tx:
                tx.execute(sa.update(SESSIONS).where(SESSIONS.c.key == rows[0].key).values(seen=ticks(now)))
        row = rows[0]
        return Operator(row.operator, Role(row.role), Way(row.way), row.token, row.program, moment(row.ends))

    def _idle(self, row: sa.Row[tuple[object, ...]], now: datetime) -> bool:
        return not row.program and now - moment(row.seen) > self.patience.idle

    def end(self, key: str) -> None:
        with self.store.transaction() as tx:
            tx.execute(sa.delete(SESSIONS).where(SESSIONS.c.key == hashed(key)))

    def use_up(self, serial: str, ends: int) -> bool:
        """Whether this link had not been used before."""
        row = {"serial": serial, "ends": ticks(datetime.fromtimestamp(ends, UTC))}
        with self.store.transaction() as tx:
            done = tx.execute(self.store.insert(USED).values(row).on_conflict_do_nothing())
        return bool(done.rowcount)


def sealed(seal: str, salt: str = "") -> str:
    """A token of a session, and by what it was begun: nobody can tell that from it, and it can be held against it."""
    salt = salt or secrets.token_urlsafe(KEY_BYTES)
    return f"{salt}.{hashed(f'{salt}.{seal}')}"


def is_sealed(token: str, seal: str) -> bool:
    return hmac.compare_digest(token.encode(), sealed(seal, token.partition(".")[0] or "-").encode())


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
