"""A real Apache Kafka for every test that wants one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.kafka import diagnosis, granting, heartbeats, peeking, topics
from runtime.local import broker_jars
from runtime.local.broker import ApacheKafka
from tests.waiting import PATIENCE_SECONDS, eventually

LOOK_SECONDS = 15


@pytest.fixture
def time_to_say_no(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy broker takes longer to refuse somebody than a person at a terminal would wait."""
    monkeypatch.setattr(diagnosis, "PROBE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture(autouse=True)
def time_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was not told in three seconds looks again; a test that looks once gives a busy broker longer."""
    for module in (heartbeats, peeking):
        monkeypatch.setattr(module, "GONE_MS", 1000 * LOOK_SECONDS)
        monkeypatch.setattr(module, "PATIENCE_SECONDS", LOOK_SECONDS)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """Started, with the topics of flow.py; shared, so leave its topics as they are."""
    yield from _running(tmp_path_factory.mktemp("kafka"))


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """The same for one module, which may do with it what it likes: kill it, change its topics."""
    yield from _running(tmp_path_factory.mktemp("own-kafka"))


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApacheKafka]:
    """With TLS, users and exactly our rights; shared, so leave it as it was."""
    broker = ApacheKafka(tmp_path_factory.mktemp("secured"), 0, secure=True)
    broker.start()
    try:
        with_rights(broker)
        yield broker
    finally:
        broker.stop()


def _running(folder: Path) -> Iterator[ApacheKafka]:
    if broker_jars.java() is None or not (broker_jars.ready() or broker_jars.maven()):
        pytest.fail("Java 17 and Maven are needed to run Apache Kafka")
    broker = ApacheKafka(folder, 0)
    broker.start()
    try:
        topics.apply(broker.bootstrap)
        yield broker
    finally:
        broker.stop()


def with_rights(secured: ApacheKafka) -> None:
    """The topics, and who may do what with them: the broker goes by it a moment after it has said yes."""
    topics.apply(secured.bootstrap, security=secured.security())
    granting.apply_rights(secured.bootstrap, security=secured.security())
    eventually(lambda: granting.compare(secured.bootstrap, security=secured.security()) == [])
