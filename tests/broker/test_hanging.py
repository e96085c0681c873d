"""A publisher begins a transaction and vanishes: it is seen by everybody who looks, and one command ends it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException, Producer

from contracts.flow import HEALTH_TOPIC, command_topic
from contracts.health import Heartbeat
from contracts.words import Channel
from runtime.kafka import aborting, uncommitted
from runtime.kafka.heartbeats import Heartbeats
from runtime.kafka.lag import Lag, lag
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.local.broker import ApacheKafka
from runtime.worker.heartbeat import record
from services.console.watched.broker import Broker
from services.console.watched.watch import Watch
from tests.broker.test_looking import NOW
from tests.waiting import PATIENCE_SECONDS, eventually

APP = command_topic(Channel.APP)
HEADERS: list[tuple[str, str | bytes | None]] = [("ce_source", b"/channels/app")]


@pytest.fixture
def bootstrap(own_kafka: ApacheKafka) -> str:
    return own_kafka.bootstrap


@pytest.fixture
def hanging(bootstrap: str) -> Iterator[Producer]:
    """On two partitions, with a committed record behind it on each."""
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": str(uuid4())})
    producer.init_transactions()
    producer.begin_transaction()
    for partition in (0, 3):
        producer.produce(APP, key=b"hangs", value=b"{}", headers=HEADERS, partition=partition)
    assert producer.flush(PATIENCE_SECONDS) == 0
    behind = Producer({"bootstrap.servers": bootstrap})
    for partition in (0, 3):
        behind.produce(APP, key=b"waits", value=b"{}", partition=partition)
    assert behind.flush(PATIENCE_SECONDS) == 0
    yield producer


def standing(bootstrap: str) -> list[uncommitted.Uncommitted]:
    return uncommitted.look(bootstrap, lag(bootstrap), 5)


def keys(bootstrap: str) -> list[bytes | None]:
    with Reading(bootstrap, [APP]) as reading:
        return [each.record.key for batch in reading.records() for each in batch]


def tuiding(bootstrap: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TUIDING_KAFKA": bootstrap}
    return subprocess.run(
        [sys.executable, "-m", "cli", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_it_is_seen_by_lag_and_console_and_one_command_takes_back_all_of_it(bootstrap: str, hanging: Producer) -> None:
    began = time.time()
    found = sorted(standing(bootstrap), key=lambda each: each.partition)
    assert [(each.topic, each.partition, each.records, each.source) for each in found] == [
        (APP, 0, 2, "/channels/app"),
        (APP, 3, 2, "/channels/app"),
    ]
    assert all(0 <= each.seconds < PATIENCE_SECONDS for each in found)
    lines = json.loads(tuiding(bootstrap, "lag", "--json").stdout)
    shown = {each["partition"]: each["uncommitted"] for each in lines if each["topic"] == APP}
    assert shown == {0: 2, 1: 0, 2: 0, 3: 2, 4: 0, 5: 0} and {each["behind"] for each in lines} == {0}
    console = Watch(Broker(bootstrap))
    first = {(each.topic, each.partition): each for each in console._look().open}
    assert {place: each.records for place, each in first.items()} == {(APP, 0): 2, (APP, 3): 2}
    again = eventually(lambda: [each for each in console._look().open if each.seconds > time.time() - began - 10])
    assert {(each.topic, each.partition) for each in again} <= first.keys()

    ended = tuiding(bootstrap, "topics", "abort", APP, "0", "--yes", "--json")
    assert json.loads(ended.stdout)["partition"] == 0, ended
    eventually(lambda: standing(bootstrap) == [])
    assert keys(bootstrap).count(b"waits") == 2 and b"hangs" not in keys(bootstrap)
    with pytest.raises(KafkaException, match=r"(?i)fenced|epoch"):
        hanging.commit_transaction(10)
    nothing = tuiding(bootstrap, "topics", "abort", APP, "0", "--yes")
    assert nothing.returncode == 4 and "nothing to end" in nothing.stderr


def test_what_goes_in_and_out_all_the_time_is_no_transaction(bootstrap: str) -> None:
    """Records come between the two questions; nobody may take those for uncommitted ones."""
    with Publisher(bootstrap) as publisher:
        for _ in range(3):
            for number in range(20):
                publisher.publish([], b"k%d" % number, b"{}", APP)
            assert [each for each in lag(bootstrap) if each.uncommitted] == []
    assert Lag(APP, 0, "tuiding-intake", 3, 3).uncommitted == 0


def test_a_partition_that_is_not_there_is_named(bootstrap: str) -> None:
    with pytest.raises(Exception, match=APP.replace(".", r"\.") + r"|partition"):
        aborting.abort(bootstrap, APP, 99)
    assert tuiding(bootstrap, "topics", "abort", "cancellation.comands", "0", "--yes").returncode == 4


def test_a_transaction_on_the_topic_of_heartbeats_silences_nobody(bootstrap: str) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": str(uuid4())})
    producer.init_transactions()
    producer.begin_transaction()
    for partition in range(6):
        producer.produce(HEALTH_TOPIC, key=b"noise", value=b"{}", partition=partition)
    producer.flush()
    beat = record(Heartbeat(service="billing", worker="1", version="1", started=NOW, at=NOW))
    with Publisher(bootstrap) as publisher:
        publisher.publish([], beat.key or b"", beat.value or b"", HEALTH_TOPIC)
    heartbeats = Heartbeats(bootstrap)
    try:
        assert set(heartbeats.look()) == {"billing/1"}
    finally:
        heartbeats.close()
        producer.abort_transaction()
