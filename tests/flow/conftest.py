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
def at_billing() -> Desk:
    return desk()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    with structlog.testing.capture_logs() as logs:
        run.logs = logs
        yield run
    run.close()
