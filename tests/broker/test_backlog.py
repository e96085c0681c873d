"""A worker that comes back to a backlog reads little ahead: what is said on another topic is soon its turn."""

import queue
from collections.abc import Iterator, Sequence

import pytest
from confluent_kafka import Producer

from contracts.flow import PARTITIONS, topic_name
from runtime.kafka.client_config import FETCHED_BYTES, consumer_config
from runtime.kafka.polling import MOST_BATCHES, Polling
from runtime.kafka.positions import Part
from runtime.kafka.received import Handed
from runtime.local.broker import ApacheKafka
from runtime.settings import Settings

BIG, QUIET = topic_name("intake"), topic_name("ops")
BACKLOG, SIZE = 12_000, 1000
SETTINGS = Settings()
FETCHED_AT_ONCE = FETCHED_BYTES // SIZE
AHEAD = PARTITIONS * (SETTINGS.batch_records // 2 + 2 * FETCHED_AT_ONCE)  # fetched, and one more fetch on its way
IN_HAND = (MOST_BATCHES + 1) * SETTINGS.batch_records


class Taker:
    """Takes batches one by one, when it is told to."""

    def __init__(self) -> None:
        self.batches: queue.Queue[Handed] = queue.Queue()

    def handed(self, batch: Handed) -> None:
        self.batches.put(batch)

    def assigned(self, parts: Sequence[Part], marks: Sequence[str]) -> None: ...

    def revoked(self, parts: Sequence[Part]) -> None: ...


@pytest.fixture
def producer(own_kafka: ApacheKafka) -> Iterator[Producer]:
    producer = Producer(
        {"bootstrap.servers": own_kafka.bootstrap, "linger.ms": 5, "queue.buffering.max.messages": BACKLOG}
    )
    for number in range(BACKLOG):
        producer.produce(BIG, b"x" * SIZE, partition=number % PARTITIONS)
    assert producer.flush(60) == 0
    yield producer


def test_while_a_backlog_is_worked_off_another_topic_waits_for_a_part_of_it_only(
    own_kafka: ApacheKafka, producer: Producer
) -> None:
    settings = SETTINGS.model_copy(update={"kafka": own_kafka.bootstrap})
    taker = Taker()
    polling = Polling(consumer_config(settings, "tuiding-review"), settings.batch_records, taker)
    polling.start([BIG, QUIET])
    try:
        taker.batches.get(timeout=60)
        polling.taken()
        producer.produce(QUIET, b"a word", partition=0)
        assert producer.flush(60) == 0
        waited, records = 0, taker.batches.get(timeout=60).records
        while all(each.record.topic != QUIET for each in records):
            waited += len(records)
            polling.taken()
            records = taker.batches.get(timeout=60).records
        assert waited <= AHEAD + IN_HAND < BACKLOG / 2
    finally:
        polling.stop()
