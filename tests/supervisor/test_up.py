"""`tuiding up` as a user starts it: real Apache Kafka, the carrier and all six services."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from contracts.flow import SERVICES
from tests.supervisor.conftest import eventually

SHIFT = 17000  # away from whatever else runs here
PATIENCE_SECONDS = 90


class Up(NamedTuple):
    process: subprocess.Popen[str]
    environment: dict[str, str]
    log: Path

    def tuiding(self, *words: str) -> Any:
        line = [sys.executable, "-m", "runtime.cli", *words, "--json"]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def child(self, command: str) -> psutil.Process | None:
        children = psutil.Process(self.process.pid).children()
        return next((each for each in children if command in " ".join(each.cmdline())), None)


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    data = tmp_path_factory.mktemp("up")
    ours = {"TUIDING_DATA": str(data), "TUIDING_PORT_SHIFT": str(SHIFT), "TUIDING_POLICY": "demo"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")} | ours
    with (data / "err").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "runtime.cli", "up"], env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
    started = Up(process, environment, data / "err")
    eventually(lambda: process.poll() is not None or "Ctrl-C" in started.log.read_text(), PATIENCE_SECONDS)
    assert process.poll() is None, started.log.read_text()
    yield started
    process.kill()
    process.wait()


def test_a_request_comes_to_its_end(up: Up) -> None:
    filed = up.tuiding("submit", "sub-freeaddon01", "video-pack")["request_id"]
    eventually(lambda: up.tuiding("status", filed)["stage"] == "quoted", PATIENCE_SECONDS)
    up.tuiding("confirm", filed, "--yes")
    eventually(lambda: up.tuiding("status", filed)["stage"] == "closed", PATIENCE_SECONDS)


def test_a_killed_service_and_a_killed_broker_come_back(up: Up) -> None:
    for command, back in (("services.review", "review was killed by SIGKILL"), ("kafka.Kafka", "kafka has ended")):
        first = up.child(command)
        assert first is not None
        first.kill()
        eventually(lambda back=back: back in up.log.read_text())
        new = eventually(lambda command=command: up.child(command))
        assert new.pid != first.pid
    eventually(lambda: len(up.tuiding("topics", "verify", "--wait", "30")) == 0, PATIENCE_SECONDS)


def test_ctrl_c_ends_everything(up: Up) -> None:
    children = psutil.Process(up.process.pid).children(recursive=True)
    assert len(children) == len(SERVICES) + 2, "the broker and the carrier as well"
    began = time.monotonic()
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(30) == 0, up.log.read_text()
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert "had to be killed" not in up.log.read_text(), f"after {time.monotonic() - began:.1f} s"
