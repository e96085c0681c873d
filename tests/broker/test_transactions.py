"""Transactions and clocks of publishers, on the real broker: what is read, how long it is kept, what counts as lag."""

import time
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from kafka.admin import ConfigResource, ConfigResourceType  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import topic_name
from insight.history import history
from runtime.kafka import topics
from runtime.kafka.connect import admin
from runtime.kafka.lag import lag
from runtime.kafka.reader import Reading
from runtime.local.broker import ApacheKafka
from tests.contracts.sound import record_of
from tests.waiting import eventually

COMMANDS = topic_name("commands")
CLOCKS = {
    "1970": 1_000,
    "seconds": 1_790_000_000,
    "microseconds": 1_790_000_000_000_000,
    "2100": 4_102_444_800_000,
    "now": None,
}
SOUND = record_of("cancellation.submit.v1")


@pytest.fixture(scope="module")
def bootstrap(own_kafka: ApacheKafka) -> str:
    return own_kafka.bootstrap


def transaction(bootstrap: str, key: bytes, ending: str, topic: str = COMMANDS) -> Producer:
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": str(uuid4())})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, key=key, value=SOUND.value, headers=list(SOUND.headers), partition=0)
    producer.flush()
    if ending == "committed":
        producer.commit_transaction()
    if ending == "aborted":
        producer.abort_transaction()
    return producer


def keys(bootstrap: str) -> list[bytes | None]:
    with Reading(bootstrap, [COMMANDS]) as reading:
        return [each.record.key for batch in reading.records() for each in batch]


def test_only_what_was_committed_is_read_and_every_reading_comes_to_its_end(bootstrap: str) -> None:
    """Replay's reader and the report's: an aborted yes was never said, an open one holds up nobody."""
    for ending in ("committed", "aborted", "committed", "aborted"):
        transaction(bootstrap, ending.encode(), ending)
    eventually(lambda: keys(bootstrap) == [b"committed", b"committed"])  # a broker marks the end a moment after its yes
    hanging = transaction(bootstrap, b"hanging", "open")
    assert keys(bootstrap) == [b"committed", b"committed"]
    with history(bootstrap, ["commands"]) as told:
        assert sum(1 for part in told.partitions for each in part if each is not None) == 2
    hanging.abort_transaction()
    assert keys(bootstrap) == [b"committed", b"committed"]


def test_lag_counts_neither_an_open_transaction_nor_is_it_ever_negative(bootstrap: str) -> None:
    hanging = transaction(bootstrap, b"hanging", "open", topic_name("review"))
    try:
        assert {each.behind for each in lag(bootstrap) if each.topic == topic_name("review")} == {0}
    finally:
        hanging.abort_transaction()


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_record_is_kept_by_the_brokers_time_whatever_its_publisher_says(bootstrap: str, clock: str) -> None:
    began, producer, mine = time.time() * 1000, Producer({"bootstrap.servers": bootstrap}), f"clock {clock}".encode()
    producer.produce(COMMANDS, key=mine, value=b"{}", partition=1, timestamp=CLOCKS[clock] or int(began))
    producer.flush()
    with Reading(bootstrap, [COMMANDS]) as reading:
        found = [each for batch in reading.records() for each in batch if each.record.key == mine]
    assert [began - 5000 <= each.timestamp_ms <= time.time() * 1000 + 5000 for each in found] == [True]


def test_a_topic_whose_settings_would_lose_records_is_named_and_mended(bootstrap: str) -> None:
    bad = {"message.timestamp.type": "CreateTime", "retention.bytes": "1000"}
    with admin(bootstrap) as (client, _):
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, COMMANDS, bad)])
    drifts = eventually(lambda: topics.verify(bootstrap))
    assert {(each.topic, each.wanted.partition("=")[0]) for each in drifts} == {(COMMANDS, name) for name in bad}
    topics.apply(bootstrap)
    assert topics.verify(bootstrap) == []
