"""Which Kafka a command talks to: the one it was given, Apache Kafka started here, or one in memory."""

from pathlib import Path
from typing import Protocol

from runtime.kafka.connect import BrokerProblem
from runtime.local import broker_jars
from runtime.local.broker_apache import ApacheKafka
from runtime.local.broker_jars import Say
from runtime.local.broker_memory import InMemoryKafka

__all__ = ["ApacheKafka", "Broker", "BrokerProblem", "ExternalKafka", "InMemoryKafka", "choose"]


class Broker(Protocol):
    bootstrap: str  # host:port; final after start()
    warning: str | None  # what the user must know before trusting it with anything

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...


class ExternalKafka:
    """Somebody else's cluster: it is not ours to start or to stop."""

    warning: str | None = None

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    def start(self) -> None:
        pass

    stop = kill = start


def choose(external: str | None, data_dir: Path, port: int, say: Say = print, secure: bool = False) -> Broker:
    """Not started yet. `data_dir`, `port` and `secure` are for the Apache Kafka that would run here."""
    if external:
        return ExternalKafka(external)
    if broker_jars.java() and (broker_jars.ready() or broker_jars.maven()):
        return ApacheKafka(data_dir, port, say, secure=secure)
    if secure:
        raise BrokerProblem("A secured broker is Apache Kafka itself: install Java 17 and Maven.")
    broker = InMemoryKafka()
    say(str(broker.warning))
    return broker
