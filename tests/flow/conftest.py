"""A whole system in one process for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.flow.at_billing import Desk, desk
from tests.flow.system import System
from tests.flow.with_console import Run


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    assert system.dead_letters() == [], "a journey never leaves dead letters"
    system.close()


@pytest.fixture(name="desk")
def at_billing(request: pytest.FixtureRequest) -> Desk:
    made = desk()
    return made._replace(pack=made.pack.model_copy(update={"currency": getattr(request, "param", "CNY")}))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What was asked of a request is in its own money, whatever that of the pack in force is by now."""
    if "desk" in metafunc.fixturenames and getattr(metafunc.module, "WHATEVER_THE_PACKS_MONEY", False):
        metafunc.parametrize("desk", ["CNY", "EUR"], indirect=True)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    with structlog.testing.capture_logs() as logs:
        run.logs = logs
        yield run
    run.close()
