"""Compares a service that was rebuilt from the archive with its live store."""

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from contracts.flow import group_id, journal_topic
from policies.pack import Editions, Pack
from runtime.kernel.journal import ID
from runtime.kernel.outbox import outgoing
from runtime.kernel.store import Store
from runtime.kernel.tables import OUTBOX
from runtime.replay.archive import Archive
from runtime.replay.replay import Astray, Replay
from runtime.replay.store_diff import ASTRAY, Compared, Difference, count, decided, differences

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
    archive = replay.archive
    seen.behind = sum(not archive.knows_transaction(replay.service, _header(each, ID)) for each in journals)
    if astray is not None:
        seen.found.add(Difference(ASTRAY, (), "", str(astray), ""))
        return seen
    seen.rows, seen.found = _compared(decided(since, replay.wiring.case.model_validate_json), live, replay.store)
    waiting = {_header(record, "ce_id") for _, record in said}
    unsaid = set(archive.only_said_again(replay.service)) - waiting
    seen.found |= {Difference("events", (each,), "", None, "said") for each in unsaid}
    seen.found |= {
        Difference("events", (each,), "", "said", None) for each in archive.only_on_the_topic(replay.service)
    }
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


def read_by(service: str) -> tuple[str, ...]:
    """The topics of a service that shows."""
    topics: tuple[str, ...] = _app(service).READS
    return topics


def project(service: str, archive: Archive, store: Store, pack: Pack | Editions) -> Iterator[int]:
    """The console's tables from what it reads, in the order in which the broker got it; yields how many were read."""
    projection = _app(service).projection(store, pack, "replay")
    records = archive.in_time(read_by(service), group_id(service))
    read = 0
    while batch := list(islice(records, BATCH)):
        projection.step(batch, (), datetime.now(UTC))
        read += len(batch)
        yield read


def look_at_what_is_shown(service: str, read: int, live: sa.Connection, store: Store, behind: int) -> Look:
    rows, found = _compared(_app(service).SHOWN, live, store)
    return Look(service, read, rows, found, behind)
