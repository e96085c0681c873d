"""The same tests on both databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from policies.pack import load
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from tests.kernel.tally import WIRING

Kernels = Callable[..., Kernel]


@pytest.fixture(autouse=True)
def logging_as_usual() -> None:
    """A simulation that ran before in this process has silenced everything that is not critical."""
    structlog.reset_defaults()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "sqlite" else request.getfixturevalue("fresh_postgresql_url")


@pytest.fixture
def another(database: str) -> Iterator[Kernels]:
    """`another()` is one more worker of the same service on the same database."""
    stores: list[Store] = []

    def make(worker: str = "1") -> Kernel:
        stores.append(Store(database, "intake"))
        return Kernel(WIRING, stores[-1], load("demo"), worker)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def kernel(another: Kernels) -> Kernel:
    return another()
