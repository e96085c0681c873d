"""Every service made again from the shelf and held against its live store, as often as the live one needs to hold still.

A live store moves on while one looks. So there are two looks, the second with all that had come onto the topics by then:
what differs in the same way both times is a difference; what differed once has only moved.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa

from contracts.flow import journal_topic
from policies.pack import Pack
from runtime.comparing import Compared, Difference, count, decided, differences
from runtime.journal import ID
from runtime.lag import group_id
from runtime.outbox import outgoing
from runtime.replay import Astray, PackOf, Replay, wiring_of
from runtime.shelf import Shelf
from runtime.store import OUTBOX, Store
from runtime.wiring import Wiring

MOST_DIFFERENCES = 10_000
BATCH = 500
Live = Callable[[], AbstractContextManager[sa.Connection]]  # a view of the live store that stands still


@dataclass
class Look:
    """One service, rebuilt and compared once. `behind`: what the live store knows and the topics do not, or not yet."""

    service: str
    steps: int = 0  # transactions; for the console, records
    rows: int = 0  # cases; for the console, events
    found: set[Difference] = field(default_factory=set)
    behind: int = 0


def rebuild_decisions(service: str, shelf: Shelf, store: Store, pack_of: PackOf, wiring: Wiring | None = None) -> Replay:
    return Replay(wiring or wiring_of(service), shelf, store, pack_of)


def look(replay: Replay, live: sa.Connection, since: int, astray: Astray | None = None) -> Look:
    """After `replay` has run, or went astray."""
    seen = Look(replay.service, replay.transactions)
    said = _unpublished(live)
    journals = [record for topic, record in said if topic == journal_topic(replay.service)]
    shelf = replay.shelf
    seen.behind = sum(not shelf.knows_transaction(replay.service, _header(each, ID)) for each in journals)
    if astray is not None:
        seen.found.add(Difference("journal", (), "transaction", str(astray), "it cannot be done again"))
        return seen
    seen.rows, seen.found = _compared(decided(since), live, replay.store)
    waiting = {_header(record, "ce_id") for _, record in said}
    unsaid = set(shelf.only_said_again(replay.service)) - waiting
    seen.found |= {Difference("events", (each,), "", None, "said") for each in unsaid}
    seen.found |= {Difference("events", (each,), "", "said", None) for each in shelf.only_on_the_topic(replay.service)}
    return seen


def _compared(tables: Sequence[Compared], live: sa.Connection, store: Store) -> tuple[int, set[Difference]]:
    with store.engine.connect().execution_options(reading=True) as rebuilt:
        rows = count(tables[0], rebuilt)
        return rows, set(islice(differences(tables, live, rebuilt), MOST_DIFFERENCES))


def _unpublished(live: sa.Connection) -> list[tuple[str, Any]]:
    return [(row.topic, outgoing(row).record) for row in live.execute(sa.select(OUTBOX).order_by(OUTBOX.c.position))]


def _header(record: Any, name: str) -> str:
    return str(dict(record.headers).get(name, b"").decode("utf-8", "replace"))


# ---- what only shows -------------------------------------------------------------------------------------------------


def shows(service: str) -> bool:
    return hasattr(importlib.import_module(f"services.{service}.app"), "projection")


def project(service: str, shelf: Shelf, store: Store, pack: Pack) -> Iterator[int]:
    """The console's tables from what it reads, in the order in which the broker got it; yields how many were read."""
    app = importlib.import_module(f"services.{service}.app")
    projection = app.projection(store, pack, "replay")
    records = shelf.in_time(app.READS, group_id(service))
    read = 0
    while batch := list(islice(records, BATCH)):
        projection.step(batch, (), sa.func.now())
        read += len(batch)
        yield read


def look_at_what_is_shown(service: str, read: int, live: sa.Connection, store: Store, behind: int) -> Look:
    tables: tuple[Compared, ...] = importlib.import_module(f"services.{service}.app").SHOWN
    rows, found = _compared(tables, live, store)
    return Look(service, read, rows, found, behind)


# ---- two looks -------------------------------------------------------------------------------------------------------


@dataclass
class Verdict:
    """What two looks at one service say together."""

    service: str
    steps: int
    rows: int
    differences: list[Difference]
    moved: int  # rows that were not the same twice, because the live store went on
    behind: int

    @property
    def equal(self) -> bool:
        return not self.differences


def verdict(first: Look, second: Look | None = None) -> Verdict:
    last = second or first
    both = first.found & last.found
    return Verdict(last.service, last.steps, last.rows, sorted(both, key=repr), len(last.found - both), last.behind)
