"""Workers started by hand on one machine: each has a name of its own, keeps it over a restart, and nobody shares it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.flow import PARTITIONS
from runtime.kafka.heartbeats import Heartbeats
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from tests.waiting import PATIENCE_SECONDS, eventually

Start = Callable[..., subprocess.Popen[bytes]]
DIRECT = ("-m", "services.review")
BY_COMMAND = ("-m", "cli", "run", "review")


@pytest.fixture
def start(own_kafka: ApacheKafka, tmp_path: Path) -> Iterator[Start]:
    """A worker of review on a port, as somebody types it; nobody says its name."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    environment |= {"TUIDING_KAFKA": own_kafka.bootstrap, "TUIDING_DATA": str(tmp_path), "TUIDING_LANG": "en"}
    started: list[subprocess.Popen[bytes]] = []

    def run(port: int, words: tuple[str, ...] = DIRECT, more: dict[str, str] = {}) -> subprocess.Popen[bytes]:  # noqa: B006
        with (tmp_path / f"{port}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *words],
                env=environment | {"TUIDING_PORT": str(port)} | more,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
    for process in started:
        process.wait(PATIENCE_SECONDS)


def test_two_of_one_service_are_told_apart_and_one_that_was_killed_comes_back_under_its_name(
    own_kafka: ApacheKafka, start: Start, tmp_path: Path
) -> None:
    one, two = free_port(), free_port()
    first, second = start(one), start(two)
    heard = Heartbeats(own_kafka.bootstrap)
    names = {f"review/{socket.gethostname()}-{port}" for port in (one, two)}
    eventually(lambda: names <= heard.look().keys() and _shared_out(heard, names))
    first.kill()
    first.wait()
    began = heard.latest[f"review/{socket.gethostname()}-{one}"].started
    start(one)
    eventually(lambda: heard.look()[f"review/{socket.gethostname()}-{one}"].started > began)
    assert set(heard.latest) == names and second.poll() is None
    heard.close()


def test_one_that_was_killed_goes_on_at_once_and_does_not_wait_for_the_end_of_its_session(
    own_kafka: ApacheKafka, start: Start, tmp_path: Path
) -> None:
    """Its session would last far longer than this test waits."""
    port, longer = free_port(), {"TUIDING_SESSION_TIMEOUT_SECONDS": "600"}
    name = f"review/{socket.gethostname()}-{port}"
    first = start(port, more=longer)
    heard = Heartbeats(own_kafka.bootstrap)
    eventually(lambda: name in heard.look() and _shared_out(heard, {name}))
    first.kill()
    first.wait()
    began = heard.latest[name].started
    start(port, more=longer)
    eventually(lambda: heard.look()[name].started > began and _shared_out(heard, {name}))
    heard.close()


def _shared_out(heard: Heartbeats, names: set[str]) -> bool:
    """Each says that it reads some of the partitions, and no two the same."""
    each = [heard.latest[name].partitions.get("cancellation.intake", ()) for name in names]
    return all(each) and sorted(sum(each, ())) == list(range(PARTITIONS))


@pytest.mark.parametrize(("words", "told"), [(DIRECT, "cannot be had"), (BY_COMMAND, "type: TUIDING_PORT=")])
def test_whoever_does_not_get_the_port_does_nothing_under_its_name(
    own_kafka: ApacheKafka, start: Start, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert start(port, words).wait(PATIENCE_SECONDS) == 1
    log = (tmp_path / f"{port}.log").read_text()
    assert told in log and "TUIDING_PORT" in log and "Traceback" not in log
    heard = Heartbeats(own_kafka.bootstrap)
    (named,) = eventually(lambda: (heard.look(),))
    assert f"review/{socket.gethostname()}-{port}" not in named
    heard.close()


def test_a_name_given_by_hand_stays_and_containers_of_one_line_differ_by_their_machine() -> None:
    assert Settings(worker="east").as_worker_of("intake").worker == "east"
    assert Settings().as_worker_of("intake").worker == f"{socket.gethostname()}-8000"
    assert Settings(port_shift=300).as_worker_of("console").worker == f"{socket.gethostname()}-8380"
