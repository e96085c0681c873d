"""The configuration of every librdkafka client, whether it reads, sends or asks."""

import logging
from typing import Any

from confluent_kafka import KafkaError

from runtime.kafka.client_words import for_librdkafka
from runtime.kafka.security import security_of
from runtime.settings import Settings

MS = 1000
AWAY = (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE)
STATISTICS_SECONDS = 10.0
GRANT_IT = "give everybody the rights of: tuiding topics acls --apply"
LINGER_MS = 0  # whoever sends has gathered already, and waits for the answer
DELIVERY_SECONDS = 30.0
NEW_PARTITIONS_SECONDS = 30.0  # whoever sends there may wait for an answer; the default is five minutes
ANSWER_SECONDS = 30.0
LARGEST_REQUEST_BYTES = 2 * 1024 * 1024 + 64 * 1024  # a dead letter and its wrapping; the topic has the last word
WAITING_KILOBYTES = 16 * 1024
EMPTY_ANSWER_SECONDS = 0.5
FETCHED_BYTES = 128 * 1024  # of each partition at once: what is fetched ahead, the next record of any other waits for


def client_id(settings: Settings, name: str) -> str:
    return f"{name}-{settings.worker}".rstrip("-")


def client_config(settings: Settings, name: str) -> dict[str, Any]:
    """How every client finds and greets the brokers."""
    return {
        "bootstrap.servers": settings.kafka,
        "client.id": client_id(settings, name),
        "socket.timeout.ms": int(ANSWER_SECONDS * MS),
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,  # the default waits ten seconds for a broker that is long back
        "topic.metadata.refresh.interval.ms": int(NEW_PARTITIONS_SECONDS * MS),
        "log.connection.close": False,
        "logger": logging.getLogger("librdkafka"),
        **for_librdkafka(security_of(settings)),
    }


def consumer_config(settings: Settings, group: str, patience_seconds: float = 0.0) -> dict[str, Any]:
    """`patience_seconds`: how long the broker may keep a record back for others to come with it."""
    session_ms = int(settings.session_timeout_seconds * MS)
    return client_config(settings, group) | {
        "group.id": group,
        "partition.assignment.strategy": "range",  # a request meets the same worker, whatever the topic
        "session.timeout.ms": session_ms,
        "heartbeat.interval.ms": session_ms // 3,
        "max.poll.interval.ms": max(60 * MS, session_ms),  # also how long the group waits for one who does not answer
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",  # a yes that is taken back was never said
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "enable.partition.eof": True,  # says where a partition goes on behind the markers of transactions
        "allow.auto.create.topics": False,
        "check.crcs": True,
        "fetch.min.bytes": FETCHED_BYTES if patience_seconds else 1,
        "fetch.wait.max.ms": int((patience_seconds or EMPTY_ANSWER_SECONDS) * MS),
        "fetch.error.backoff.ms": 100,
        "fetch.queue.backoff.ms": 20,
        "queued.min.messages": max(1, settings.batch_records // 2),  # of each partition
        "fetch.message.max.bytes": FETCHED_BYTES,
        "queued.max.messages.kbytes": WAITING_KILOBYTES,
        "statistics.interval.ms": int(STATISTICS_SECONDS * MS),
    }


def producer_config(settings: Settings, name: str) -> dict[str, Any]:
    return client_config(settings, name) | {
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",  # as Java's and kafka-python's: a key stays where it is
        "linger.ms": LINGER_MS,
        "message.timeout.ms": int(DELIVERY_SECONDS * MS),
        "message.max.bytes": LARGEST_REQUEST_BYTES,
    }
