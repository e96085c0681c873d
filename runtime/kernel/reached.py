"""How far a store had got when its group told the broker that something is done: one that is less far is an older one.

A database that came back from a backup has forgotten what the group counts as read, and alarms would ring that were
cancelled meanwhile. So every commit of the group carries how far the store was, and nothing is decided on an older one.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from runtime.kernel.arrivals import Outgoing
from runtime.kernel.store import moment, ticks
from runtime.kernel.tables import INBOX, OUTBOX

SEQUENCE = f"pg_get_serial_sequence('{OUTBOX.name}', 'position')"
NOW, RECORD = b'{"now":"', b'"kind":"record"'  # in a line of the journal: when it was decided, and on a record
CURE = "docs/runbooks/restore.md makes it again from the topics"  # before the numbers: long sentences are cut


class WentBack(Exception):
    """The store is an older one than this service has worked on; a person has to bring back what is missing."""


class Mark(NamedTuple):
    """Both only grow. After a crash PostgreSQL leaves out up to 32 positions, so they alone would not tell."""

    position: int = 0  # in the outbox, of the last line of the journal that the broker has
    heard: int = 0  # microseconds UTC: when a record was last taken in whose transaction is on the journal

    def __str__(self) -> str:
        return f"{self.position}@{self.heard}" if self.position else ""


def mark(told: str | None) -> Mark:
    """As an earlier build, or a person with Kafka's own tools, committed it, it says nothing."""
    position, _, heard = (told or "").rstrip("\0").partition("@")  # librdkafka commits the end of its string, too
    return Mark(int(position), int(heard)) if position.isdecimal() and heard.isdecimal() else Mark()


def last_position(tx: sa.Connection) -> int:
    lite = f"select seq from sqlite_sequence where name = '{OUTBOX.name}'"
    asked = f"select pg_sequence_last_value({SEQUENCE})" if tx.dialect.name == "postgresql" else lite
    return int(tx.execute(sa.text(asked)).scalar() or 0)


def by_journal(tx: sa.Connection, least: Mark) -> Mark:
    """How far a store is that has a journal."""
    heard = tx.execute(sa.select(sa.func.max(INBOX.c.at))).scalar()  # none: all of it went with its time
    return Mark(last_position(tx), least.heard if heard is None else heard)


HowFar = Callable[[sa.Connection, Mark], Mark]  # given what it must have reached at least


class Reached:
    """Of one store, as this process knows it; safe to use from several threads."""

    def __init__(self, how_far: HowFar = by_journal) -> None:
        self.how_far = how_far
        self.mark = Mark()  # goes with every commit
        self.least = Mark()  # what the group says
        self.proven = True  # since the database was last away, and since partitions last came

    def published(self, lines: Sequence[Outgoing]) -> None:
        """The broker has these lines of the journal."""
        if lines:
            last = max(each.position for each in lines)
            heard = max(_heard(each.record.value or b"") for each in lines)
            self.mark = further(self.mark, Mark(last, heard))

    def must_be(self, told: Mark) -> None:
        self.least = further(self.least, told)
        self.proven = False

    def prove(self, tx: sa.Connection) -> Mark:
        """How far it is. Raises `WentBack`."""
        self.proven = True  # first: what comes meanwhile is asked for next time
        least = further(self.least, self.mark)
        found = self.how_far(tx, least)
        if further(found, least) != found:
            self.proven = False
            raise WentBack(_why(found, least))
        return found

    def went_back(self, position: int) -> WentBack:
        """Under our very hands: a position that is on the journal was given a second time."""
        return WentBack(_why(Mark(position), self.mark))


def further(one: Mark, other: Mark) -> Mark:
    return Mark(max(one.position, other.position), max(one.heard, other.heard))


def _why(found: Mark, least: Mark) -> str:
    place = f"it stands at {_place(found)}, and had reached {_place(least)}"
    return f"the database is older than what was read with it: {CURE}; {place}"


def _place(each: Mark) -> str:
    return f"{each.position} ({moment(each.heard):%Y-%m-%d %H:%M:%S} UTC)" if each.heard else str(each.position)


def _heard(line: bytes) -> int:
    """Zero where a transaction took in no record: then the inbox has nothing of that time."""
    if RECORD not in line or not line.startswith(NOW):
        return 0
    return ticks(datetime.fromisoformat(line[len(NOW) : line.index(b'"', len(NOW))].decode()))
