"""What a channel's client may do to its records, and our reader's client must cope with."""

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Producer

from contracts.flow import topic_name
from runtime.broker import ApacheKafka

PACKINGS = ("none", "gzip", "snappy", "lz4", "zstd")
PATIENCE_SECONDS = 30


@pytest.mark.parametrize("packing", PACKINGS)
def test_whatever_a_channel_packs_with_the_worker_can_read(own_kafka: ApacheKafka, packing: str) -> None:
    """Faust's client has no snappy, lz4 or zstd: such a batch would stop its partition for ever."""
    producer = Producer({"bootstrap.servers": own_kafka.bootstrap, "compression.type": packing, "linger.ms": 50})
    mine = [f"{packing} {number} ".encode() * 100 for number in range(20)]
    for value in mine:
        producer.produce(topic_name("commands"), value, b"one key, one partition")
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert asyncio.run(_read(own_kafka.bootstrap, packing.encode(), len(mine))) == mine


async def _read(bootstrap: str, beginning: bytes, wanted: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(topic_name("commands"), bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found: list[bytes] = []
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(found) < wanted:
                record = await consumer.getone()
                if record.value is not None and record.value.startswith(beginning):
                    found.append(record.value)
    finally:
        await consumer.stop()
    return found
