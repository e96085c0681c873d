"""One database per service: cases, inbox, outbox, calls, alarms, claims. SQLite (WAL) or PostgreSQL, same code.

Everything a decision remembers, says, asks and wakes is written in one transaction (`Store.transaction`). Times are
stored as integer microseconds UTC, so both databases compare them alike.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from policies.files.whole_files import FOLDER_FOR_ITS_OWNER
from runtime.kernel.compiled import on_the_drivers_cursor
from runtime.kernel.making import make
from runtime.kernel.tables import CALLS, CASES, CLAIMS, ERAS, INBOX, METADATA

T = TypeVar("T")
REFUSED = (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.NotSupportedError)
LEFT_TO_A_PERSON = ("42501", "42P01", "3F000")  # rights, a table or the schema were taken away: no message's fault
PROGRAM_LIMIT = "54"  # PostgreSQL's class of "this is too large", which psycopg counts as operational
WITHOUT_PERMITS = "set-aside-without-permit"  # when whatever said that it was sent again was believed
WITHOUT_SOURCE = "ids-without-source"  # when a command was known by its id alone, whoever had sent it
BESIDE_EACH_OTHER = timedelta(days=1)  # two builds may share a store while the one takes over from the other
GONE_SECONDS, STANDS_STILL_SECONDS = 9, 30  # a transaction of ours takes milliseconds
PATIENT_MS, HURRIED_MS = 10_000, 10  # how long SQLite waits for another who writes
WRITTEN: dict[tuple[str, Any], Any] = {}
HURRIED: ContextVar[bool] = ContextVar("hurried", default=False)  # whoever asks holds up everybody else meanwhile


def is_outage(error: Exception) -> bool:
    """The database is away, busy, full or restarting: wait. Otherwise it is what we asked of it that it refuses."""
    if isinstance(error, sa.exc.TimeoutError):  # no connection came free
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")
    if state in LEFT_TO_A_PERSON:
        return True
    return not (state.startswith(PROGRAM_LIMIT) or isinstance(error, REFUSED))


def ticks(moment: datetime) -> int:
    """Microseconds since 1970 UTC, exact."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


