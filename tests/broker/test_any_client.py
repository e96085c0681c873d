"""What a channel's client may do to its records, and our reader's client must cope with."""

import sys
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Producer

from contracts.flow import group_id, topic_name
from runtime.kafka.client_config import consumer_config
from runtime.kafka.lag import lag
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from tests.contracts.odd_names import LATIN
from tests.contracts.sound import record_of
from tests.waiting import PATIENCE_SECONDS, ends, eventually

PACKINGS = ("none", "gzip", "snappy", "lz4", "zstd")


@pytest.mark.parametrize("packing", PACKINGS)
def test_whatever_a_channel_packs_with_the_worker_can_read(own_kafka: ApacheKafka, packing: str) -> None:
    """Whoever cannot unpack a batch stops at it for ever."""
    producer = Producer({"bootstrap.servers": own_kafka.bootstrap, "compression.type": packing, "linger.ms": 50})
    mine = [f"{packing} {number} ".encode() * 100 for number in range(20)]
    for value in mine:
        producer.produce(topic_name("commands"), value, b"one key, one partition")
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert _read(own_kafka.bootstrap, packing.encode(), len(mine)) == mine


@pytest.mark.parametrize("packing", [each for each in PACKINGS if each != "none"])
def test_what_unpacks_to_far_more_than_a_record_may_hold_is_refused_by_the_broker(
    own_kafka: ApacheKafka, packing: str
) -> None:
    """It would lie on the topic for four hundred days, and every reader would need the memory for all of it."""
    large = {"message.max.bytes": 200_000_000, "compression.type": packing, "retries": 0}
    producer, told = Producer({"bootstrap.servers": own_kafka.bootstrap} | large), list[object]()
    producer.produce(
        topic_name("commands"), bytes(50 * 2**20), on_delivery=lambda error, _: told.append(error and error.code())
    )
    assert (producer.flush(PATIENCE_SECONDS), told) == (0, [KafkaError.MSG_SIZE_TOO_LARGE])


def _read(bootstrap: str, beginning: bytes, wanted: int) -> list[bytes]:
    reader = Consumer(consumer_config(Settings(kafka=bootstrap), f"packed-{beginning.decode()}"))
    reader.subscribe([topic_name("commands")])
    found: list[bytes] = []
    end = time.monotonic() + PATIENCE_SECONDS
    while len(found) < wanted and time.monotonic() < end:
        values = [each.value() or b"" for each in reader.consume(100, 0.2) if not each.error()]
        found += [value for value in values if value.startswith(beginning)]
    reader.close()
    return found


def test_a_name_of_a_header_that_is_not_text_stops_nobody(own_kafka: ApacheKafka, tmp_path: Path) -> None:
    """Either client would end its process at such a record, after every start anew."""
    topic, record, said = topic_name("intake"), record_of("request.accepted.v1"), list[str]()
    with Publisher(own_kafka.bootstrap) as publisher:
        for headers in (record.headers, [*record.headers, (LATIN, b"1")], record.headers):
            publisher.publish(headers, record.key, record.value or b"", topic)
    settings = Settings(kafka=own_kafka.bootstrap, data=str(tmp_path), port=free_port())
    command = (sys.executable, "-m", "services.review")
    child = Child(
        Program("review", command, settings.port, "/readyz", as_environment(settings)),
        tmp_path / "review.log",
        said.append,
    )
    child.start()
    try:
        eventually(lambda: own_kafka_is_read(own_kafka, "review", topic))
    finally:
        child.ask_to_end()
        ends(child)
    assert (child.restarts, said) == (0, [])
    with Reading(own_kafka.bootstrap, [topic]) as reading:
        names = [name for records in reading.records() for each in records for name, _ in each.record.headers]
    assert names.count("caf\\xe9") == 1


def own_kafka_is_read(broker: ApacheKafka, service: str, topic: str) -> bool:
    mine = [each for each in lag(broker.bootstrap) if (each.group, each.topic) == (group_id(service), topic)]
    return any(each.committed for each in mine) and all(each.behind == 0 for each in mine if each.committed is not None)
