"""A few messages are decided where they came, in a file: to wake a thread for them costs more than they do."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from policies.pack import load
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import PATIENT_MS, Store, hurried
from runtime.worker.patience import FEW
from tests.kernel.steps import arrived
from tests.kernel.tally import NOW, WIRING, pay
from tests.kernel.test_engine import Broker, running, until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "intake.db"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    store = Store(str(tmp_path), "intake")
    yield Kernel(WIRING, store, load("demo"), "1")
    store.close()


@contextmanager
def written_to(file: Path) -> Iterator[sqlite3.Connection]:
    """By somebody else, who does not come to an end by himself."""
    with closing(sqlite3.connect(file, isolation_level=None)) as twin:
        twin.execute("begin immediate")
        yield twin


def noted(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """In which thread each transaction ended well, and with how many messages."""
    step, seen = kernel.step, list[tuple[str, int]]()

    def noting(arrivals: Any, *rest: Any) -> Any:
        outcome = step(arrivals, *rest)
        seen.append((threading.current_thread().name, len(arrivals)))
        return outcome

    monkeypatch.setattr(kernel, "step", noting)
    return seen


@pytest.mark.parametrize(("many", "thread"), [(1, "MainThread"), (FEW, "MainThread"), (FEW + 1, "store_0")])
async def test_a_few_are_decided_at_once_and_many_in_the_stores_thread(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch, many: int, thread: str
) -> None:
    seen, done = noted(kernel, monkeypatch), list[int]()
    async with running(kernel, Broker()) as engine:
        await engine.arrived_together([pay(number) for number in range(many)], lambda: done.append(many))
        await until(lambda: done)
    assert (thread, many) in seen


async def test_while_another_writes_the_loop_goes_on_and_they_wait_in_the_thread(
    kernel: Kernel, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, clock, longest, done = noted(kernel, monkeypatch), asyncio.get_running_loop().time, 0.0, list[int]()
    async with running(kernel, Broker()) as engine:
        await arrived(engine, pay(1), lambda: done.append(1))
        await until(lambda: done)
        with written_to(file) as twin:
            await arrived(engine, pay(2), lambda: done.append(2))
            before = until_then = clock()
            while until_then < before + 1:
                await asyncio.sleep(0.01)
                longest, until_then = max(longest, clock() - until_then), clock()
            assert done == [1]
            twin.execute("rollback")
            await until(lambda: done == [1, 2])
    assert ("store_0", 1) in seen and longest < PATIENT_MS / 1000 / 2


async def test_whoever_writes_after_that_is_patient_again(kernel: Kernel, file: Path) -> None:
    with written_to(file), hurried(), pytest.raises(sa.exc.OperationalError):
        kernel.step([pay(1)], [], NOW)
    with kernel.kept.transaction() as tx:
        assert tx.exec_driver_sql("pragma busy_timeout").scalar() == PATIENT_MS


async def test_a_connection_that_goes_back_to_the_pool_is_patient(kernel: Kernel) -> None:
    with hurried():
        kernel.step([pay(1)], [], NOW)
    kernel.kept.let_go()
    with kernel.store.transaction() as tx:
        assert tx.exec_driver_sql("pragma busy_timeout").scalar() == PATIENT_MS
