"""The topics of flow.py on a broker: created once, kept in step, and how far they have been read."""

from contextlib import closing

import pytest
from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.admin import ConfigResource, ConfigResourceType  # type: ignore[import-untyped,unused-ignore]
from kafka.structs import OffsetAndMetadata  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import SERVICES, TOPICS
from runtime.kafka import topics
from runtime.kafka.connect import admin, reach
from runtime.kafka.peeking import Peeking
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.local.broker import ApacheKafka, InMemoryKafka
from runtime.local.broker import Broker as Running
from runtime.local.broker_apache import free_port
from services.console.watched.broker import Broker
from services.console.watched.watch import Watch
from tests.waiting import eventually

LETTERS = "cancellation.console.dead-letter"
COMMANDS = "cancellation.commands"


def test_applying_twice_changes_nothing_the_second_time(own_kafka: ApacheKafka) -> None:
    delete(own_kafka, [topic.name for topic in TOPICS])
    assert {change.topic for change in topics.apply(own_kafka.bootstrap)} == {topic.name for topic in TOPICS}
    assert topics.apply(own_kafka.bootstrap) == []
    assert topics.verify(own_kafka.bootstrap) == []


def test_a_missing_topic_is_reported_and_created(own_kafka: ApacheKafka) -> None:
    delete(own_kafka, [LETTERS])
    assert topics.verify(own_kafka.bootstrap) == [topics.Drift(LETTERS, "missing", "6 partitions", "no topic")]
    assert topics.apply(own_kafka.bootstrap) == [topics.Change(LETTERS, "created", "6 partitions, 1 replicas")]


def test_a_changed_setting_is_reported_and_put_back(own_kafka: ApacheKafka) -> None:
    with admin(own_kafka.bootstrap) as (client, _):
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, COMMANDS, {"retention.ms": "60000"})])
    wanted = f"retention.ms={TOPICS[0].config['retention.ms']}"
    found = [topics.Drift(COMMANDS, "config", wanted, "60000")]
    assert first_drift(own_kafka) == Watch(Broker(own_kafka.bootstrap))._look().drifts == found
    assert topics.apply(own_kafka.bootstrap) == [topics.Change(COMMANDS, "configured", f"{wanted} (was 60000)")]
    assert topics.verify(own_kafka.bootstrap) == []


def test_what_would_delete_records_is_left_and_told_until_somebody_says_so(own_kafka: ApacheKafka) -> None:
    with admin(own_kafka.bootstrap) as (client, _):
        kept = {"retention.ms": "-1", "compression.type": "zstd"}
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, COMMANDS, kept)])
    eventually(lambda: len(topics.verify(own_kafka.bootstrap)) == len(kept))
    changed, left = topics.apply(own_kafka.bootstrap)
    assert changed == topics.Change(COMMANDS, "configured", "compression.type=uncompressed (was zstd)")
    assert (left.topic, left.what) == (COMMANDS, "left") and left.detail.startswith(
        "retention.ms=-1: with 34560000000 "
    )
    assert [each.found for each in topics.verify(own_kafka.bootstrap)] == ["-1"]
    assert [each.what for each in topics.apply(own_kafka.bootstrap, delete_older=True)] == ["configured"]
    assert topics.verify(own_kafka.bootstrap) == []


@pytest.mark.parametrize("packing", ["gzip", "snappy", "lz4", "zstd"])
def test_what_was_packed_while_a_topic_was_set_otherwise_is_read_by_all_who_look(
    own_kafka: ApacheKafka, packing: str
) -> None:
    """Putting the setting back does not unpack what lies there, for four hundred days."""
    with admin(own_kafka.bootstrap) as (client, _):
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, LETTERS, {"compression.type": packing})])
    eventually(lambda: topics.verify(own_kafka.bootstrap))
    said = f"packed by {packing} ".encode() * 40
    with Publisher(own_kafka.bootstrap) as publisher:
        stored = publisher.publish([], b"r-1", said, LETTERS)
    assert [each.what for each in topics.apply(own_kafka.bootstrap)] == ["configured"]
    with closing(Peeking(own_kafka.bootstrap)) as peeking:
        peeked = peeking.records({(LETTERS, stored.partition): stored.offset}, 1)
    with Reading(own_kafka.bootstrap, [LETTERS]) as reading:
        read = [each.record.value for batch in reading.records() for each in batch]
    assert [each.record.value for each in peeked] == [said] and said in read


def test_a_topic_that_is_compacted_is_put_right_without_being_asked(own_kafka: ApacheKafka) -> None:
    """It loses records all the while, of one request all but the last."""
    with admin(own_kafka.bootstrap) as (client, _):
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, COMMANDS, {"cleanup.policy": "compact"})])
    assert [each.remedy for each in first_drift(own_kafka)] == ["tuiding topics apply"]
    (change,) = topics.apply(own_kafka.bootstrap)
    assert change == topics.Change(COMMANDS, "configured", "cleanup.policy=delete (was compact)")
    assert topics.verify(own_kafka.bootstrap) == []


