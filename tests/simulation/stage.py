"""What every run finds in place: the pack, the crowd, emptied stores, who reads which topic."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

import runtime.kernel.tables
import services.console.kept.tables
from contracts.flow import SERVICES, Service, dead_letter_topic, topic_name
from demo.carrier.crowd import crowd
from policies.pack import Pack, load
from runtime.kernel.store import Store
from runtime.worker.service_host import stepper

CROWD = 30


class LastWord:
    """Asked right before any transaction is committed: whoever writes may die there, and nothing is written."""

    def __init__(self) -> None:
        self.say: Callable[[], None] = _nothing

    @contextmanager
    def of(self, say: Callable[[], None]) -> Iterator[None]:
        self.say = say
        try:
            yield
        finally:
            self.say = _nothing


def _nothing() -> None: ...


LAST_WORD = LastWord()


def read_topics(service: Service) -> list[str]:
    """As `runtime.worker.worker` reads them, without importing Faust."""
    console = service.writes == "ops"
    letters = [dead_letter_topic(each.name) for each in SERVICES] if console else []
    return [topic_name(short) for short in (*service.reads, *(("ops",) if console else ()))] + letters


PATIENCE = timedelta(hours=6)  # with what comes before its request: more than clocks are set apart


@cache
def pack(zone: str = "Asia/Shanghai") -> Pack:
    """The default pack with the demo's first days of a contract; the days it counts may begin elsewhere."""
    usual = load("cn-carrier")
    clocks = usual.clocks.model_copy(update={"awaited_request": PATIENCE})
    return usual.model_copy(update={"time_zone": zone, "cooling_off": load("demo").cooling_off, "clocks": clocks})


@cache
def crowd_of(day: Any) -> tuple[Any, ...]:
    return tuple(crowd(CROWD, day, mixed=True))


@cache
def _store(service: str, which: str) -> Store:
    """Kept from run to run: SQLAlchemy compiles each statement once an engine."""
    store = Store("memory:", service)
    stepper(service, store, pack(), "1")
    sa.event.listen(store.engine, "commit", lambda connection: LAST_WORD.say())
    return store


def in_memory(store: Store) -> sqlite3.Connection:
    """The one connection that all share."""
    pooled = store.engine.raw_connection()
    connection = pooled.driver_connection
    pooled.close()
    assert isinstance(connection, sqlite3.Connection)
    return connection


def copy_of(live: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:")
    live.backup(copy)
    return copy


def emptied(service: str, which: str = "live") -> Store:
    store = _store(service, which)
    tables = [
        *runtime.kernel.tables.METADATA.tables,
        *(services.console.kept.tables.METADATA.tables if service == "console" else ()),
    ]
    with store.transaction() as tx:
        for table in tables:
            tx.execute(sa.text(f"delete from {table}"))
        if tx.exec_driver_sql("select 1 from sqlite_master where name = 'sqlite_sequence'").first():
            tx.exec_driver_sql("delete from sqlite_sequence")
    return store
