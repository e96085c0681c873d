"""Two stores of one service laid side by side, row by row in the order of their keys: where do they differ?"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from runtime.kernel.tables import ALARMS, CALLS, CASES, CLAIMS

AT_ONCE = 1000
ASTRAY = "journal"  # instead of a table: the two parted before anything could be compared
SHOWN = 80


class Compared(NamedTuple):
    """What of a table follows from the topics: its key, and the columns that must be the same."""

    table: sa.Table
    key: tuple[str, ...]
    columns: tuple[str, ...]
    where: sa.ColumnElement[bool] | None = None
    read: Callable[[str], Any] | None = None  # how a body is read: another release may have left more of it out


class Difference(NamedTuple):
    """`live` and `rebuilt` are None where the row is not there at all."""

    table: str
    key: tuple[Any, ...]
    column: str
    live: Any
    rebuilt: Any

    @property
    def sentence(self) -> str:
        if self.table == ASTRAY:
            return str(self.live)
        where = f"{self.table} {'/'.join(map(str, self.key))}"
        if not self.column:
            return f"{where} is only in the {'rebuilt' if self.live is None else 'live'} store"
        live, rebuilt = _around(str(self.live), str(self.rebuilt))
        return f"{where}: {self.column} is {live}, rebuilt as {rebuilt}"


def all_of(table: sa.Table, *key: str, without: Sequence[str] = ()) -> Compared:
    return Compared(table, key, tuple(c.name for c in table.c if c.name not in (*key, *without)))


def decided(since: int = 0, read: Callable[[str], Any] | None = None) -> tuple[Compared, ...]:
    """Closed cases untouched since before `since` may be pruned. How often a call was tried is nobody's decision.

    What cases and names are found by was left empty by earlier builds.
    """
    return (
        all_of(CASES, "request_id", without=("party", "first_at"))._replace(
            where=sa.or_(CASES.c.open, CASES.c.at >= since), read=read
        ),
        all_of(CALLS, "id", without=("attempt", "owner", "due", "problem")),
        all_of(ALARMS, "request_id", "name"),
        all_of(CLAIMS, "name", without=("last",)),
    )


def differences(tables: Sequence[Compared], live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    for each in tables:
        yield from _in_table(each, rows(each, live), rows(each, rebuilt))


def count(compared: Compared, connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(compared.table)).scalar_one())


def rows(compared: Compared, connection: sa.Connection) -> Iterator[tuple[Any, ...]]:
    """The key, then the columns."""
    columns = compared.table.c
    statement = sa.select(*(columns[name] for name in (*compared.key, *compared.columns)))
    if compared.where is not None:
        statement = statement.where(compared.where)
    statement = statement.order_by(*(_bytewise(columns[name], connection) for name in compared.key))
    found = connection.execution_options(yield_per=AT_ONCE).execute(statement)
    yield from (tuple(_plain(value) for value in row) for row in found)


def _bytewise(column: sa.ColumnElement[Any], connection: sa.Connection) -> sa.ColumnElement[Any]:
    """Both databases in the same order, whatever language they were set up for."""
    return sa.collate(column, "C") if connection.dialect.name == "postgresql" else column


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _in_table(
    compared: Compared, live: Iterator[tuple[Any, ...]], rebuilt: Iterator[tuple[Any, ...]]
) -> Iterator[Difference]:
    name, size = compared.table.name, len(compared.key)
    here, there = next(live, None), next(rebuilt, None)
    while here is not None or there is not None:
        if there is None or (here is not None and here[:size] < there[:size]):
            assert here is not None
            yield Difference(name, here[:size], "", "there", None)
            here = next(live, None)
        elif here is None or there[:size] < here[:size]:
            yield Difference(name, there[:size], "", None, "there")
            there = next(rebuilt, None)
        else:
            pairs = zip(compared.columns, here[size:], there[size:], strict=True)
            yield from (Difference(name, here[:size], *each) for each in pairs if not _same(compared, *each))
            here, there = next(live, None), next(rebuilt, None)


def _same(compared: Compared, column: str, live: Any, rebuilt: Any) -> bool:
    if live == rebuilt or compared.read is None or column != CASES.c.body.name:
        return bool(live == rebuilt)
    try:
        return bool(compared.read(live) == compared.read(rebuilt))
    except ValueError:
        return False


def _around(live: str, rebuilt: str) -> tuple[str, str]:
    """Long texts from a little before the place where they part."""
    same = next((at for at, (a, b) in enumerate(zip(live, rebuilt, strict=False)) if a != b), 0)
    begin = max(0, same - SHOWN // 2) if max(len(live), len(rebuilt)) > SHOWN else 0
    return tuple(f"{'...' if begin else ''}{text[begin : begin + SHOWN]!r}" for text in (live, rebuilt))  # type: ignore[return-value]