def test_another_number_of_partitions_is_reported_and_left_alone(own_kafka: ApacheKafka) -> None:
    with admin(own_kafka.bootstrap) as (client, _):
        client.create_partitions({LETTERS: 7})
    assert first_drift(own_kafka) == [topics.Drift(LETTERS, "partitions", "6", "7")]
    assert topics.apply(own_kafka.bootstrap) == []
    assert topics.verify(own_kafka.bootstrap) == [topics.Drift(LETTERS, "partitions", "6", "7")]
    delete(own_kafka, [LETTERS])
    topics.apply(own_kafka.bootstrap)


def test_a_topic_of_ours_that_nobody_declared_is_reported(own_kafka: ApacheKafka) -> None:
    with admin(own_kafka.bootstrap) as (client, _):
        client.create_topics(["cancellation.comands", "somebody.elses"], wait_for_metadata=True)
    found = topics.verify(own_kafka.bootstrap)
    delete(own_kafka, ["cancellation.comands", "somebody.elses"])
    assert found == [topics.Drift("cancellation.comands", "unknown", "no such topic", "1 partitions")]


def test_a_misspelt_topic_is_not_created_by_writing_to_it(own_kafka: ApacheKafka) -> None:
    with Publisher(own_kafka.bootstrap, delivery_seconds=1) as publisher, pytest.raises(topics.BrokerTrouble):
        publisher.publish([], b"r-1", b"{}", "cancellation.comands")
    assert topics.verify(own_kafka.bootstrap) == []


def test_the_in_memory_broker_gets_the_topics_and_says_what_it_cannot_check(in_memory: InMemoryKafka) -> None:
    assert len(topics.apply(in_memory.bootstrap)) == len(TOPICS)
    assert topics.apply(in_memory.bootstrap) == []
    assert [drift.what for drift in topics.verify(in_memory.bootstrap)] == ["unchecked"]


def test_before_anything_was_read_every_reader_of_every_topic_is_listed(kafka: ApacheKafka) -> None:
    listed = {(line.group, line.topic) for line in topics.lag(kafka.bootstrap)}
    assert listed >= {(f"tuiding-{s.name}", f"cancellation.{short}") for s in SERVICES for short in s.reads}


def test_lag_counts_what_a_service_has_not_read_on_apache_kafka(kafka: ApacheKafka) -> None:
    assert_lag_counts_what_is_unread(kafka)


def test_lag_counts_what_a_service_has_not_read_in_memory(in_memory: InMemoryKafka) -> None:
    topics.apply(in_memory.bootstrap)
    assert_lag_counts_what_is_unread(in_memory)


def assert_lag_counts_what_is_unread(broker: Running) -> None:
    with Publisher(broker.bootstrap) as publisher:
        stored = [publisher.publish([], b"r-1", b"{}", COMMANDS) for _ in range(5)]
    first, last = stored[0], stored[-1]
    commit("tuiding-intake", TopicPartition(COMMANDS, first.partition), first.offset + 2, broker)
    line = next(one for one in topics.lag(broker.bootstrap) if one[:2] == (COMMANDS, first.partition))
    end = last.offset + 1
    assert line == topics.Lag(COMMANDS, first.partition, "tuiding-intake", first.offset + 2, end, end)
    assert line.behind == 3
    assert topics.offsets(broker.bootstrap)[COMMANDS, first.partition] == last.offset + 1


def test_what_went_before_it_was_read_is_told(own_kafka: ApacheKafka) -> None:
    with Publisher(own_kafka.bootstrap) as publisher:
        stored = [publisher.publish([], b"r-1", b"{}", COMMANDS) for _ in range(5)]
    place, first = TopicPartition(COMMANDS, stored[0].partition), stored[0].offset
    commit("tuiding-intake", place, first + 1, own_kafka)
    with admin(own_kafka.bootstrap) as (client, _):
        client.delete_records({place: first + 3})
    line = next(each for each in topics.lag(own_kafka.bootstrap) if each[:2] == (COMMANDS, place.partition))
    assert (line.deleted, line.behind) == (2, 2)


def commit(group: str, place: TopicPartition, offset: int, broker: Running) -> None:
    consumer = KafkaConsumer(**reach(broker.bootstrap).options, group_id=group, enable_auto_commit=False)
    consumer.assign([place])
    consumer.commit({place: OffsetAndMetadata(offset, "", -1)})
    consumer.close()


def test_where_nobody_answers_one_sentence_says_so() -> None:
    nowhere = f"127.0.0.1:{free_port()}"
    for ask in (topics.apply, topics.verify, topics.lag, topics.offsets):
        with pytest.raises(topics.BrokerAway, match=rf"^No Kafka broker answers at {nowhere}: .*\.$"):
            ask(nowhere, 0.1)


def delete(broker: Running, names: list[str]) -> None:
    """The broker's own list forgets them a moment after the controller has agreed."""
    with admin(broker.bootstrap) as (client, _):
        client.delete_topics(names)
        eventually(lambda: not set(names) & set(client.list_topics()))


def first_drift(broker: Running) -> list[topics.Drift]:
    """A change that the controller has accepted shows a moment later."""
    found: list[topics.Drift] = eventually(lambda: topics.verify(broker.bootstrap))
    return found
