"""A real standby takes over under a service at work: nothing acknowledged is lost, nothing decided twice."""

import shutil
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from policies.pack import load
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from tests.kernel.steps import arrived
from tests.kernel.tally import WIRING, pay
from tests.kernel.test_engine import Broker, running, until
from tests.kernel.test_refused_by_the_database import heard, letters
from tests.postgres import HOST, USER, Cluster, owned
from tests.waiting import PATIENCE_SECONDS, eventually

STANDBY = "standby"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the database's own user may go."""
    made = Path(tempfile.mkdtemp(prefix="tuiding-standby-"))
    made.chmod(0o755)
    for name in ("primary", STANDBY):
        (made / name).mkdir()
    yield made
    shutil.rmtree(made, ignore_errors=True)


def both(primary: Cluster, standby: Cluster) -> str:
    """As deploy/README.md and the sentence about TUIDING_DATABASE have it."""
    hosts = "&".join(f"host={HOST}:{each.port}" for each in (primary, standby))
    return Settings(database=f"postgresql+psycopg://{USER}@/postgres?{hosts}&target_session_attrs=read-write").database


def wait_for_copies(primary: Cluster) -> None:
    """From here on a transaction is over when the standby has it."""
    admin = sa.create_engine(primary.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"alter system set synchronous_standby_names = '{STANDBY}'")
        connection.exec_driver_sql("select pg_reload_conf()")
        state = "select 1 from pg_stat_replication where sync_state = 'sync'"
        eventually(lambda: connection.exec_driver_sql(state).first())


async def test_a_standby_takes_over_and_work_goes_on_where_it_was(folder: Path) -> None:
    primary = Cluster(owned(folder / "primary"), HOST, free_port())
    primary.make()
    acknowledged: list[int] = []
    with primary.running():
        standby = primary.copy(folder / STANDBY, STANDBY)
        with standby.running():
            wait_for_copies(primary)
            store = Store(both(primary, standby), "intake")
            kernel, broker = Kernel(WIRING, store, load("demo"), "1"), Broker()
            async with running(kernel, broker, patience_seconds=PATIENCE_SECONDS) as engine:
                for number in range(1, 11):
                    await arrived(engine, pay(number), partial(acknowledged.append, number))
                await until(lambda: len(acknowledged) == 10, PATIENCE_SECONDS)
                primary.control("-m", "immediate", "stop")
                for number in range(11, 21):
                    await arrived(engine, pay(number), partial(acknowledged.append, number))
                await until(lambda: "promote the standby" in engine.waiting_for, PATIENCE_SECONDS)
                standby.control("promote")
                await until(lambda: len(acknowledged) == 20, PATIENCE_SECONDS)
                assert (heard(kernel), letters(broker), engine.waiting_for) == (20, [], "")
            store.close()
