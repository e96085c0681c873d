"""`tuiding up` as a user starts it: real Apache Kafka, the carrier and all six services."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from contracts.flow import SERVICES
from tests.ports import own_shift
from tests.waiting import PATIENCE_SECONDS, eventually


class Up(NamedTuple):
    process: subprocess.Popen[str]
    environment: dict[str, str]
    log: Path

    def tuiding(self, *words: str) -> Any:
        line = [sys.executable, "-m", "cli", *words, "--json"]
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def child(self, command: str) -> psutil.Process | None:
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # it ends while we look
                if command in " ".join(child.cmdline()):
                    return child
        return None


@pytest.fixture(scope="module", params=[(), ("--secure",)], ids=["open", "secured"])
def up(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Up]:
    """Secured, Kafka speaks TLS and every service signs in as itself, with its own rights and no others."""
    data = tmp_path_factory.mktemp("up")
    ours = {"TUIDING_DATA": str(data), "TUIDING_PORT_SHIFT": str(own_shift()), "TUIDING_POLICY": "demo"}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")} | ours
    with (data / "err").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", *request.param], env=environment, stdout=log, stderr=log, text=True
        )
    started = Up(process, environment, data / "err")
    try:
        eventually(lambda: process.poll() is not None or "Ctrl-C" in started.log.read_text(), PATIENCE_SECONDS)
        assert process.poll() is None, started.log.read_text()
        yield started
    finally:
        process.kill()
        process.wait()


def test_a_request_comes_to_its_end(up: Up) -> None:
    filed = up.tuiding("submit", "sub-freeaddon01", "video-pack")["request_id"]
    eventually(lambda: up.tuiding("status", filed)["stage"] == "quoted", PATIENCE_SECONDS)
    up.tuiding("confirm", filed, "--yes")
    eventually(lambda: up.tuiding("status", filed)["stage"] == "closed", PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("command", "told"), [("services.review", "review was killed by SIGKILL"), ("kafka.Kafka", "kafka has ended")]
)
def test_what_was_killed_comes_back(up: Up, command: str, told: str) -> None:
    first = up.child(command)
    assert first is not None
    first.kill()
    eventually(lambda: told in up.log.read_text())
    second = eventually(lambda: up.child(command))
    assert second.pid != first.pid
    assert up.tuiding("topics", "verify", "--wait", "60") == []


def test_ctrl_c_ends_everything(up: Up) -> None:
    children = psutil.Process(up.process.pid).children(recursive=True)
    assert len(children) == len(SERVICES) + 2, "the broker and the carrier as well"
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(PATIENCE_SECONDS) == 0, up.log.read_text()
    assert psutil.wait_procs(children, timeout=PATIENCE_SECONDS)[1] == []
    assert "had to be killed" not in up.log.read_text()