class Store:
    """Opens (and on first use creates) the tables of one service."""

    def __init__(self, url: str, service: str, *, engine: sa.Engine | None = None) -> None:
        self.service = service
        self.engine = engine or _engine(url, service)
        self.dialect = self.engine.dialect.name
        self.packs = self.dialect == "sqlite"  # PostgreSQL packs long texts by itself
        self.is_a_file = self.dialect == "sqlite" and not _is_shared(self.engine)
        self._kept: WeakSet[Kept] = WeakSet()
        self.insert: Any = postgresql.insert if self.dialect == "postgresql" else sqlite.insert
        self._create()

    def _create(self) -> None:
        with self.engine.begin() as tx:
            if self.dialect == "postgresql":  # two workers of one service may start at the same moment
                tx.execute(sa.text("select pg_advisory_xact_lock(hashtext(:name))"), {"name": self.service})
                if not sa.inspect(tx).has_schema(self.service):  # its own user may use it, and make none
                    tx.execute(sa.schema.CreateSchema(self.service))
            new = make(tx, METADATA.sorted_tables)
            _add_new_columns(tx, [table for table in (INBOX, CASES, CALLS, CLAIMS) if table not in new])
            self.ids_without_source_until = self._era(tx, WITHOUT_SOURCE)
            self.without_permits_until = self._era(tx, WITHOUT_PERMITS)

    def _era(self, tx: sa.Connection, name: str) -> int:
        """Zero in a store that has never been another's; once written it stays."""
        last = sa.select(sa.func.max(INBOX.c.at)).scalar_subquery()
        until = sa.func.coalesce(last + BESIDE_EACH_OTHER // timedelta(microseconds=1), 0)
        new = self.insert(ERAS).from_select(["name", "until"], sa.select(sa.literal(name), until))
        tx.execute(new.on_conflict_do_nothing())
        return int(tx.execute(sa.select(ERAS.c.until).where(ERAS.c.name == name)).scalar_one())

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        with self.engine.begin() as tx:
            yield tx

    def read(self, statement: sa.Executable, given: Mapping[str, Any] | None = None) -> Sequence[sa.Row[Any]]:
        with self.engine.connect().execution_options(reading=True) as connection:
            return connection.execute(statement, given).all()

    def written(self, kind: "Callable[[Store], T]") -> T:
        """Statements of one kind: they know a dialect and no store, so they are written out once a process."""
        found: T | None = WRITTEN.get((self.dialect, kind))
        if found is None:
            found = WRITTEN[self.dialect, kind] = kind(self)
        return found

    def look(self, statement: Callable[[sa.Connection, Sequence[Any]], list[Any]], members: Sequence[Any]) -> list[Any]:
        """What one of those finds in what is stored now."""
        with self.engine.connect().execution_options(reading=True) as connection, connection.begin():
            return statement(connection, members)

    def close(self) -> None:
        for each in list(self._kept):
            each.let_go()
        self.engine.dispose()

    def keep(self) -> "Kept":
        kept = Kept(self.engine)
        self._kept.add(kept)
        return kept


class Kept:
    """A connection that one who writes all day keeps: to fetch and return one costs as much as the statements."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._shared = engine, _is_shared(engine)
        self._connection: sa.Connection | None = None
        self._hurried = False

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """After whatever went wrong, the next one begins on another connection, which the pool has tried."""
        connection = self._connection or self._engine.connect()
        self._connection = None
        try:
            if HURRIED.get() is not self._hurried:
                self._hurry(connection, HURRIED.get())
            with connection.begin():
                yield connection
        except BaseException:
            if self._hurried:  # whoever has it next may wait
                self._hurry(connection, False)
            connection.close()
            raise
        self._connection = connection
        if self._shared:  # all in memory use the same one: whoever gives it back late takes back what others write
            self.let_go()

    def _hurry(self, connection: sa.Connection, hurried: bool) -> None:
        self._hurried = hurried
        on_the_drivers_cursor(connection, f"pragma busy_timeout={HURRIED_MS if hurried else PATIENT_MS}")

    def let_go(self) -> None:
        if self._connection is not None:
            if self._hurried:
                self._hurry(self._connection, False)
            self._connection.close()
            self._connection = None


@contextmanager
def hurried() -> Iterator[None]:
    """In a file only: what is done here, now, fails at once where somebody else writes."""
    before = HURRIED.set(True)
    try:
        yield
    finally:
        HURRIED.reset(before)


def _is_shared(engine: sa.Engine) -> bool:
    return isinstance(engine.pool, sa.StaticPool)


def _add_new_columns(tx: sa.Connection, tables: Sequence[sa.Table]) -> None:
    """What a table of an earlier version of tuiding does not have yet; each has a default, or may be empty."""
    for table in tables:
        there = {column["name"] for column in sa.inspect(tx).get_columns(table.name)}
        for column in (each for each in table.c if each.name not in there):
            described = sa.schema.CreateColumn(column).compile(dialect=tx.dialect)
            tx.execute(sa.text(f"alter table {table.name} add column {described}"))
        for index in table.indexes:
            index.create(tx, checkfirst=True)


def _engine(url: str, service: str) -> sa.Engine:
    return _postgresql(url, service) if url.startswith("postgresql") else _sqlite(url, service)


def _postgresql(url: str, service: str) -> sa.Engine:
    """Where the network swallows everything, both ends notice: ours would wait, the server's would keep its locks.

    What the address says of these goes before them; where a service finds its tables, and what is durable, does not.
    """
    ours = {
        "connect_timeout": 5,
        "tcp_user_timeout": GONE_SECONDS * 1000,
        "keepalives_idle": 3,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    theirs = {"tcp_user_timeout": GONE_SECONDS * 1000, "tcp_keepalives_idle": 3, "tcp_keepalives_interval": 2}
    theirs |= {"tcp_keepalives_count": 3, "idle_in_transaction_session_timeout": STANDS_STILL_SECONDS * 1000}
    address = sa.make_url(url)
    told = address.query.get("options") or os.environ.get("PGOPTIONS", "")
    ours_alone = {"search_path": service, "synchronous_commit": "on"}
    options = " ".join((_options(theirs), *([told] if isinstance(told, str) else told), _options(ours_alone)))
    usual: dict[str, Any] = {name: value for name, value in ours.items() if name not in address.query}
    return sa.create_engine(
        address.difference_update_query(["options"]),
        connect_args=usual | {"options": options},
        pool_size=4,
        pool_pre_ping=True,
    )


def _options(settings: Mapping[str, Any]) -> str:
    return " ".join(f"-c{name}={value}" for name, value in settings.items())


def _sqlite(url: str, service: str) -> sa.Engine:
    """`url` is a folder (or `memory:`); each service has its own file in it."""
    if url == "memory:":
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
    else:
        folder = Path(url.removeprefix("sqlite:///"))
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_FOR_ITS_OWNER)
        engine = sa.create_engine(f"sqlite:///{folder / service}.db", connect_args={"timeout": 10})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={PATIENT_MS}", "temp_store=MEMORY"):
        connection.execute(f"pragma {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Writers queue up at the start, so that two workers never meet half-way; readers wait for nobody."""
    reading = connection.get_execution_options().get("reading", False)
    on_the_drivers_cursor(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")
