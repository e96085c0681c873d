"""Looking at a broker without a consumer group: heartbeats, the age of an unread record, single records."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer

from contracts.flow import HEALTH_TOPIC, topic_name
from contracts.health import Heartbeat
from runtime.kafka.connect import reach
from runtime.kafka.heartbeats import Heartbeats
from runtime.kafka.peeking import FEW_BYTES, Peeking
from runtime.local.broker import ApacheKafka, InMemoryKafka
from runtime.worker.heartbeat import record
from tests.waiting import PATIENCE_SECONDS, eventually

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
MS = 1000
TOPIC = topic_name("intake")


@pytest.fixture(params=["apache", "in memory"])
def bootstrap(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "apache":
        kafka: ApacheKafka = request.getfixturevalue("own_kafka")
        yield kafka.bootstrap
        return
    broker = InMemoryKafka()
    broker.start()
    yield broker.bootstrap
    broker.stop()


def say(bootstrap: str, topic: str, *values: tuple[bytes, bytes, int]) -> None:
    producer = KafkaProducer(**reach(bootstrap).producer_options)
    for key, value, milliseconds in values:
        producer.send(topic, key=key, value=value, timestamp_ms=milliseconds, partition=0)
    producer.flush()
    producer.close()


def test_the_latest_heartbeat_of_each_worker_counts_and_noise_does_not(bootstrap: str) -> None:
    beats = [
        Heartbeat(service="billing", worker=worker, version="1", started=NOW, at=NOW, calls=calls)
        for worker, calls in (("1", 3), ("2", 5), ("1", 4))
    ]
    said = [(each.key or b"", each.value or b"", int(NOW.timestamp()) * MS) for each in map(record, beats)]
    say(bootstrap, HEALTH_TOPIC, *said[:2], (b"billing/1", b"{", 1), (b"someone/else", said[0][1], 1))
    heartbeats = Heartbeats(bootstrap)
    assert {key: each.calls for key, each in heartbeats.look().items()} == {"billing/1": 3, "billing/2": 5}
    say(bootstrap, HEALTH_TOPIC, said[2])
    assert {key: each.calls for key, each in heartbeats.look().items()} == {"billing/1": 4, "billing/2": 5}
    heartbeats.close()


def test_the_time_of_the_oldest_unread_record_is_that_of_the_record_itself(bootstrap: str) -> None:
    began = int(NOW.timestamp()) * MS
    say(bootstrap, TOPIC, *((b"k", b"x" * 3000, began + number * MS) for number in range(20)))
    peeking = Peeking(bootstrap)
    first = peeking.bounds(TOPIC)[TOPIC, 0][0]
    (eighth,) = peeking.records({(TOPIC, 0): first + 7}, most=1)  # Apache Kafka keeps its own time, not the publisher's
    assert peeking.times({(TOPIC, 0): first + 7}) == {(TOPIC, 0): eighth.timestamp_ms}
    assert peeking.times({(TOPIC, 0): peeking.bounds(TOPIC)[TOPIC, 0][1]}) == {}, "nothing lies at the end"
    assert peeking.times({}) == {}
    found = peeking.records({(TOPIC, 0): first + 15}, most=50)
    assert [each.offset for each in found] == [first + number for number in range(15, 20)]
    peeking.close()


def test_a_look_at_one_record_does_not_fetch_those_behind_it(own_kafka: ApacheKafka) -> None:
    for number in range(5):  # each a batch of its own, which is the least that a broker gives
        say(own_kafka.bootstrap, TOPIC, (b"k", b"x" * 50_000, number))
    fetched = {}
    for name, peeking in {
        "one": Peeking(own_kafka.bootstrap, at_once=FEW_BYTES),
        "all": Peeking(own_kafka.bootstrap),
    }.items():
        last = peeking.bounds(TOPIC)[TOPIC, 0][1]
        assert peeking.times({(TOPIC, 0): last - 5})
        fetched[name] = peeking._connected().metrics()["consumer-fetch-manager-metrics"]["fetch-size-max"]
        peeking.close()
    assert fetched["one"] < 100_000 < 200_000 < fetched["all"]


def test_a_look_does_not_wait_at_what_was_taken_back(own_kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """Markers and taken back records are at the end of a partition for ever: each look at it waited three seconds."""
    peeking, topic = Peeking(own_kafka.bootstrap), topic_name("review")
    say(own_kafka.bootstrap, topic, (b"said", b"v", 1))
    producer = Producer({"bootstrap.servers": own_kafka.bootstrap, "transactional.id": "takes back"})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, b"v", b"taken back", partition=0)
    producer.flush()
    producer.abort_transaction()
    eventually(lambda: peeking.bounds(topic)[topic, 0][1] >= 3)  # the marker is written a moment after the yes
    end = peeking.bounds(topic)[topic, 0][1]
    monkeypatch.setattr("runtime.kafka.peeking.PATIENCE_SECONDS", PATIENCE_SECONDS)
    began = time.monotonic()
    for at in range(3):
        found = peeking.records({(topic, 0): end - 3 + at}, most=50)
        assert [each.record.key for each in found] == [b"said"] * (at == 0)
    assert time.monotonic() - began < PATIENCE_SECONDS
    peeking.close()
