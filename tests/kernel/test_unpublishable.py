"""A record the broker will never take harms only its own request; what a client's error means is told apart."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid5

import pytest
import sqlalchemy as sa
from confluent_kafka import KafkaError, KafkaException

from runtime.envelope import NAMESPACE, Record
from runtime.kafka.sending import Sending
from runtime.kernel import outbox
from runtime.kernel.arrivals import Outgoing
from runtime.kernel.dead_letters import NO_VALUE
from runtime.kernel.kernel import Kernel
from runtime.kernel.outbox import KeptBack
from runtime.kernel.tables import OUTBOX
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.giving_up import GaveUp, NotAllowed, Unpublishable
from runtime.worker.producer import meaning, publisher, with_something
from runtime.worker.telemetry import Meters
from tests.kernel.steps import arrived
from tests.kernel.tally import REQUEST, pay
from tests.kernel.test_engine import Broker, nobody, running, until

OTHER = str(uuid5(NAMESPACE, "a request whose records are too large"))


class Narrow(Broker):
    """Takes everything but what is about one request."""

    def __init__(self) -> None:
        super().__init__()
        self.narrow = True

    async def publish(self, records: Sequence[Record]) -> None:
        if self.narrow and any(record.key == OTHER.encode() for record in records):
            raise Unpublishable("MessageSizeTooLargeError")
        await super().publish(records)

    def of(self, request_id: str) -> list[bytes | None]:
        return [dict(each.headers)["ce_sequence"] for each in self.taken if each.key == request_id.encode()]


def left(kernel: Kernel) -> int:
    return len(kernel.store.read(sa.select(OUTBOX)))


async def test_a_record_the_broker_never_takes_holds_back_its_own_request_and_no_other(kernel: Kernel) -> None:
    broker, acknowledged = Narrow(), list[int]()
    async with running(kernel, broker) as engine:
        for number, request_id in enumerate((OTHER, REQUEST, OTHER, REQUEST), 1):
            await arrived(engine, pay(number, request_id), partial(acknowledged.append, number))
        await until(lambda: acknowledged == [1, 2, 3, 4])
        await until(lambda: left(kernel) >= 2 and engine.meters.kept_back._value.get() >= 1)
        assert broker.of(OTHER) == []
        assert broker.of(REQUEST)[:2] == [b"1", b"2"]
        assert engine.waiting_for == "", "the others go on"


async def test_it_goes_in_its_order_once_the_limit_is_raised(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AGAIN_SECONDS", 0.2)
    broker = Narrow()
    async with running(kernel, broker) as engine:
        await arrived(engine, pay(1, OTHER))
        await arrived(engine, pay(2, OTHER))
        await until(lambda: len(engine.kept_back) > 0)
        broker.narrow = False
        await until(lambda: len(broker.of(OTHER)) >= 2, seconds=30)
        await until(lambda: len(engine.kept_back) == 0)
    assert broker.of(OTHER)[:2] == [b"1", b"2"]


def row(position: int, key: bytes) -> Any:
    return Outgoing(position, Record("t", key, b"", ()))


def test_what_a_request_says_later_does_not_overtake_what_was_refused() -> None:
    kept = KeptBack()
    kept.add(row(5, b"a"), now=0.0)
    held = {position: kept.holds(row(position, key)) for position, key in ((4, b"a"), (6, b"a"), (7, b"b"))}
    assert held == {4: False, 6: True, 7: False}
    assert kept.due(1.0) == ([], [5])
    assert kept.due(outbox.AGAIN_SECONDS + 1) == ([5], [])
    assert kept.holds(row(6, b"a")), "nothing overtakes it before it is tried again itself, however late it is"
    kept.let_go([5])
    assert not kept.holds(row(6, b"a"))
    assert len(kept) == 0


async def test_what_another_worker_published_is_forgotten(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "AGAIN_SECONDS", 0.2)
    async with running(kernel, Narrow()) as engine:
        await arrived(engine, pay(1, OTHER))
        await until(lambda: engine.meters.kept_back._value.get() == 2)  # the event and its line in the journal
        with kernel.store.transaction() as tx:
            tx.execute(sa.delete(OUTBOX))
        await until(lambda: engine.meters.kept_back._value.get() == 0, seconds=30)


async def test_who_may_not_write_stops_at_once_and_says_what_to_do(kernel: Kernel) -> None:
    async def publish(records: Sequence[Record]) -> None:
        raise NotAllowed("the broker does not let us write to cancellation.intake: grant it, then start again")

    engine, acknowledged = Engine(kernel, publish, nobody, Settings(), Meters("intake")), []
    await arrived(engine, pay(1), lambda: acknowledged.append(1))
    with pytest.raises(GaveUp, match="grant it"):
        await engine.run()
    assert (acknowledged, left(kernel)) == ([], 2), "nothing is lost: neither the event nor its line in the journal"


def failure(code: int) -> KafkaException:
    return KafkaException(KafkaError(code))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (failure(KafkaError.MSG_SIZE_TOO_LARGE), Unpublishable, "MSG_SIZE_TOO_LARGE"),
        (failure(KafkaError.RECORD_LIST_TOO_LARGE), Unpublishable, "RECORD_LIST_TOO_LARGE"),
        (failure(KafkaError.INVALID_TIMESTAMP), Unpublishable, "INVALID_TIMESTAMP"),
        (TypeError("a header without a name"), Unpublishable, "TypeError"),
        (failure(KafkaError.TOPIC_AUTHORIZATION_FAILED), NotAllowed, "does not let us write to t"),
        (failure(KafkaError.UNKNOWN_TOPIC_OR_PART), LookupError, "tuiding topics apply"),
        (failure(KafkaError._UNKNOWN_PARTITION), LookupError, "tuiding topics apply"),
        (failure(KafkaError._MSG_TIMED_OUT), KafkaException, ""),
        (failure(KafkaError._TRANSPORT), KafkaException, ""),
        (failure(KafkaError.NOT_ENOUGH_REPLICAS), KafkaException, ""),
        (BufferError("the queue is full"), BufferError, ""),
    ],
)
def test_what_a_failed_sending_means(error: Exception, kind: type[Exception], words: str) -> None:
    assert isinstance(meaning(error, ["t"]), kind) and words in str(meaning(error, ["t"]))


async def test_a_batch_is_sent_once_the_last_of_it_is_and_fails_with_the_first_that_did() -> None:
    sent: list[Any] = []

    class Client:
        def __init__(self, config: dict[str, Any]) -> None: ...
        def produce(self, *what: Any, on_delivery: Any, headers: Any) -> None:
            sent.append(on_delivery)

    sending = Sending({}, Client)
    publish = asyncio.ensure_future(publisher(sending.send)([Record("t", b"k", b"v", ())] * 3))
    await until(lambda: len(sent) == 3)
    for heard, error in zip(sent, (None, KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), None), strict=True):
        assert not publish.done()
        heard(error, None)
    with pytest.raises(Unpublishable):
        await publish


def test_a_record_of_nothing_can_be_sent_and_says_that_it_was_nothing() -> None:
    assert with_something(Record("t", None, None, [])) == Record("t", None, b"", [NO_VALUE])
    assert with_something(Record("t", b"k", None, [])) == Record("t", b"k", None, [])
