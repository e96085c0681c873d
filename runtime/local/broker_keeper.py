"""Brings the development broker back when it dies under us."""

import threading

import psutil

from runtime.kafka.connect import BrokerTrouble
from runtime.local.broker import Broker
from runtime.local.child import Backoff, Say

LOOK_SECONDS = 0.25


class BrokerKeeper:
    """Only for a broker that is a process of its own; somebody who stops it on purpose is left alone."""

    def __init__(self, broker: Broker, say: Say) -> None:
        self.restarts = 0
        self._broker, self._say = broker, say
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper of kafka", daemon=True)

    @property
    def process(self) -> psutil.Process | None:
        """None for a broker that is not ours, or none at this moment."""
        pid = self._pid
        try:
            return None if pid is None else psutil.Process(pid)
        except psutil.NoSuchProcess:
            return None

    @property
    def _pid(self) -> int | None:
        return getattr(self._broker, "pid", None)

    def start(self) -> None:
        self._broker.start()
        if self._pid is not None:
            self._keeper.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self._broker.stop()

    def _keep(self) -> None:
        pause = 0.0
        while not self._stopping.wait(LOOK_SECONDS):
            if self._pid is None or self.process:
                pause = 0.0
                continue
            pause = Backoff().after(0.0, pause)
            self._say(f"kafka has ended; it starts again in {pause:.1f} s.")
            if not self._stopping.wait(pause):
                self._bring_back()

    def _bring_back(self) -> None:
        try:
            self._broker.start()
            self.restarts += 1
        except BrokerTrouble as trouble:
            self._say(str(trouble))
