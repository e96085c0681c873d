"""Brings the development broker, or each of several, back when it dies under us."""

import threading
from collections.abc import Sequence

import psutil

from runtime.kafka.connect import BrokerTrouble
from runtime.local.broker import Broker
from runtime.local.child import Backoff, Say

LOOK_SECONDS = 0.25


class BrokerKeeper:
    """Only for brokers that are processes of their own; somebody who stops one on purpose is left alone."""

    def __init__(self, broker: Broker, say: Say) -> None:
        self.restarts = 0
        self._broker, self._say = broker, say
        self._nodes: Sequence[Broker] = getattr(broker, "nodes", [broker])
        self._stopping = threading.Event()
        self._keepers = [
            threading.Thread(target=self._keep, args=(name, node), name=f"keeper of {name}", daemon=True)
            for name, node in self._named.items()
        ]

    @property
    def _named(self) -> dict[str, Broker]:
        return {"kafka" if number == 1 else f"kafka-{number}": node for number, node in enumerate(self._nodes, 1)}

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """By name; empty for a broker that is not ours. One that is down at this moment is left out."""
        return {name: process for name, node in self._named.items() if (process := _process(node))}

    def start(self) -> None:
        self._broker.start()
        if _pid(self._nodes[0]) is not None:
            for keeper in self._keepers:
                keeper.start()

    def stop(self) -> None:
        self._stopping.set()
        for keeper in self._keepers:
            if keeper.is_alive():
                keeper.join()
        self._broker.stop()

    def _keep(self, name: str, node: Broker) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            if _pid(node) is not None and not _process(node):
                self._bring_back(name, node)

    def _bring_back(self, name: str, node: Broker) -> None:
        """As often as it takes: what it died of may be away only later, as a full disk is."""
        pause = Backoff().first_seconds
        self._say(f"{name} has ended; it starts again in {pause:.1f} s.")
        while not self._stopping.wait(pause):
            try:
                node.start()
            except BrokerTrouble as trouble:
                pause = Backoff().after(0.0, pause)
                self._say(f"{trouble}\n{name} is started again in {pause:.1f} s.")
            else:
                self.restarts += 1
                return


def _pid(node: Broker) -> int | None:
    return getattr(node, "pid", None)


def _process(node: Broker) -> psutil.Process | None:
    pid = _pid(node)
    try:
        return None if pid is None else psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None
