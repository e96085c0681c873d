"""A whole system in one process, and its topics as a history."""

from collections.abc import Iterator

import pytest

from tests.flow.system import System


@pytest.fixture
def system() -> Iterator[System]:
    system = System()
    yield system
    system.close()
