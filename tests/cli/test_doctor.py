"""`tuiding doctor`: what the console found, and what no service can tell of the broker's topics."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cli.looking import by_remedy
from runtime.kafka import topics
from runtime.kafka.drift import Drift
from runtime.local import whereabouts
from runtime.local.broker import InMemoryKafka
from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
NOTHING: dict[str, tuple[int, Any]] = {
    "GET /v1/findings": (200, {"findings": []}),
    "GET /v1/workers": (200, {"workers": []}),
}


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch, doors: Doors) -> Iterator[InMemoryKafka]:
    broker = InMemoryKafka()
    broker.start()
    monkeypatch.setenv("TUIDING_KAFKA", broker.bootstrap)
    doors.answers |= NOTHING
    yield broker
    broker.stop()


def test_topics_that_are_missing_are_found_until_they_are_made(kafka: InMemoryKafka, tuiding: Tuiding) -> None:
    done = tuiding("doctor", "--lang", "en")
    assert done.exit_code == 1 and "Topics on the broker are not as they must be" in done.stdout
    assert "tuiding topics apply" in " ".join(done.stdout.split()) and "tuiding topics verify" in done.stderr
    topics.apply(kafka.bootstrap)
    done = tuiding("doctor", "--lang", "en")
    assert done.exit_code == 0 and "All is well." in done.stdout, done.output


def test_what_is_set_otherwise_is_one_finding_a_remedy() -> None:
    found = by_remedy(
        [
            Drift("*", "unchecked", "partitions and settings", "an in-memory broker chooses its own"),
            *(Drift(f"cancellation.{n}", "config", "cleanup.policy=delete", "compact") for n in "abcdef"),
            Drift("cancellation.ops", "partitions", "6", "1"),
        ]
    )
    assert [(each["kind"], each["level"]) for each in found] == [("topics", "bad")] * 2
    first, second = (each["detail"]["en"] for each in found)
    assert first == (
        "`cancellation.a: compact (cleanup.policy=delete); cancellation.b: compact (cleanup.policy=delete); "
        "cancellation.c: compact (cleanup.policy=delete); …`. `tuiding topics apply`"
    )
    assert second == "`cancellation.ops: 1 (6)`. `tuiding topics grow --partitions 6`"


def test_a_broker_that_is_away_is_the_consoles_to_say(
    doors: Doors, tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.answers |= NOTHING
    monkeypatch.setenv("TUIDING_KAFKA", "127.0.0.1:1")
    assert tuiding("doctor").exit_code == 0


def test_of_a_silent_service_the_log_of_that_very_run_is_shown_and_no_second_run_is_advised(
    doors: Doors, tuiding: Tuiding, kafka: InMemoryKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    topics.apply(kafka.bootstrap)
    log = tmp_path / "log" / "billing.log"
    log.parent.mkdir()
    log.write_text("out of memory\n")
    told = {"zh": "计费服务没有响应", "en": "Billing is silent"}
    finding = {"kind": "silent", "level": "bad", "title": told, "detail": told, "since": None, "waiting": 0}
    workers = [{"service": "billing", "silent": True}, {"service": "notify", "silent": False}]
    doors.answers |= {
        "GET /v1/findings": (200, {"findings": [finding]}),
        "GET /v1/workers": (200, {"workers": workers}),
    }
    elsewhere = tuiding("doctor", "--lang", "en")
    assert elsewhere.exit_code == 1 and "Next: " not in elsewhere.stderr  # its log is not on this machine
    monkeypatch.setenv("TUIDING_DATA", str(tmp_path))
    whereabouts.write(tmp_path, {"console": doors.address, "intake": doors.address, "kafka": kafka.bootstrap})
    here = tuiding("doctor", "--lang", "en")
    assert here.exit_code == 1 and f"Next: tail -n 20 {log}\n" in here.stderr
    assert "notify.log" not in here.stderr and "tuiding up" not in here.stderr
