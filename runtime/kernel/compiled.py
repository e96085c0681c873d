"""Statements as text: SQLAlchemy keeps the tables and writes each statement once, the driver's own cursor runs it.

A list has one text for each power of two (what is missing repeats its last member, which changes nothing), rows have
one for each number of them: so the databases find a text that they have prepared before.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

MOST_MEMBERS = 256  # of a list in one statement
MOST_ROWS = 20
Members = list[Any]


def written_for(engine: sa.Engine) -> sa.Dialect:
    """The dialect of this database with its places in the order of the values."""
    kind: Any = type(engine.dialect)
    dialect: sa.Dialect = kind(paramstyle="qmark" if engine.dialect.name == "sqlite" else "format")
    return dialect


class Place(int):
    """Where in the list or the rows a value of a statement comes from."""


class Name(str):
    """A value of a statement that is given by its name."""

    __slots__ = ()


class Text:
    """A statement written out for a dialect, with what belongs at each of its places."""

    def __init__(self, dialect: sa.Dialect, statement: Any) -> None:
        compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        wanted = [compiled.params[name] for name in compiled.positiontup or ()]
        as_given = all(isinstance(each, Place) and each == at for at, each in enumerate(wanted))
        self.text, self.wanted = str(compiled), None if as_given else wanted

    def run(self, tx: sa.Connection, given: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
        values = (
            given
            if self.wanted is None
            else [
                given[each] if type(each) is Place else named[each] if type(each) is Name else each
                for each in self.wanted
            ]
        )
        return on_the_drivers_cursor(tx, self.text, values)


def on_the_drivers_cursor(tx: sa.Connection, text: str, values: Sequence[Any] = ()) -> list[Any]:
    """Errors are SQLAlchemy's, like those of every other statement."""
    driver: Any = tx.dialect.loaded_dbapi
    try:
        cursor = tx.connection.cursor()
        cursor.execute(text, values)
        return list(cursor.fetchall()) if cursor.description else []
    except driver.Error as error:
        if tx.dialect.is_disconnect(error, tx.connection, None):
            tx.invalidate(error)
        raise sa.exc.DBAPIError.instance(text, None, error, driver.Error, dialect=tx.dialect) from error


class OfList:
    """A statement about the members of a list (of values, or of tuples so `wide`); other values by their names."""

    def __init__(self, dialect: sa.Dialect, build: Callable[[Members], Any], wide: int = 1) -> None:
        self.dialect, self.build, self.wide = dialect, build, wide
        self.texts: dict[int, Text] = {}

    def __call__(self, tx: sa.Connection, members: Sequence[Any], **named: Any) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(members), MOST_MEMBERS):
            part = list(members[start : start + MOST_MEMBERS])
            size = 1 << (len(part) - 1).bit_length()
            part += part[-1:] * (size - len(part))
            flat = part if self.wide == 1 else [value for member in part for value in member]
            found += (self.texts.get(size) or self._of(size)).run(tx, flat, named)
        return found

    def _of(self, size: int) -> Text:
        places: Members = [Place(at) for at in range(size * self.wide)]
        if self.wide > 1:
            places = [tuple(places[at : at + self.wide]) for at in range(0, len(places), self.wide)]
        text = self.texts[size] = Text(self.dialect, self.build(places))
        return text


class OfRows:
    """An insert of rows, each the values of `columns` in their order."""

    def __init__(self, dialect: sa.Dialect, insert: Any, columns: Sequence[str]) -> None:
        self.dialect, self.insert, self.columns = dialect, insert, columns
        self.texts: dict[int, Text] = {}

    def __call__(self, tx: sa.Connection, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        found: list[Any] = []
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            text = self.texts.get(len(part)) or self._of(len(part))
            found += text.run(tx, [value for row in part for value in row], {})
        return found

    def _of(self, many: int) -> Text:
        width = len(self.columns)
        rows = [{name: Place(row * width + at) for at, name in enumerate(self.columns)} for row in range(many)]
        text = self.texts[many] = Text(self.dialect, self.insert.values(rows))
        return text
