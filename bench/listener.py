"""Reading Kafka as fast as Python can: the driver's and the null saga's side of confluent-kafka."""

from collections.abc import Mapping
from types import MappingProxyType

from confluent_kafka import Consumer, Message, TopicPartition

MOST_AT_ONCE = 500


def waiting(consumer: Consumer, patience_seconds: float) -> list[Message]:
    """Whatever is there; waits for the first only (`consume` alone would wait for all it was asked for)."""
    first = consumer.poll(patience_seconds)
    if first is None:
        return []
    rest: list[Message] = consumer.consume(MOST_AT_ONCE, 0)
    return [first, *rest]


def type_of(record: Message) -> str:
    value = dict(record.headers() or ()).get("ce_type")
    return value.decode() if isinstance(value, bytes) else ""


def following(bootstrap: str, topics: list[str], security: Mapping[str, str] = MappingProxyType({})) -> Consumer:
    """Every partition from its present end on; no group, so nothing is committed."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-driver",
            "enable.auto.commit": False,
            "queued.min.messages": 10000,
            **security,
        }
    )
    there = {topic: consumer.list_topics(topic, 10).topics[topic].partitions for topic in topics}
    places = [TopicPartition(topic, partition) for topic in topics for partition in there[topic]]
    ends = [TopicPartition(p.topic, p.partition, consumer.get_watermark_offsets(p, 10)[1]) for p in places]
    consumer.assign(ends)
    return consumer
