"""What tests of every folder share: real components, and an environment nobody else has set."""

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from contracts.words import Value
from runtime.local.broker_memory import InMemoryKafka
from tests import postgres

# The same examples of a property each time, and no clock: no run is refused by chance or because a machine is busy.
# `--hypothesis-profile=default` looks for others.
settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")


def _no_words(value: Value) -> str:
    raise AssertionError(f"{value!r} goes into a sentence as it is: say it in a language")


Value.__str__ = _no_words  # type: ignore[assignment, method-assign]  # once a letter said `zh='设备余款' en=...`


def pytest_collection_finish() -> None:
    """The collector need not walk again and again through the tests themselves: a tenth of all their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """A real server, started on first use; where there is none and none can be had, the test fails."""
    with postgres.server() as url:
        yield url


@pytest.fixture
def fresh_postgresql_url(postgresql_url: str) -> Iterator[str]:
    """An empty database on it."""
    with postgres.fresh_database(postgresql_url) as url:
        yield url


@pytest.fixture
def in_memory() -> Iterator[InMemoryKafka]:
    """A Kafka that forgets everything at the end of the test."""
    broker = InMemoryKafka()
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """A script that runs the tests in its background has told them, and all that they start, to ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def only_our_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's TUIDING_... must not change what a test shows."""
    for name in [name for name in os.environ if name.startswith("TUIDING_") and name != postgres.GIVEN]:
        monkeypatch.delenv(name)
