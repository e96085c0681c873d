"""Which Kafka a command talks to: the one it was given, Apache Kafka started here, or one in memory."""

from pathlib import Path
from typing import Protocol

from runtime.kafka.connect import BrokerProblem
from runtime.local import broker_jars
from runtime.local.broker_apache import ApacheKafka
from runtime.local.broker_cluster import KafkaCluster
from runtime.local.broker_jars import Say
from runtime.local.broker_memory import InMemoryKafka

__all__ = ["ApacheKafka", "Broker", "BrokerProblem", "ExternalKafka", "InMemoryKafka", "KafkaCluster", "choose"]


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


def choose(
    external: str | None, data_dir: Path, port: int, say: Say = print, secure: bool = False, brokers: int = 1
) -> Broker:
    """Not started yet. What is not `external` is for the Apache Kafka that would run here."""
    if external:
        return ExternalKafka(external)
    if broker_jars.java() and (broker_jars.ready() or broker_jars.maven()):
        if brokers > 1:
            return KafkaCluster(data_dir, port, say, secure=secure, brokers=brokers)
        return ApacheKafka(data_dir, port, say, secure=secure)
    if secure or brokers > 1:
        raise BrokerProblem("A secured broker, or several, are Apache Kafka itself: install Java 17 and Maven.")
    broker = InMemoryKafka()
    say(str(broker.warning))
    return broker
