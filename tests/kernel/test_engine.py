"""The engine around a kernel: acknowledgements last and in order, patience with database and broker, calls repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.journal import Transaction
from contracts.messages import commands
from contracts.words import Value
from runtime.envelope import Record
from runtime.kernel.arrivals import Arrival
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import ticks
from runtime.kernel.tables import CALLS, CASES
from runtime.settings import Settings
from runtime.worker.carrier import Outage, Refusal
from runtime.worker.engine import Engine
from runtime.worker.giving_up import Flood, GaveUp
from runtime.worker.patience import FULL_BATCHES, utc_now
from runtime.worker.telemetry import Meters
from runtime.worker.turns import Work
from tests.kernel.conftest import Kernels
from tests.kernel.steps import arrived
from tests.kernel.tally import LATER, NOW, REQUEST, Tally, ask, buggy, heard, pay, withdraw
from tests.waiting import PATIENCE_SECONDS


class Broker:
    """Takes records, or refuses to for a while; `taken` is what others hear, without the journal."""

    def __init__(self) -> None:
        self.taken: list[Record] = []
        self.journal: list[Record] = []
        self.away = False

    async def publish(self, records: Sequence[Record]) -> None:
        if self.away:
            raise ConnectionError("the broker is away")
        for each in records:
            (self.journal if each.topic.endswith(".journal") else self.taken).append(each)


async def nobody(operation: str, ask: Value, key: str) -> Value:
    raise Outage("nobody answers")


@asynccontextmanager
async def running(
    kernel: Kernel, broker: Broker, carrier: Callable[..., Any] = nobody, **settings: Any
) -> AsyncIterator[Engine]:
    """Its clock starts at the tally's NOW, so that no alarm of the tally is due, and due at once, on its own."""
    behind = utc_now() - NOW
    engine = Engine(kernel, broker.publish, carrier, Settings(**settings), Meters("intake"), lambda: utc_now() - behind)
    task = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        under_way = [task, *engine._calls.values()]
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.to_thread(engine._thread.shutdown)  # nothing it began last goes on in the store of the next one


