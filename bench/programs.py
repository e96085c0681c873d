"""The processes under measurement: started, looked at, killed, ended; none outlives the benchmark."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx
import psutil

from contracts.flow import SERVICES
from runtime.local import broker_child
from runtime.local.broker_apache import free_port

ROOT = Path(__file__).resolve().parent.parent
COMPILED = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": f"{tempfile.gettempdir()}/tuiding-bench-compiled"}
READY_SECONDS = 120.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05


class NotStarted(Exception):
    """A process ended or was not ready in time; the sentence says where its log is."""


class Program:
    """One child process that can be killed and started again with the same command."""

    def __init__(self, name: str, command: list[str], log: Path, environment: dict[str, str], ready: str = "") -> None:
        self.name, self.log, self.ready = name, log, ready
        self._command, self._environment = command, environment
        self.start()

    def start(self) -> None:
        tied = [sys.executable, "-I", broker_child.__file__, str(os.getpid()), sys.executable, *self._command]
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                tied, cwd=ROOT, env=os.environ | COMPILED | self._environment, stdout=output, stderr=subprocess.STDOUT
            )
        self.process = psutil.Process(self.child.pid)

    def wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.ready and (why := self._why_not()):
            if time.monotonic() > deadline:
                raise NotStarted(f"{self.name} did not get ready: {why}; its last words:\n{self.last_words()}")
            if self.child.poll() is not None:
                self.start()  # as a supervisor would: on a crowded machine a watchdog may end a slow starter
            time.sleep(POLL_SECONDS)

    def _why_not(self) -> str:
        try:
            answer = httpx.get(self.ready, trust_env=False, timeout=2)
        except httpx.HTTPError as error:
            return type(error).__name__
        return "" if answer.status_code == 200 else answer.text

    def messages_a_transaction(self) -> float:
        """The mean since it started, from its own /metrics: how well it batches."""
        lines = httpx.get(self.ready.replace("/readyz", "/metrics"), trust_env=False, timeout=5).text.splitlines()
        values = {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines) if name[:1] != "#"}
        return values["tuiding_batch_messages_sum"] / max(1.0, values["tuiding_batch_messages_count"])

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])

    def forget_samples_in(self, seconds: float) -> None:
        """The profiler starts anew when the warm-up is over."""
        threading.Timer(seconds, self.child.send_signal, [signal.SIGUSR1]).start()

    def kill(self) -> None:
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()

    def ended(self) -> None:
        """Waits for it, not for ever."""
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


class Programs:
    """All of one system by name; a context that leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.by_name: dict[str, Program] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, command: list[str], environment: dict[str, str], ready: str = "") -> None:
        self.by_name[name] = Program(name, command, self.folder / f"{name}.log", environment, ready)

    def wait_ready(self) -> None:
        for program in self.by_name.values():
            program.wait_ready()

    def stop(self) -> None:
        for program in self.by_name.values():
            program.stop()
        for program in self.by_name.values():
            program.ended()
        self.by_name.clear()

    def __enter__(self) -> "Programs":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def add_carrier(programs: Programs, data: Path, crowd: int) -> str:
    """Returns its address."""
    port = free_port()
    command = ["-m", "demo.carrier", "--port", str(port), "--data", str(data), "--crowd", str(crowd), "--mixed"]
    programs.add("carrier", command, {}, f"http://127.0.0.1:{port}/livez")
    programs.by_name["carrier"].wait_ready()
    return f"http://127.0.0.1:{port}"


def add_services(
    programs: Programs, kafka: str, data: Path, carrier: str, policy: str, extra: dict[str, list[str]]
) -> None:
    """Each as in production, `python -m services.<name>`; those in `extra` through bench.hosted with options."""
    for service in SERVICES:
        add_service(programs, service.name, kafka, data, carrier, policy, extra.get(service.name))
    programs.wait_ready()


def add_service(
    programs: Programs,
    name: str,
    kafka: str,
    data: Path,
    carrier: str,
    policy: str,
    options: list[str] | None = None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """`more`: settings beside these."""
    port = free_port()
    command = ["-m", f"services.{name}"] if options is None else ["-m", "bench.hosted", name, *options]
    environment = {
        "TUIDING_KAFKA": kafka,
        "TUIDING_DATA": str(data),
        "TUIDING_CARRIER": carrier,
        "TUIDING_POLICY": policy,
        "TUIDING_PORT": str(port),
        "TUIDING_LOG_LEVEL": "WARNING",
        **more,
    }
    programs.add(name, command, environment, f"http://127.0.0.1:{port}/readyz")
