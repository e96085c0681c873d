"""A time that is typed may be of any year; it reads from the beginning or the end, and is no bug of ours."""

from collections.abc import Callable, Iterator

import pytest
from typer.testing import Result

from runtime.local.broker_memory import InMemoryKafka

Tuiding = Callable[..., Result]


@pytest.fixture(scope="module")
def kafka() -> Iterator[InMemoryKafka]:
    broker = InMemoryKafka()
    broker.start()
    yield broker
    broker.stop()


@pytest.mark.parametrize("line", ["topics peek cancellation.intake", "report"])
@pytest.mark.parametrize("since", ["0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31"])
def test_it_is_read_from_there(
    kafka: InMemoryKafka, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch, line: str, since: str
) -> None:
    monkeypatch.setenv("TUIDING_KAFKA", kafka.bootstrap)
    tuiding("topics", "apply")
    told = tuiding(*line.split(), "--since", since)
    assert (told.exit_code, told.exception) == (0, None), told.output
