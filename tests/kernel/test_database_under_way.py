"""What is done to a real PostgreSQL under a service at work: it waits and says why, and goes on where it was."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from policies.pack import load
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.worker.engine import Engine
from tests import postgres
from tests.kernel.steps import arrived
from tests.kernel.tally import WIRING, pay
from tests.kernel.test_engine import Broker, running, until
from tests.kernel.test_refused_by_the_database import heard, letters

SECONDS, OWN = 60, "of-the-service"


class Server(NamedTuple):
    url: sa.URL
    admin: sa.Engine

    def run(self, *statements: str) -> None:
        with self.admin.connect() as connection:
            for each in statements:
                connection.exec_driver_sql(each)

    def cut(self) -> None:
        self.run(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{OWN}'")

    def begin(self, *statements: str) -> None:
        """Also where somebody of ours connects again just then."""
        while True:
            self.cut()
            with suppress(sa.exc.OperationalError):
                return self.run(*statements)

    @property
    def name(self) -> str:
        return str(self.url.database)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres.server() as address, postgres.fresh_database(address) as fresh:
        admin = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        made = Server(sa.make_url(fresh).set(username=OWN), admin)
        made.run(f'create role "{OWN}" login', f'grant create on database "{made.name}" to "{OWN}"')
        yield made


Fault = Callable[[Server], Any]


def said(statement: str) -> Fault:
    def do(server: Server) -> None:
        server.begin(statement.format(user=OWN, name=server.name))
        server.cut()

    return do


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """By somebody else, for as long as the fault lasts."""
    with sa.create_engine(server.admin.url.set(database=server.name), poolclass=sa.NullPool).connect() as other:
        other.exec_driver_sql("lock table intake.cases in access exclusive mode")
        yield


FAULTS: dict[str, tuple[Fault, Fault, str, str]] = {  # begins, ends, its words, the remedy
    "closed to everybody": (
        said('alter database "{name}" with allow_connections false'),
        said('alter database "{name}" with allow_connections true'),
        "not currently accepting",
        "allow_connections",
    ),
    "gone under this name": (
        said('alter database "{name}" rename to elsewhere'),
        said('alter database elsewhere rename to "{name}"'),
        "does not exist",
        "restore it",
    ),
    "no place for this user": (
        said('alter role "{user}" connection limit 0'),
        said('alter role "{user}" connection limit -1'),
        "too many connections",
        "fewer workers",
    ),
    "no login": (said('alter role "{user}" nologin'), said('alter role "{user}" login'), "not permitted", "alter role"),
    "a standby now": (
        said('alter role "{user}" set default_transaction_read_only = on'),
        said('alter role "{user}" reset default_transaction_read_only'),
        "read-only",
        "name the primary",
    ),
    "no time for a statement": (
        said('alter role "{user}" set statement_timeout = 50'),
        said('alter role "{user}" reset statement_timeout'),
        "statement timeout",
        "statement_timeout there is too short",
    ),
    "no time for a lock": (
        said('alter role "{user}" set lock_timeout = 50'),
        said('alter role "{user}" reset lock_timeout'),
        "lock timeout",
        "lock_timeout there is too short",
    ),
}
LOCKED = ("no time for a statement", "no time for a lock")


@asynccontextmanager
async def at_work(server: Server) -> AsyncIterator[tuple[Engine, Broker, Kernel]]:
    store = Store(server.url.render_as_string(hide_password=False), "intake")
    kernel, broker = Kernel(WIRING, store, load("demo"), "1"), Broker()
    try:
        async with running(kernel, broker, patience_seconds=SECONDS) as engine:
            yield engine, broker, kernel
    finally:
        store.close()


@pytest.mark.parametrize("fault", FAULTS)
async def test_it_is_waited_for_and_nothing_is_lost_or_doubled(fault: str, server: Server) -> None:
    begins, ends, words, remedy = FAULTS[fault]
    acknowledged: list[int] = []
    async with at_work(server) as (engine, broker, kernel):
        before = heard(kernel)
        await arrived(engine, pay(before + 1), lambda: acknowledged.append(1))
        await until(lambda: acknowledged == [1], SECONDS)
        begins(server)
        try:
            held = locked(server) if fault in LOCKED else nullcontext()
            with held:
                await arrived(engine, pay(before + 2), lambda: acknowledged.append(2))
                await until(lambda: words in engine.waiting_for and remedy in engine.waiting_for, SECONDS)
                assert OWN not in engine.waiting_for and server.name not in engine.waiting_for
        finally:
            ends(server)
        await until(lambda: acknowledged == [1, 2], SECONDS)
        assert heard(kernel) == before + 2 and not letters(broker)
        assert engine.waiting_for == ""
