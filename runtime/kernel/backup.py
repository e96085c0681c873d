"""A service's store as one SQLite file, taken while it works, and put back into an empty store of either database."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from policies.files.whole_files import FOR_ITS_OWNER
from runtime.kernel.as_owner import as_owner
from runtime.kernel.making import make
from runtime.kernel.reached import SEQUENCE, last_position
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES, ERAS, METADATA, OUTBOX

ROWS_AT_ONCE = 1000
INSTEAD = "name the folder of a backup, or of tuiding replay --into"
Copied = dict[str, int]  # table -> rows


class NotEmpty(Exception):
    """One sentence: what lies in the way."""


class NoBackup(Exception):
    """One sentence: what was named instead of one."""


def not_there_yet(folder: Path, service: str) -> Path:
    """The file of its backup. Raises NotEmpty."""
    file = folder / f"{service}.db"
    if file.exists():
        raise NotEmpty(f"{file} is there already: a backup is never written over, name another folder.")
    return file


def take(live: sa.Connection, service: str, folder: Path, more: Iterable[sa.MetaData] = ()) -> Copied:
    """All that `live` shows, which should be one moment of it. The file is complete or not there."""
    file, part = not_there_yet(folder, service), folder / f"{service}.part"
    shutil.rmtree(part, ignore_errors=True)
    copy = Store(str(part), service)
    try:
        copied = _filled(copy, live, more)
    finally:
        copy.close()
    made = part / f"{service}.db"
    made.chmod(FOR_ITS_OWNER)
    made.rename(file)
    shutil.rmtree(part)
    return copied


def put_back(saved: sa.Connection, service: str, url: str, more: Iterable[sa.MetaData] = ()) -> Copied:
    """Into a store that holds nothing, at once; its workers are down. Raises NotEmpty, NoBackup, NotItsOwner."""
    if CASES.name not in sa.inspect(saved).get_table_names():
        raise NoBackup(f"The backup of {service} holds nothing of it: {INSTEAD}.")
    store = Store(as_owner(url, service), service)
    try:
        return _filled(store, saved, more)
    finally:
        store.close()


def _filled(store: Store, source: sa.Connection, more: Iterable[sa.MetaData]) -> Copied:
    copied: Copied = {}
    there = {name: {column["name"] for column in columns} for name, columns in _columns(source).items()}
    with store.transaction() as tx:
        for metadata in (METADATA, *more):
            make(tx, metadata.sorted_tables)
            _refuse_if_used(store.service, tx, metadata)
            for table in (each for each in metadata.sorted_tables if each.name in there):
                copied[table.name] = _copy(table, there[table.name], source, tx)
        _go_on_from(last_position(source), store, tx)
    return copied


def _go_on_from(last: int, store: Store, tx: sa.Connection) -> None:
    """Positions put the journal in order: none may ever be given twice, also not after a restore."""
    if store.dialect == "postgresql":
        given = {"last": max(last, 1), "was_given": last > 0}  # so that the next backup, or a worker, is told it
        tx.execute(sa.text(f"select setval({SEQUENCE}, :last, :was_given)"), given)
        return
    tx.execute(sa.text(f"delete from sqlite_sequence where name = '{OUTBOX.name}'"))
    tx.execute(sa.text(f"insert into sqlite_sequence values ('{OUTBOX.name}', :last)"), {"last": last})


def _columns(source: sa.Connection) -> Mapping[str, Any]:
    """An earlier version of tuiding had fewer; the new ones have defaults."""
    seen = sa.inspect(source)
    return {name: seen.get_columns(name) for name in seen.get_table_names()}


def _refuse_if_used(service: str, tx: sa.Connection, metadata: sa.MetaData) -> None:
    for table in (each for each in metadata.sorted_tables if each is not ERAS):
        if tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one():
            raise NotEmpty(
                f"The store of {service} is not empty (table {table.name}): stop its workers, put what is there aside "
                f"(alter schema {service} rename to ..., or move the file), and come again."
            )


def _copy(table: sa.Table, columns: set[str], source: sa.Connection, tx: sa.Connection) -> int:
    known = [column for column in table.c if column.name in columns]
    if table is ERAS:
        tx.execute(table.delete())  # the new store's own, which has no past
    count = 0
    for rows in _in_pieces(source, sa.select(*known)):
        tx.execute(table.insert(), rows)
        count += len(rows)
    return count


def _in_pieces(source: sa.Connection, wanted: sa.Select[Any]) -> Iterator[list[dict[str, Any]]]:
    result = source.execution_options(stream_results=True).execute(wanted)
    while rows := result.mappings().fetchmany(ROWS_AT_ONCE):
        yield [dict(row) for row in rows]
