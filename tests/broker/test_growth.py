"""More partitions for every topic on a real broker: refused until all is read, then nobody overtakes anybody."""

from collections import defaultdict
from uuid import uuid4

import pytest
from confluent_kafka import Consumer
from kafka import OffsetAndMetadata, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import COMMAND_TOPICS, PARTITIONS, SERVICES, TOPICS, group_id, topic_name
from runtime.kafka import topics
from runtime.kafka.connect import admin
from runtime.kafka.growth import Grown, NotYet, grow
from runtime.kafka.lag import lag
from runtime.kafka.publisher import Publisher
from runtime.local.broker import ApacheKafka
from runtime.settings import Settings
from runtime.worker.consuming import taken_topics

MANY = 24
REVIEW, COMMANDS = topic_name("review"), topic_name("commands")
KEYS = [str(uuid4()).encode() for _ in range(40)]
SECONDS = 60.0


def test_a_service_that_takes_no_commands_reads_all_else() -> None:
    quiet = Settings(takes_commands=False, _env_file=None)  # type: ignore[call-arg,unused-ignore]
    assert COMMANDS not in taken_topics("intake", quiet)
    assert topic_name("billing") in taken_topics("intake", quiet)
    assert not {*COMMAND_TOPICS} & {*taken_topics("intake", quiet)}
    assert {*COMMAND_TOPICS} <= {*taken_topics("intake", quiet.model_copy(update={"takes_commands": True}))}


def test_six_become_twenty_four_and_no_key_overtakes_itself(
    own_kafka: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: dict[bytes, list[int]] = defaultdict(list)
    _say(own_kafka, 0, 10)
    with pytest.raises(NotYet, match=r"records of cancellation\.review to read: .*TUIDING_TAKES_COMMANDS=false"):
        grow(own_kafka.bootstrap, MANY)
    reader = _reader(own_kafka)
    _hear(reader, heard, 10 * len(KEYS))
    reader.commit(asynchronous=False)
    _everything_else_is_read(own_kafka)
    with pytest.raises(NotYet, match=r"^tuiding-billing still have workers"):
        grow(own_kafka.bootstrap, MANY)
    reader.close()
    with Publisher(own_kafka.bootstrap) as publisher:
        publisher.publish([], KEYS[0], b"waits", COMMANDS)  # a channel does not know that we grow
    assert set(grow(own_kafka.bootstrap, MANY)) == {Grown(each.name, PARTITIONS, MANY) for each in TOPICS}
    assert grow(own_kafka.bootstrap, MANY) == [], "cut short, it may be run again"
    with pytest.raises(NotYet, match="has 24 partitions already"):
        grow(own_kafka.bootstrap, PARTITIONS)
    _say(own_kafka, 10, 20)
    again = _reader(own_kafka)
    _hear(again, heard, 20 * len(KEYS))
    again.close()
    assert {key: numbers for key, numbers in heard.items() if numbers != [*range(20)]} == {}
    assert {drift.what for drift in topics.verify(own_kafka.bootstrap)} == {"partitions"}
    monkeypatch.setenv("TUIDING_PARTITIONS", str(MANY))
    assert topics.verify(own_kafka.bootstrap) == []


def _say(kafka: ApacheKafka, first: int, end: int) -> None:
    with Publisher(kafka.bootstrap) as publisher:
        for number in range(first, end):
            for key in KEYS:
                publisher.publish([], key, b"%d" % number, REVIEW)


def _reader(kafka: ApacheKafka) -> Consumer:
    """As a worker of billing."""
    more = {"auto.offset.reset": "earliest", "enable.auto.commit": False}
    reader = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group_id("billing"), **more})
    reader.subscribe([REVIEW])
    return reader


def _hear(reader: Consumer, heard: dict[bytes, list[int]], total: int) -> None:
    while sum(map(len, heard.values())) < total:
        record = reader.poll(SECONDS)
        assert record is not None and record.error() is None
        heard[record.key() or b""].append(int(record.value() or b""))


def _everything_else_is_read(kafka: ApacheKafka) -> None:
    """The other services' groups have read review's topic to its end."""
    behind = [each for each in lag(kafka.bootstrap) if each.behind and each.group != group_id("billing")]
    with admin(kafka.bootstrap) as (client, _):
        for service in SERVICES:
            if offsets := {
                TopicPartition(each.topic, each.partition): OffsetAndMetadata(each.end, "", -1)
                for each in behind
                if each.group == group_id(service.name)
            }:
                client.alter_group_offsets(group_id(service.name), offsets)
    assert not [each for each in lag(kafka.bootstrap) if each.behind and each.topic == REVIEW]