async def until(true: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_record_is_acknowledged_after_what_it_led_to_is_published_and_in_order(kernel: Kernel) -> None:
    broker, acknowledged = Broker(), list[int]()
    broker.away = True
    async with running(kernel, broker) as engine:
        await arrived(engine, pay(1), lambda: acknowledged.append(1))
        await arrived(engine, None, lambda: acknowledged.append(2))
        await arrived(engine, pay(3), lambda: acknowledged.append(3))
        await until(lambda: engine.waiting_for.startswith("broker"))
        assert acknowledged == []
        broker.away = False
        await until(lambda: acknowledged == [1, 2, 3])
    assert [dict(record.headers)["ce_sequence"] for record in broker.taken[:2]] == [b"1", b"2"]


async def test_a_broker_away_for_longer_than_our_patience_ends_the_engine(kernel: Kernel) -> None:
    broker, acknowledged = Broker(), list[int]()
    broker.away = True
    engine = Engine(kernel, broker.publish, nobody, Settings(patience_seconds=0.1), Meters("intake"))
    await arrived(engine, pay(1), lambda: acknowledged.append(1))
    with pytest.raises(GaveUp, match="the broker was away"):
        await engine.run()
    assert acknowledged == []


async def test_a_database_that_comes_back_is_waited_for(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    broker, acknowledged, step, here = Broker(), [], kernel.step, asyncio.Event()

    def perhaps(*arguments: Any) -> Any:
        if not here.is_set():
            raise sa.exc.OperationalError("select", {}, Exception("the database is away"))
        return step(*arguments)

    monkeypatch.setattr(kernel, "step", perhaps)
    async with running(kernel, broker) as engine:
        await arrived(engine, pay(1), lambda: acknowledged.append(1))
        await until(lambda: engine.waiting_for.startswith("database"))
        here.set()
        await until(lambda: acknowledged)


async def test_the_journal_is_written_before_a_database_is_waited_for_that_may_never_come_back(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker, acknowledged, step = Broker(), list[int](), kernel.step

    def once(arrivals: Sequence[Arrival], *rest: Any) -> Any:
        if broker.taken:
            raise sa.exc.OperationalError("select", {}, Exception("the database is away"))
        return step(arrivals, *rest)

    monkeypatch.setattr(kernel, "step", once)
    async with running(kernel, broker) as engine:
        engine._next_look = asyncio.get_running_loop().time() + 3600
        await arrived(engine, pay(1), lambda: acknowledged.append(1))
        await until(lambda: broker.taken)
        assert broker.journal == [] and acknowledged == []
        await arrived(engine, pay(2), lambda: acknowledged.append(2))
        await until(lambda: engine.waiting_for.startswith("database"))
        assert len(broker.journal) == 1 and acknowledged == [1]


async def test_the_journals_lines_of_a_moment_are_one_record_and_acknowledged_in_order(kernel: Kernel) -> None:
    broker, acknowledged = Broker(), list[int]()
    engine = Engine(kernel, broker.publish, nobody, Settings(), Meters("intake"))
    for number in (1, 2, 3):
        await arrived(engine, pay(number), partial(acknowledged.append, number))
        await engine._turn(engine._batch())
    assert len(broker.taken) == 3 and broker.journal == [] and acknowledged == []
    await engine.clear_the_shelf()
    (record,) = broker.journal
    assert len(Transaction.model_validate_json(record.value or b"").more) == 2 and acknowledged == [1, 2, 3]


@pytest.mark.parametrize(("waiting", "waits"), [(3, True), (4, False)])
async def test_who_may_wait_for_more_does_not_once_a_batch_is_full(kernel: Kernel, waiting: int, waits: bool) -> None:
    kernel.patience_seconds, kernel.patient = 3600.0, frozenset({commands.RetryPayment.type.encode()})
    engine = Engine(kernel, Broker().publish, nobody, Settings(batch_records=4), Meters("intake"))
    for number in range(waiting):
        engine._put(Work(pay(number), None))
    gathering = asyncio.create_task(engine._gather())
    done, _ = await asyncio.wait([gathering], timeout=0.2 if waits else PATIENCE_SECONDS)
    gathering.cancel()
    assert (not done) == waits


async def test_a_full_queue_takes_no_more_until_there_is_room_for_a_batch(kernel: Kernel) -> None:
    engine = Engine(kernel, Broker().publish, nobody, Settings(batch_records=2), Meters("intake"))
    for number in range(FULL_BATCHES * 2):
        await arrived(engine, heard(number, REQUEST, "demo"))
    one_more = asyncio.create_task(arrived(engine, heard(99, REQUEST, "demo")))
    taken, _ = await asyncio.wait([one_more], timeout=0.2)
    assert not taken
    while len(engine.queue) >= 2:
        await engine._turn(engine._batch())
    await asyncio.wait_for(one_more, PATIENCE_SECONDS)


async def test_an_outage_is_asked_again_under_the_same_key_and_then_answered(kernel: Kernel) -> None:
    broker, keys = Broker(), []

    async def carrier(operation: str, ask: Value, key: str) -> Value:
        keys.append(key)
        if len(keys) < 3:
            raise Outage("HTTP 503")
        return ask

    async with running(kernel, broker, carrier) as engine:
        await arrived(engine, ask(1))
        await until(lambda: broker.taken, seconds=20)
    assert len(keys) == 3 and len(set(keys)) == 1
    assert kernel.store.read(sa.select(CALLS)) == []


async def test_a_refusal_is_a_message_of_its_own(kernel: Kernel) -> None:
    broker = Broker()

    async def carrier(operation: str, ask: Value, key: str) -> Value:
        raise Refusal("payment-declined", "no")

    async with running(kernel, broker, carrier) as engine:
        await arrived(engine, ask(1))
        await until(lambda: broker.taken)


async def test_a_new_engine_finishes_what_a_dead_one_had_under_way(kernel: Kernel) -> None:
    """The first one is cancelled while the carrier is being asked; nothing but the database remembers."""
    broker, asked = Broker(), asyncio.Event()

    async def hangs(operation: str, ask: Value, key: str) -> Value:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    async def answers(operation: str, ask: Value, key: str) -> Value:
        return ask

    async with running(kernel, broker, hangs) as engine:
        await arrived(engine, ask(1))
        await asked.wait()
    async with running(kernel, broker, answers):
        await until(lambda: broker.taken)


def _next_alarm(engine: Engine) -> datetime | None:
    return engine._next_alarm


async def test_an_alarm_that_a_twin_cancelled_is_looked_for_once_not_over_and_over(
    kernel: Kernel, another: Kernels
) -> None:
    engine = Engine(kernel, Broker().publish, nobody, Settings(), Meters("intake"), lambda: LATER)
    engine._next_alarm = kernel.step([pay(1)], (), NOW).next_due
    assert _next_alarm(engine) == LATER
    another("2").step([withdraw(2)], (), NOW)
    engine._next_look = asyncio.get_running_loop().time() + 60
    await engine._ring()
    assert engine._next_look < asyncio.get_running_loop().time() and not engine.queue, "it looks around at once"
    await engine._look_around()
    assert _next_alarm(engine) is None


async def test_a_flood_of_dead_letters_stops_the_service_because_then_it_is_us(kernel: Kernel) -> None:
    broker = Broker()
    engine = Engine(kernel, broker.publish, nobody, Settings(dead_letters_per_minute=3), Meters("intake"))
    for number in range(10):
        await arrived(engine, buggy(number))
    with pytest.raises(Flood, match="that is us, not them"):
        await engine.run()


async def test_hundreds_of_records_are_decided_in_few_transactions(kernel: Kernel) -> None:
    broker, acknowledged = Broker(), list[int]()
    async with running(kernel, broker) as engine:
        for number in range(1, 301):
            await arrived(engine, pay(number), partial(acknowledged.append, number))
        await until(lambda: len(acknowledged) == 300)
    assert acknowledged == list(range(1, 301))
    rows = kernel.store.read(sa.select(CASES).where(CASES.c.request_id == REQUEST))
    assert Tally.model_validate_json(rows[0].body).heard == 300 and rows[0].version <= 3


async def test_a_bug_in_asking_is_asked_again_under_the_same_key_and_seen_in_the_store(kernel: Kernel) -> None:
    broker, keys = Broker(), []

    async def carrier(operation: str, ask: Value, key: str) -> Value:
        keys.append(key)
        if len(keys) == 1:
            raise ZeroDivisionError("a bug in an adapter")
        return ask

    async with running(kernel, broker, carrier) as engine:
        await arrived(engine, ask(1))
        await until(lambda: broker.taken, seconds=20)
    assert len(keys) == 2 and len(set(keys)) == 1


async def test_a_carrier_that_asks_for_a_year_of_patience_gets_minutes(kernel: Kernel) -> None:
    async def carrier(operation: str, ask: Value, key: str) -> Value:
        raise Outage("HTTP 429", retry_after_seconds=1e18)

    async with running(kernel, Broker(), carrier) as engine:
        await arrived(engine, ask(1))
        await until(lambda: kernel.store.read(sa.select(CALLS).where(CALLS.c.attempt > 0)))
    (row,) = kernel.store.read(sa.select(CALLS))
    assert row.due < ticks(NOW + timedelta(minutes=6))
