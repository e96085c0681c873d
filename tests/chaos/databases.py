"""The two databases under the services, and how each of them goes away for a while (F7)."""

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psutil
import sqlalchemy as sa

from tests import postgres
from tests.proof.gathering import deciding

MOST_CUTS, BUSY_CUTS = 60, 3
FULL_SECONDS = (3.0, 8.0)
BUSY_SECONDS = (3.0, 13.0)  # shorter and longer than the ten seconds SQLite waits by itself


Writers = Callable[[str], Sequence[psutil.Process]]  # the processes that write for a service just now


class NoDatabase(Exception):
    """One sentence: why there is none, and what to do."""


class Database(Protocol):
    url: str  # for TUIDING_DATABASE

    def go_away(self, dice: random.Random, writers: Writers) -> str:
        """Returns when it is back; says what happened."""
        ...


class Sqlite:
    """Files under the run's folder; another writer holds one of them."""

    url = ""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def go_away(self, dice: random.Random, writers: Writers) -> str:
        service = dice.choice(deciding())
        return self._full(dice, service, writers(service)) if dice.random() < 0.5 else self._busy(dice, service)

    def _full(self, dice: random.Random, service: str, writers: Sequence[psutil.Process]) -> str:
        """As on a full disk: no file of its workers may grow, not the WAL, not the database, not even their logs."""
        seconds = dice.uniform(*FULL_SECONDS)
        before = [(process, _may_write(process, 0)) for process in writers]
        time.sleep(seconds)
        for process, limit in before:
            _may_write(process, limit)
        return f"{service}'s disk full for {seconds:.1f} s"

    def _busy(self, dice: random.Random, service: str) -> str:
        seconds = dice.uniform(*BUSY_SECONDS)
        connection = sqlite3.connect(self._folder / f"{service}.db", isolation_level=None, timeout=30)
        try:
            connection.execute("begin immediate")
            time.sleep(seconds)
        finally:
            connection.close()
        return f"{service}'s file busy for {seconds:.1f} s"


class Postgresql:
    def __init__(self, url: str, restarts: bool) -> None:
        self.url, self._restarts = url, restarts
        writes = {"options": "-cdefault_transaction_read_only=off"}  # also while everybody else may only read
        self._admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool, connect_args=writes)

    def go_away(self, dice: random.Random, writers: Writers) -> str:
        how = dice.choice(("immediate", "fast", "cut", "cut", "read-only")) if self._restarts else "cut"
        if how == "cut":
            return f"{self._cut(dice)} connections cut"
        if how == "read-only":
            return self._read_only(dice)
        self._restart(how)
        return f"PostgreSQL restarted ({how})"

    def _cut(self, dice: random.Random) -> int:
        """All of them, again and again until a few were in the middle of a transaction."""
        everybody = sa.text(
            "select state, pg_terminate_backend(pid) from pg_stat_activity"
            " where pid != pg_backend_pid() and datname = current_database()"
        )
        cut, busy, least = 0, 0, dice.randint(3, 8)
        for times in range(MOST_CUTS):
            with self._admin.connect() as connection:
                states = connection.execute(everybody).scalars().all()
            cut, busy = cut + len(states), busy + sum(state != "idle" for state in states)
            if times >= least and busy >= BUSY_CUTS:
                break
            time.sleep(dice.uniform(0.05, 0.8))
        return cut

    def _read_only(self, dice: random.Random) -> str:
        """As a server does whose disk is full, or that is a standby now: it reads, and refuses every write."""
        seconds = dice.uniform(*FULL_SECONDS)
        self._set("on")
        try:
            self._cut(dice)
            time.sleep(seconds)
        finally:
            self._set("off")
        self._cut(dice)
        return f"PostgreSQL read only for {seconds:.1f} s"

    def _set(self, read_only: str) -> None:
        with self._admin.connect() as connection:
            connection.execute(sa.text(f"alter system set default_transaction_read_only = {read_only}"))
            connection.execute(sa.text("select pg_reload_conf()"))

    def _restart(self, how: str) -> None:
        with self._admin.connect() as connection:
            data = str(connection.execute(sa.text("show data_directory")).scalar())
        program, log = postgres.program("pg_ctl"), str(Path(data).parent / "log")
        postgres.as_user(program, "-D", data, "-w", "-l", log, "-m", how, "restart")


def _may_write(process: psutil.Process, largest_bytes: int) -> int:
    """Sets how large its files may be and returns what was allowed before; a process that is gone needs nothing."""
    try:
        before, hard = process.rlimit(psutil.RLIMIT_FSIZE)
        process.rlimit(psutil.RLIMIT_FSIZE, (largest_bytes, hard))
    except psutil.NoSuchProcess:
        return largest_bytes
    return int(before)


@contextmanager
def opened(name: str, folder: Path, host: str = postgres.HOST) -> Iterator[Database]:
    """`sqlite` or `postgresql`, which listens on `host`; raises NoDatabase."""
    if name == "sqlite":
        yield Sqlite(folder / "db")
        return
    server = postgres.server(host)
    try:
        address = server.__enter__()
    except (AssertionError, OSError, KeyError) as error:
        raise NoDatabase(_sentence(error)) from None
    try:
        with _own_database(address) as url:
            yield Postgresql(url, restarts=postgres.GIVEN not in os.environ)
    finally:
        server.__exit__(None, None, None)


@contextmanager
def _own_database(server: str) -> Iterator[str]:
    """Not tests.postgres.fresh_database: its connection would not outlive a restart."""
    name = f"chaos_{uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with suppress(sa.exc.OperationalError), admin.connect() as connection:
            connection.execute(sa.text(f"drop database {name} with (force)"))


def _sentence(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else f"PostgreSQL could not be started ({type(error).__name__}): install it."
