"""What Faust believes to be committed is what the broker has: without that, a quiet partition lags for ever."""

from collections.abc import Mapping
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import Consumer
from faust.types import TP, Message

from runtime.settings import Settings
from runtime.worker import worker
from runtime.worker.consumer import TruthfulConsumer

PLACE = TP("cancellation.intake.dead-letter", 4)


class Broker:
    """Knows what was committed; fails as often as it is told to, and `meanwhile` something happens."""

    def __init__(self, consumer: Any) -> None:
        self.consumer, self.committed, self.failures = consumer, 8, 0
        self.meanwhile: Any = None

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if self.failures:
            self.failures -= 1
            return False
        self.committed = offsets[PLACE]
        return True

    async def rebalance(self) -> None:
        """The partition goes and comes back, as it is after the broker was away for long."""
        await self.consumer.on_partitions_revoked({PLACE})
        await self.consumer.perform_seek()

    async def seek(self) -> Mapping[TP, int]:
        return {PLACE: self.committed}


async def nothing(*arguments: Any) -> None: ...


def consumer_of(kind: type[Consumer], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> tuple[Any, Broker]:
    app = worker.faust_app("intake", Settings(data=str(tmp_path)))
    app.transport.Consumer = kind
    consumer = app.consumer
    broker = Broker(consumer)
    for name, stand_in in {
        "_commit": broker.commit,
        "seek_to_committed": broker.seek,
        "assignment": lambda: {PLACE},
        "_on_partitions_revoked": nothing,
    }.items():
        monkeypatch.setattr(consumer, name, stand_in)
    monkeypatch.setattr(app.producer, "flush", nothing)
    monkeypatch.setattr(app.topics, "acks_enabled_for", lambda topic: True)
    return consumer, broker


def acknowledge(consumer: Any, *offsets: int) -> None:
    for offset in offsets:
        consumer.ack(Message(*PLACE, offset, 0.0, 0, None, b"", b"", None))


async def lost(kind: type[Consumer], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> int:
    consumer, broker = consumer_of(kind, monkeypatch, tmp_path)
    await consumer.perform_seek()
    acknowledge(consumer, 8, 9)
    broker.failures = 1
    await consumer.commit()
    await consumer.commit()
    return broker.committed


async def overtaken(kind: type[Consumer], monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> int:
    consumer, broker = consumer_of(kind, monkeypatch, tmp_path)
    await consumer.perform_seek()
    acknowledge(consumer, 8, 9)
    broker.failures, broker.meanwhile = 1, broker.rebalance
    await consumer.commit()
    acknowledge(consumer, 8, 9)  # read again
    await consumer.commit()
    return broker.committed


@pytest.mark.parametrize("history", [lost, overtaken])
async def test_a_commit_that_failed_does_not_leave_a_lag(history: Any, monkeypatch: Any, tmp_path: Any) -> None:
    assert await history(TruthfulConsumer, monkeypatch, tmp_path) == 10


@pytest.mark.parametrize("history", [lost, overtaken])
async def test_fausts_own_consumer_still_does(history: Any, monkeypatch: Any, tmp_path: Any) -> None:
    """The day this fails, `runtime/worker/consumer.py` can go."""
    assert await history(Consumer, monkeypatch, tmp_path) == 8


async def test_what_went_to_another_worker_is_not_committed_here(monkeypatch: Any, tmp_path: Any) -> None:
    consumer, broker = consumer_of(TruthfulConsumer, monkeypatch, tmp_path)
    await consumer.perform_seek()
    acknowledge(consumer, 8, 9)
    monkeypatch.setattr(consumer, "assignment", set)
    await consumer.commit()
    assert (broker.committed, consumer._acked[PLACE]) == (8, [])
