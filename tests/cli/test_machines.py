"""What a developer does at the command line: topics, packs, health, carriers, contracts."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaProducer
from typer.testing import Result

from contracts.flow import TOPICS
from contracts.messages import TYPES
from runtime.kafka.connect import reach
from runtime.local import broker_child
from runtime.local.broker_apache import free_port
from runtime.local.broker_memory import InMemoryKafka
from runtime.local.whereabouts import forget, write
from tests.cli.conftest import Doors

Tuiding = Callable[..., Result]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryKafka]:
    broker = InMemoryKafka()
    broker.start()
    monkeypatch.setenv("TUIDING_KAFKA", broker.bootstrap)
    yield broker
    broker.stop()


def test_topics_are_applied_once(kafka: InMemoryKafka, tuiding: Tuiding) -> None:
    assert len(json.loads(tuiding("topics", "apply", "--json").stdout)) == len(TOPICS)
    assert tuiding("topics", "apply").stdout == "Nothing to change.\n"


def test_a_drift_is_shown_and_is_a_failure(kafka: InMemoryKafka, tuiding: Tuiding) -> None:
    done = tuiding("topics", "verify")
    assert done.exit_code == 1 and "missing" in done.stdout and "tuiding topics apply" in done.stderr


def test_lag_is_summed_up_by_reader_and_topic(kafka: InMemoryKafka, tuiding: Tuiding) -> None:
    tuiding("topics", "apply")
    lines = tuiding("lag").stdout.splitlines()
    assert sum(line.split()[:2] == ["intake", "cancellation.commands"] for line in lines) == 1
    assert all(line["behind"] == 0 for line in json.loads(tuiding("lag", "--json").stdout))


def test_lag_says_first_who_has_most_to_read_and_since_when(kafka: InMemoryKafka, tuiding: Tuiding) -> None:
    tuiding("topics", "apply")
    producer = KafkaProducer(**reach(kafka.bootstrap).producer_options)
    sent = producer.send("cancellation.review", b"{}", timestamp_ms=int((time.time() - 125) * 1000))
    sent.get(timeout=30)
    producer.close()
    first = next(line.split() for line in tuiding("lag").stdout.splitlines() if "cancellation." in line)
    assert first[1:5] == ["cancellation.review", "1", "2", "min"]


@pytest.mark.parametrize("words", [("topics", "apply"), ("topics", "verify"), ("lag",)])
def test_a_broker_that_is_down_is_one_sentence(
    tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("TUIDING_KAFKA", f"127.0.0.1:{free_port()}")
    done = tuiding(*words, "--wait", "0.1")
    assert done.exit_code == 3 and re.fullmatch(r"No Kafka broker answers at \S+: .*TUIDING_KAFKA\.\n", done.stderr)


def test_what_runs_on_this_machine_is_found_without_being_told(
    tuiding: Tuiding, kafka: InMemoryKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TUIDING_KAFKA")
    monkeypatch.setenv("TUIDING_DATA", str(tmp_path))
    write(tmp_path, {"kafka": kafka.bootstrap})
    assert tuiding("topics", "apply").exit_code == 0
    forget(tmp_path)
    monkeypatch.setenv("TUIDING_KAFKA_PORT", str(free_port()))
    assert tuiding("topics", "apply", "--wait", "0.1").exit_code == 3


@pytest.mark.parametrize("pack", ["cn-carrier", "demo"])
def test_our_own_packs_are_sound(tuiding: Tuiding, pack: str) -> None:
    done = tuiding("policy", "check", pack, "--json")
    report = json.loads(done.stdout)
    assert done.exit_code == 0 and report["ok"] and report["packs"][0]["pack"].startswith(f"{pack}@")


def test_an_unknown_pack_is_one_sentence_that_names_the_others(tuiding: Tuiding) -> None:
    done = tuiding("policy", "check", "nowhere")
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    assert "there is no pack 'nowhere'; the packs are: cn-carrier, de, demo" in done.stdout


@pytest.mark.parametrize(
    ("status", "body", "exit_code", "told"),
    [
        (200, {"ready": True, "reason": ""}, 0, ""),
        (503, {"ready": False, "reason": "the group is rebalancing"}, 1, "Not ready: the group is rebalancing.\n"),
        (500, b"oops", 1, "Not ready: it answers 500.\n"),
    ],
)
def test_health_is_what_the_service_says(
    doors: Doors,
    tuiding: Tuiding,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: object,
    exit_code: int,
    told: str,
) -> None:
    doors.answers["GET /readyz"] = (status, body)
    monkeypatch.setenv("TUIDING_PORT", doors.address.rpartition(":")[2])
    done = tuiding("healthcheck")
    assert (done.exit_code, done.stderr) == (exit_code, told)


def test_health_of_nobody_is_unreachable_and_of_nobody_named_is_a_usage_error(tuiding: Tuiding) -> None:
    assert tuiding("healthcheck", "--port", str(free_port())).exit_code == 3
    assert tuiding("healthcheck").exit_code == 2


def test_a_single_service_without_a_broker_says_what_to_set(tuiding: Tuiding) -> None:
    done = tuiding("run", "intake")
    assert done.exit_code == 2 and "TUIDING_KAFKA" in done.stderr and "tuiding up" in done.stderr


@pytest.mark.parametrize(
    ("words", "variable", "address"),
    [(("run", "intake"), "TUIDING_PORT", "{}"), (("up",), "TUIDING_CARRIER", "http://127.0.0.1:{}")],
)
def test_a_taken_port_is_one_sentence_that_says_what_to_set(
    tuiding: Tuiding,
    kafka: InMemoryKafka,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    variable: str,
    address: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv(variable, address.format(port))
        done = tuiding(*words)
    assert done.exit_code == 1 and f"Port {port}, which " in done.stderr and variable in done.stderr.splitlines()[0]


def test_a_second_up_on_the_same_data_is_one_sentence(tuiding: Tuiding, tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    lock = broker_child.locked(tmp_path / "var" / "up.lock")
    assert lock is not None
    done = tuiding("up")
    os.close(lock)
    told = r"A tuiding already runs on \S+/var: use it, stop it, or type: TUIDING_PORT_SHIFT=\d+ .*\n"
    assert done.exit_code == 1 and re.fullmatch(told, done.stderr)


def test_up_with_a_pack_that_is_not_there_starts_nothing(tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_POLICY", "nowhere")
    done = tuiding("up")
    assert done.exit_code == 1 and "there is no pack 'nowhere'" in done.stderr


def test_a_setting_that_makes_no_sense_is_named(tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_PORT", "eighty")
    done = tuiding("healthcheck")
    assert done.exit_code == 2 and done.stderr.startswith("TUIDING_PORT: Input should be a valid integer")


def test_the_contracts_are_exported_with_the_same_bytes_every_time(tuiding: Tuiding, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert tuiding("contracts", "export", str(tmp_path / folder)).exit_code == 0
    one, two = ({f.name: f.read_bytes() for f in (tmp_path / n).rglob("*.json")} for n in ("one", "two"))
    assert one == two and one.keys() == {f"{name}.json" for name in TYPES} | {"asyncapi.json"}


@pytest.fixture
def carrier(tmp_path: Path) -> Iterator[str]:
    words = [sys.executable, "-m", "demo.carrier", "--port", "0", "--data", str(tmp_path / "carrier")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def test_a_carrier_that_keeps_the_contract_passes_and_one_that_cannot_any_more_does_not(
    tuiding: Tuiding, carrier: str
) -> None:
    words = ("carrier", "check", carrier, "--subscription", "sub-conformance01", "--item", "video-pack")
    first, second = tuiding(*words), tuiding(*words)
    assert first.exit_code == 0 and "FAILED" not in first.stdout
    assert second.exit_code == 1 and "name an open line" in second.stdout, "the check closes the line"


def test_a_carrier_that_is_not_there_is_unreachable(tuiding: Tuiding) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    done = tuiding("carrier", "check", nowhere, "--subscription", "sub-x", "--item", "y")
    assert done.exit_code == 3 and f"{nowhere} does not answer" in done.stderr


def test_a_bug_of_ours_is_one_sentence_too(tuiding: Tuiding, monkeypatch: pytest.MonkeyPatch, doors: Doors) -> None:
    doors.answers["GET /v1/dead-letters"] = (200, {"unheard": "of"})
    done = tuiding("dead-letters", "list")
    assert done.exit_code == 1 and "Traceback" not in done.output
    assert done.stderr.startswith("Something went wrong inside tuiding: KeyError: 'dead_letters' Set TUIDING_TRACEBACK")


def test_a_pipe_gets_no_colours() -> None:
    words = [sys.executable, "-m", "cli", "topics", "list"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "\x1b[" not in done.stdout + done.stderr
