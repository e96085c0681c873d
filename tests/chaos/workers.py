"""One worker of one service as a real process that can be killed, stopped, taken down and brought back."""

import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import psutil

from runtime.local.broker_apache import free_port
from runtime.local.child import Backoff, Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from tests.chaos import wrong_clock
from tests.chaos.machines import Machine
from tests.chaos.unlucky import orders

LONGEST_PAUSE_SECONDS = 5.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 0.05
WATCHDOG, FLOOD = "was ended by its watchdog", "dead letters within a minute"


def drawn_pause(dice: random.Random) -> Backoff:
    """Back after 0 to 5 s, whatever happened."""

    class Drawn(Backoff):
        def after(self, alive_seconds: float, last_pause: float) -> float:
            return dice.uniform(0, LONGEST_PAUSE_SECONDS)

    return Drawn()


def _program(service: str, release: str) -> tuple[str, ...]:
    """Another release takes no orders; -P: it does not find ours where it is started."""
    return ("-P", "-m", f"services.{service}") if release else ("-m", "tests.chaos.unlucky", service)


class Worker:
    """Kept alive by production's own keeper; its program is production's with orders from outside."""

    def __init__(
        self,
        service: str,
        number: int,
        settings: Settings,
        dice: random.Random,
        machine: Machine | None = None,
        release: str = "",
    ) -> None:
        self.machine, self.service, self.number = machine, service, number
        self.name = f"{service}-{number}"
        self.ends: Counter[str] = Counter()  # how its processes ended
        self.said: list[str] = []
        port = free_port()
        host = machine.door if machine else settings.host
        own = settings.model_copy(update={"worker": str(number), "port": port, "host": host, "allowed_hosts": host})
        command = (*(machine.enter if machine else ()), sys.executable, *_program(service, release))
        clock = {wrong_clock.FILE: str(orders(settings.data).clock(machine.name))} if machine else {}
        environment = as_environment(own) | clock | ({"PYTHONPATH": release} if release else {})
        self.program = Program(self.name, command, port, "/readyz", environment)
        self.address = f"http://{host}:{port}"
        self.log = Path(settings.data) / "log" / f"{self.name}.log"
        self._pause = drawn_pause(dice)
        self._child: Child | None = None

    def start(self) -> None:
        self._child = Child(self.program, self.log, self._say, self._pause)
        self._child.start()

    def ask_to_stop(self) -> None:
        if self._child:
            self._child.ask_to_end()

    def stop(self) -> None:
        if self._child:
            self._child.ask_to_end()
            self._child.ended_by(time.monotonic() + STOP_SECONDS)
            self._child = None

    def _say(self, sentence: str) -> None:
        self.said.append(sentence)
        how = "watchdog" if WATCHDOG in sentence else "killed" if "SIGKILL" in sentence else "ended"
        self.ends["flood" if FLOOD in sentence else how] += 1

    @property
    def process(self) -> psutil.Process | None:
        return self._child.process if self._child else None

    def signal(self, number: signal.Signals) -> bool:
        """False when there is nobody to signal just now."""
        process = self.process
        if process is None:
            return False
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return False
        return True

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", trust_env=False, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def wait_ready(self, patience_seconds: float) -> bool:
        deadline = time.monotonic() + patience_seconds
        while not (self.process and self.is_ready()):
            if time.monotonic() > deadline:
                return False
            time.sleep(LOOK_SECONDS)
        return True

    def logged(self, words: str) -> int:
        """How often its log says so."""
        return self.log.read_text(errors="replace").count(words) if self.log.exists() else 0
