"""Keeps one program alive: starts it, says why it ended, starts it again after a growing pause."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from runtime.exits import visible
from runtime.local import broker_child
from runtime.local.programs import Program
from runtime.worker import watchdog

LARGEST_LOG_BYTES = 10 * 1024 * 1024
READ_BACK_BYTES = 4096
LOOK_AT_LOG_SECONDS = 2.0
LONGEST_QUOTE = 200

Say = Callable[[str], None]


class Backoff(NamedTuple):
    first_seconds: float = 0.2
    longest_seconds: float = 10.0
    steady_seconds: float = 30.0  # alive for so long, it counts as well again

    def after(self, alive_seconds: float, last_pause: float) -> float:
        if not last_pause or alive_seconds >= self.steady_seconds:
            return self.first_seconds
        return min(2 * last_pause, self.longest_seconds)


class Child:
    """One thread a program: Linux ties a child to the thread that started it, so that thread has to stay anyway."""

    def __init__(self, program: Program, log: Path, say: Say, backoff: Backoff = Backoff()) -> None:  # noqa: B008
        self.program, self.log, self.restarts = program, log, 0
        self._say, self._backoff = say, backoff
        self._stopping, self._turn = threading.Event(), threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name=f"keeper of {program.name}", daemon=True)
        self._cutter = threading.Thread(target=self._keep_log_short, name=f"log of {program.name}", daemon=True)

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._rotate()
        self._keeper.start()
        self._cutter.start()

    @property
    def process(self) -> psutil.Process | None:
        """The one that runs now; none during a pause."""
        process = self._process
        if process is None or process.poll() is not None:
            return None
        try:
            return psutil.Process(process.pid)
        except psutil.NoSuchProcess:
            return None

    def ask_to_end(self) -> None:
        with self._turn:
            self._stopping.set()
        self._signal(signal.SIGTERM)

    def ended_by(self, deadline: float) -> bool:
        """Waits until then; what is still there afterwards is killed, and that is not a clean end."""
        self._keeper.join(max(0.0, deadline - time.monotonic()))
        if not self._keeper.is_alive():
            return True
        self._signal(signal.SIGKILL)
        self._keeper.join()
        return False

    def last_words(self, since: int = 0) -> str:
        """The last line that says something, of what was logged from byte `since` on."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            size = self.log.stat().st_size
            log.seek(max(since if since <= size else 0, size - READ_BACK_BYTES))
            lines = log.read().decode(errors="replace").split("\n")
        return next((visible(line.strip())[:LONGEST_QUOTE] for line in reversed(lines) if line.strip()), "")

    def _rotate(self) -> None:
        """The child writes on into the same file, at its end: so it is copied and emptied, not renamed."""
        with contextlib.suppress(OSError):  # a full disk: the log stays as long as it is
            if self._log_bytes() > LARGEST_LOG_BYTES:
                shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
                os.truncate(self.log, 0)

    def _keep_log_short(self) -> None:
        """Beside the keeper: to wait for an end with a time limit is to ask twenty times a second."""
        while not self._stopping.wait(LOOK_AT_LOG_SECONDS):
            self._rotate()

    def _keep(self) -> None:
        pause = 0.0
        while not self._stopping.is_set():
            began, log_began = time.monotonic(), self._log_bytes()
            try:
                process = self._launch()
            except OSError as error:  # no memory, no processes, no files: it passes
                pause = self._backoff.after(0.0, pause)
                self._tell(f"{self.program.name} cannot be started ({error}); it is tried again in {pause:.1f} s.")
                self._stopping.wait(pause)
                continue
            if process is None:
                return
            code = process.wait()
            if self._stopping.is_set():
                return
            alive = time.monotonic() - began
            if code == watchdog.FLOOD_EXIT_CODE:
                self._leave_to_a_person(alive, self.last_words(log_began))
                return
            pause = self._backoff.after(alive, pause)
            self._mourn(code, alive, pause, self.last_words(log_began))
            self._stopping.wait(pause)

    def _tell(self, sentence: str) -> None:
        """Whoever listens may write to a full disk; the child is kept alive all the same."""
        with contextlib.suppress(OSError):
            self._say(sentence)

    def _log_bytes(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _mourn(self, code: int, alive: float, pause: float, words: str) -> None:
        said = f" It said: {words}" if words else ""
        self._tell(f"{self.program.name} {how(code)} after {alive:.1f} s; it starts again in {pause:.1f} s.{said}")

    def _leave_to_a_person(self, alive: float, words: str) -> None:
        """The next start would only make more dead letters."""
        ended = f"{self.program.name} {how(watchdog.FLOOD_EXIT_CODE)} after {alive:.1f} s"
        self._tell(f"{ended}; it stays down until all of this is started again. It said: {words}")

    def _launch(self) -> "subprocess.Popen[bytes] | None":
        with self._turn:  # so that nothing is born after the end was decided
            if self._stopping.is_set():
                return None
            self.restarts += self._process is not None
            self._process = _spawn(self.program, self.log)
            return self._process

    def _signal(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended between the two lines
                os.killpg(process.pid, number)


def _spawn(program: Program, log: Path) -> "subprocess.Popen[bytes]":
    """In its own session, so that Ctrl-C reaches only us; killed by the kernel when we die (broker_child.become)."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", broker_child.__file__, str(os.getpid()), *program.command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | program.environment,
            start_new_session=True,
        )


def how(code: int) -> str:
    """How a process ended, from its exit code as Python gives it."""
    if code == watchdog.EXIT_CODE:
        return "was ended by its watchdog"
    if code == watchdog.FLOOD_EXIT_CODE:
        return "stopped on purpose"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
