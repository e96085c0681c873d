"""The whole on one machine with fake services: started, looked after, refused in one sentence, ended without trace."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from contracts.flow import SERVICES
from runtime.local import programs, whereabouts
from runtime.local.broker_memory import InMemoryKafka
from runtime.local.readiness import NotReady
from runtime.local.refusals import AlreadyUp, PortTaken
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.supervisor.conftest import Fake, ask
from tests.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture
def settings(tmp_path: Path, in_memory: InMemoryKafka) -> Settings:
    return Settings(data=str(tmp_path), kafka=in_memory.bootstrap)


@pytest.fixture
def supervisor(settings: Settings, fake: Fake, said: list[str]) -> Iterator[Supervisor]:
    services = [fake("review"), fake("billing")]
    with Supervisor(settings, said.append, carrier=False, services=services) as running:
        yield running


def test_all_are_ready_and_it_says_how_far_it_is(supervisor: Supervisor, said: list[str]) -> None:
    supervisor.wait_ready(PATIENCE_SECONDS)
    assert [line for line in said if "(2 of 2)" in line]
    assert set(supervisor.processes) == {"review", "billing"}
    assert supervisor.restart_counts == {"review": 0, "billing": 0}


def test_a_killed_service_comes_back_and_is_counted(supervisor: Supervisor) -> None:
    supervisor.wait_ready(PATIENCE_SECONDS)
    first = supervisor.processes["review"]
    first.kill()
    eventually(lambda: supervisor.restart_counts["review"] == 1)
    supervisor.wait_ready(PATIENCE_SECONDS)
    assert supervisor.processes["review"].pid != first.pid
    assert supervisor.restart_counts["billing"] == 0


def test_after_the_stop_nothing_is_left(supervisor: Supervisor) -> None:
    supervisor.wait_ready(PATIENCE_SECONDS)
    pids = [process.pid for process in supervisor.processes.values()]
    supervisor.stop()
    supervisor.stop()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
    assert whereabouts.read(supervisor.data) == {}


def test_a_stubborn_service_is_named_when_it_had_to_be_killed(
    settings: Settings, fake: Fake, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.local.supervisor.STOP_SECONDS", 0.2)
    with Supervisor(settings, said.append, carrier=False, services=[fake("review", "stubborn"), fake("b")]) as running:
        running.wait_ready(PATIENCE_SECONDS)
    assert [line for line in said if line.startswith("review did not end within")]


def test_who_is_not_ready_in_time_is_named_with_the_reason_and_the_log(
    settings: Settings, fake: Fake, said: list[str]
) -> None:
    never = fake("notify", ready_path="/never")
    with Supervisor(settings, said.append, carrier=False, services=[never]) as running:
        ready = r"^notify is not ready after 0 s: it .*\. Look at .*/log/notify\.log\."
        eventually(lambda: ask(never))
        with pytest.raises(NotReady, match=ready) as caught:
            running.wait_ready(0.01)
        assert "it never is" in str(caught.value)


def test_a_second_start_on_the_same_data_is_one_sentence(
    supervisor: Supervisor, settings: Settings, said: list[str]
) -> None:
    with pytest.raises(AlreadyUp, match=r"^A tuiding already runs on .*, or set TUIDING_DATA to .*\.$"):
        Supervisor(settings, said.append, carrier=False, services=[]).start()
    assert whereabouts.read(supervisor.data), "the one that runs is still known"


def test_a_taken_port_is_one_sentence_that_says_what_to_set(settings: Settings, fake: Fake, said: list[str]) -> None:
    program = fake("review")
    with socket.create_server(("127.0.0.1", program.port)):
        told = rf"^Port {program.port}, which review needs, is taken by .* \(pid \d+\): .* type: SOMETHING_ELSE=\d+ \S"
        with pytest.raises(PortTaken, match=told):
            Supervisor(settings, said.append, carrier=False, services=[program]).start()
    with Supervisor(settings, said.append, carrier=False, services=[]):  # the lock was given back
        pass


def test_a_taken_kafka_port_that_was_set_by_hand_is_set_to_another_one(tmp_path: Path, said: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = Settings(data=str(tmp_path), kafka_port=other.getsockname()[1])
        with pytest.raises(PortTaken, match=r"Apache Kafka needs, is taken.* type: TUIDING_KAFKA_PORT=\d+ "):
            Supervisor(settings, said.append, carrier=False, services=[]).start()


def test_without_java_it_owns_the_broker_and_the_children_connect_to_it(
    tmp_path: Path, fake: Fake, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with Supervisor(Settings(data=str(tmp_path)), said.append, carrier=False, workers=2, services=[]) as running:
        assert any("IN-MEMORY KAFKA" in line for line in said)
        environments = [each.environment for each in programs.services(running.settings, 1)]
        assert {one["TUIDING_KAFKA"] for one in environments} == {running.settings.kafka}
        assert whereabouts.read(tmp_path)["kafka"] == running.settings.kafka


def test_every_worker_has_its_own_name_port_and_log() -> None:
    wanted = programs.services(Settings(port_shift=1000), workers=3)
    assert len({each.port for each in wanted}) == len({each.name for each in wanted}) == 3 * len(SERVICES)
    third = next(each for each in wanted if each.name == "console-3")
    assert (third.port, third.environment["TUIDING_PORT"]) == (9280, "9280")
    assert third.environment["TUIDING_WORKER"] == f"{socket.gethostname()}-9280"
    by_hand = programs.services(Settings(worker="east"), workers=2)
    assert {each.environment["TUIDING_WORKER"] for each in by_hand} == {"east-1", "east-2"}


@pytest.mark.parametrize(
    ("given", "carrier", "intake"),
    [
        ({}, "http://127.0.0.1:9500", "http://127.0.0.1:8500"),
        ({"carrier": "http://crm.example:80"}, "http://crm.example:80", "http://127.0.0.1:8500"),
    ],
)
def test_a_shift_moves_every_port_but_what_was_set_by_hand(given: Any, carrier: str, intake: str) -> None:
    moved = Settings(**given, port_shift=500)
    assert (moved.carrier, moved.intake, moved.kafka_port, moved.data) == (carrier, intake, 9592, "var/shift-500")
