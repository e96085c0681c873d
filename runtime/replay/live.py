"""Opens the live store of a service for reading only: it creates nothing, writes nothing, locks nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from runtime.kernel.as_owner import as_owner
from runtime.kernel.database_words import why_not


class NoStore(Exception):
    """There is nothing to compare with; the sentence says where it was looked for."""


@contextmanager
def looked_at(url: str, service: str) -> Iterator[sa.Connection]:
    """One moment of it, however long one looks. Raises `NoStore`, `NotItsOwner`."""
    try:
        own = as_owner(url, service)
    except sa.exc.DatabaseError as error:
        raise NoStore(f"The database of {service} does not answer ({why_not(error)}).") from error
    engine = _postgresql(own, service) if own.startswith("postgresql") else _sqlite(own, service)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql" and not sa.inspect(connection).has_schema(service):
                raise NoStore(
                    f"There is no schema {service} in the database of TUIDING_DATABASE: {service} never ran there."
                )
            with _still(connection):
                yield connection
    except sa.exc.DatabaseError as error:
        raise NoStore(f"The database of {service} does not answer ({why_not(error)}).") from error
    finally:
        engine.dispose()


@contextmanager
def _still(connection: sa.Connection) -> Iterator[None]:
    connection.rollback()  # what looking for the schema began
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
    yield


def _postgresql(url: str, service: str) -> sa.Engine:
    return sa.create_engine(url, connect_args={"options": f"-csearch_path={service}", "connect_timeout": 5})


def _sqlite(url: str, service: str) -> sa.Engine:
    file = Path(url.removeprefix("sqlite:///")) / f"{service}.db"
    if not file.exists():
        raise NoStore(
            f"There is no store {file}: run this where {service} runs, or set TUIDING_DATA or TUIDING_DATABASE."
        )
    engine = sa.create_engine(f"sqlite:///file:{file}?mode=ro&uri=true", connect_args={"timeout": 10})
    sa.event.listen(engine, "connect", _leave_begin_to_us)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _leave_begin_to_us(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
