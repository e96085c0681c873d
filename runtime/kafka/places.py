"""Partitions in librdkafka's words, and what the group's last commits say beside their offsets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import structlog
from confluent_kafka import KafkaException, TopicPartition

from runtime.kafka.positions import Part

log = structlog.get_logger()
COMMITTED_SECONDS = 5.0


def places(parts: Iterable[Part]) -> list[Any]:
    return [TopicPartition(*part) for part in parts]


def to_commit(offsets: Mapping[Part, int], mark: str) -> list[Any]:
    """`mark` lies beside each offset, for whoever has the partition next."""
    return [TopicPartition(*part, offset, metadata=mark) for part, offset in offsets.items()]


def parts(places: Iterable[Any]) -> list[Part]:
    return [Part(place.topic, place.partition) for place in places]


def marks(client: Any, places: Sequence[Any]) -> list[str]:
    """A coordinator that just now does not answer is asked again when partitions come the next time."""
    try:
        return [each.metadata or "" for each in client.committed(places, COMMITTED_SECONDS)] if places else []
    except KafkaException as error:
        log.warning("not told how far the group was", why=str(error))
        return []
