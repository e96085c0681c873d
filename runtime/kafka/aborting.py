"""Ends the transaction at which a partition stands: whole where its coordinator knows it, else its mark here alone."""

from typing import Any, NamedTuple

from kafka import KafkaProducer, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.admin import AbortTransactionSpec  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.connect import BrokerRefused, Reach, admin


class NothingOpen(BrokerRefused):
    """One sentence: there is nothing to end."""


class Aborted(NamedTuple):
    topic: str
    partition: int
    offset: int  # where it began
    producer_id: int
    transactional_id: str  # nothing: no coordinator knew it any more


def abort(bootstrap: str, topic: str, partition: int, wait_seconds: float = 10.0) -> Aborted:
    """Nothing of it was ever said; its publisher is refused from now on and has to begin anew. Raises `NothingOpen`."""
    with admin(bootstrap, wait_seconds) as (client, reached):
        if reached.in_memory:
            raise NothingOpen("A Kafka in memory knows of no transactions.")
        place = TopicPartition(topic, partition)
        oldest = _oldest(client, place)
        names = [each.transactional_id for every in _of(client, oldest.producer_id) for each in every]
        if names:
            _fence(reached, names[0])
        else:
            client.abort_transaction(AbortTransactionSpec(place, oldest.producer_id, oldest.producer_epoch))
        begun = oldest.current_transaction_start_offset
        return Aborted(topic, partition, begun, oldest.producer_id, names[0] if names else "")


def _oldest(client: Any, place: Any) -> Any:
    producers = client.describe_producers([place])[place].active_producers
    open_ones = [each for each in producers if each.current_transaction_start_offset >= 0]
    if not open_ones:
        raise NothingOpen(f"No transaction is open at {place.topic}[{place.partition}]: nothing to end.")
    return min(open_ones, key=lambda each: int(each.current_transaction_start_offset))


def _of(client: Any, producer_id: int) -> list[Any]:
    return list(client.list_transactions(producer_id_filters=[producer_id]).values())


def _fence(reached: Reach, transactional_id: str) -> None:
    """Whoever begins under its name makes the broker take back what was open, on every partition."""
    producer = KafkaProducer(**reached.producer_options, transactional_id=transactional_id)
    try:
        producer.init_transactions()
    finally:
        producer.close()
