"""A whole system in one process for each test."""

from collections.abc import Iterator

import pytest

from tests.flow.system import System


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    assert system.dead_letters() == [], "a journey never leaves dead letters"
    system.close()
