"""One request that was quoted, confirmed, charged, ended, disputed and given back, as the console tells of it."""

from typing import Any, NamedTuple

import pytest

from evidence.bundle import bundle
from evidence.verify import unwrapped
from tests.cli.conftest import doors, tuiding
from tests.evidence.journeys import disputed_and_given_back
from tests.evidence.telling import told_by_the_console
from tests.flow.system import System

__all__ = ["doors", "tuiding"]


class Case(NamedTuple):
    request_id: str
    told: dict[str, Any]
    ledger: list[dict[str, Any]]
    data: bytes
    files: dict[str, bytes]


@pytest.fixture(scope="package")
def case() -> Case:
    system = System()
    request_id = disputed_and_given_back(system)
    told, ledger = told_by_the_console(system, request_id), system.ledger(request_id)
    system.close()
    data = bundle(told, ledger)
    return Case(request_id, told, ledger, data, unwrapped(data))
