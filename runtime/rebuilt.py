"""Every service made again from the shelf and held against its live store.

A live store moves on while one looks. So there are two looks, the second with all that came onto the topics meanwhile:
what differs in the same way both times is a difference; what differed once has only moved.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contracts.flow import journal_topic
from policies.pack import Pack, PackError
from runtime.comparing import ASTRAY, Compared, Difference, count, decided, differences
from runtime.journal import ID
from runtime.lag import group_id
from runtime.live import looked_at
from runtime.outbox import outgoing
from runtime.replay import Astray, Replay, wiring_of
from runtime.shelf import Shelf
from runtime.store import OUTBOX, Store

MOST_DIFFERENCES = 10_000
BATCH = 500


@dataclass
class Look:
    """One service, rebuilt and compared once. `behind`: what the live store knows and the topics do not, or not yet."""

    service: str
    steps: int = 0  # transactions; for the console, records
    rows: int = 0  # cases; for the console, events
    found: set[Difference] = field(default_factory=set)
    behind: int = 0


def look(replay: Replay, live: sa.Connection, since: int, astray: Astray | None = None) -> Look:
    """After `replay` has run, or went astray."""
    seen = Look(replay.service, replay.transactions)
    said = _unpublished(live)
    journals = [record for topic, record in said if topic == journal_topic(replay.service)]
    shelf = replay.shelf
    seen.behind = sum(not shelf.knows_transaction(replay.service, _header(each, ID)) for each in journals)
    if astray is not None:
        seen.found.add(Difference(ASTRAY, (), "", str(astray), ""))
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


def _app(service: str) -> Any:
    return importlib.import_module(f"services.{service}.app")


def shows(service: str) -> bool:
    return hasattr(_app(service), "projection")


def project(service: str, shelf: Shelf, store: Store, pack: Pack) -> Iterator[int]:
    """The console's tables from what it reads, in the order in which the broker got it; yields how many were read."""
    projection = _app(service).projection(store, pack, "replay")
    records = shelf.in_time(_app(service).READS, group_id(service))
    read = 0
    while batch := list(islice(records, BATCH)):
        projection.step(batch, (), datetime.now(UTC))
        read += len(batch)
        yield read


# ---- two looks -------------------------------------------------------------------------------------------------------


@dataclass
class Verdict:
    """What two looks at one service say together. `moved`: what was not the same twice: the live store went on."""

    service: str
    steps: int = 0
    rows: int = 0
    differences: list[Difference] = field(default_factory=list)
    moved: int = 0
    behind: int = 0
    incomplete: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        if self.incomplete:
            return "incomplete"
        if not self.differences:
            return "equal"
        return "unsettled" if self.behind else "different"


def verdict(first: Look, second: Look | None = None) -> Verdict:
    last = second or first
    both = first.found & last.found
    return Verdict(last.service, last.steps, last.rows, sorted(both, key=repr), len(last.found - both), last.behind)


class Rebuilder:
    """`folder` gets the rebuilt stores; `behind` says how many records a service has still to read."""

    def __init__(
        self, shelf: Shelf, folder: Path, url: str, pack: Pack, since: int, behind: Callable[[str], int]
    ) -> None:
        self.shelf, self.folder, self.url, self.pack, self.since = shelf, folder, url, pack, since
        self.behind = behind

    def steps(self, service: str) -> int:
        """How many there will be: transactions, or records for what only shows."""
        return self.shelf.count(_app(service).READS) if shows(service) else len(self.shelf.transactions(service))

    def look(self, service: str, tell: Callable[[int], None]) -> Look:
        """Each time from the beginning: what was published late may belong in the middle."""
        for name in ("", "-wal", "-shm"):
            (self.folder / f"{service}.db{name}").unlink(missing_ok=True)
        store = Store(str(self.folder), service)
        try:
            return self._shown(service, store, tell) if shows(service) else self._decided(service, store, tell)
        finally:
            store.close()

    def _decided(self, service: str, store: Store, tell: Callable[[int], None]) -> Look:
        replay, astray = Replay(wiring_of(service), self.shelf, store, self._pack_of), None
        try:
            for number in replay.run():
                tell(number)
        except Astray as error:
            astray = error
        with looked_at(self.url, service) as live:
            return look(replay, live, self.since, astray)

    def _shown(self, service: str, store: Store, tell: Callable[[int], None]) -> Look:
        read = 0
        for read in project(service, self.shelf, store, self.pack):
            tell(read)
        behind = self.behind(service)  # asked before looking: what it reads meanwhile is no difference
        with looked_at(self.url, service) as live:
            rows, found = _compared(_app(service).SHOWN, live, store)
        return Look(service, read, rows, found, behind)

    def _pack_of(self, name: str) -> Pack:
        if name != self.pack.id:
            said = f"The decisions were taken under the policy pack {name}, here is {self.pack.id}"
            raise PackError(f"{said}: set TUIDING_POLICY to the pack they had.")
        return self.pack
