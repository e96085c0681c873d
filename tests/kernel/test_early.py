"""What rests on its message alone is asked before it is stored, where the carrier is quick; else it is as ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from contracts.carrier import Delivered, MessageAsk
from contracts.journal import Transaction
from policies.editions import of
from policies.pack import load
from runtime.envelope import Record, decode
from runtime.kernel.arrivals import CallDone, Consumed
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import CALLS, Store
from runtime.replay.archive import Archive
from runtime.replay.replay import Replay
from runtime.settings import Settings
from runtime.worker import early
from runtime.worker.carrier import Outage, Refusal
from runtime.worker.engine import Engine
from runtime.worker.giving_up import GaveUp
from runtime.worker.patience import utc_now
from runtime.worker.telemetry import Meters
from services.intake.app import WIRING as INTAKE
from services.notify.app import WIRING
from tests.contracts.sound import record_of
from tests.kernel.tally import NOW
from tests.kernel.test_engine import Broker, until

PACK = load("cn-carrier")
Answer = Callable[[MessageAsk, str], Awaitable[Delivered]]
JOURNAL = "cancellation.notify.journal"


@pytest.fixture
def notify(database: str) -> Iterator[Kernel]:
    store = Store(database, "notify")
    yield Kernel(WIRING, store, PACK)
    store.close()


def quoted(number: int, said_at: datetime = NOW) -> Consumed:
    """As billing says it; the same number is the same event."""
    new = {"ce_id": str(UUID(int=number)), "ce_time": said_at.isoformat(), "ce_policyversion": PACK.id}
    told = record_of("quote.issued.v1")
    headers = [(name, new[name].encode() if name in new else value) for name, value in told.headers]
    return Consumed(told._replace(headers=headers), 0, number, 0, "tuiding-notify")


def stored(notify: Kernel) -> list[str]:
    return [row.id for row in notify.store.read(sa.select(CALLS.c.id))]


@pytest.fixture(autouse=True)
def a_moment_is_long_enough_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "MOMENT_SECONDS", 30.0)


class Messaging:
    """The carrier's: tells what it was asked, under which key, and whether the call was stored by then."""

    def __init__(self, notify: Kernel) -> None:
        self.notify, self.keys, self.was_stored = notify, list[str](), list[bool]()
        self.trouble: list[Exception] = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def ask(self, operation: str, ask: Any, key: str) -> Delivered:
        self.keys.append(key)
        self.was_stored.append(bool(stored(self.notify)))
        await self.answers.wait()
        if self.trouble:
            raise self.trouble.pop(0)
        return Delivered(
            request_id=ask.request_id, subscription=ask.subscription, reference="m-1", route=ask.route, at=NOW
        )


@asynccontextmanager
async def running(messaging: Messaging, broker: Broker) -> AsyncIterator[Engine]:
    """Its clock begins at NOW."""
    behind = utc_now() - NOW
    settings, meters = Settings(), Meters("notify")
    engine = Engine(messaging.notify, broker.publish, messaging.ask, settings, meters, lambda: utc_now() - behind)
    task = asyncio.create_task(engine.run())
    try:
        yield engine
    finally:
        under_way = [task, *engine._calls.values()]
        for each in under_way:
            each.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.to_thread(engine._thread.shutdown)


def inputs(broker: Broker) -> list[list[str]]:
    """The kinds of what each transaction was made of, from the journal."""
    told = [Transaction.model_validate_json(each.value or b"") for each in broker.journal]
    return [[each.kind for each in part.inputs] for whole in told for part in (whole, *whole.more)]


def kinds(broker: Broker) -> list[str]:
    return [decode(each).message.type for each in broker.taken]


async def test_a_quick_answer_lies_in_the_transaction_of_its_question(notify: Kernel) -> None:
    messaging, broker = Messaging(notify), Broker()
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: broker.taken and broker.journal)
    assert (kinds(broker), inputs(broker)) == (["notice.sent.v1"], [["record", "answer"]])
    assert messaging.was_stored == [False] and stored(notify) == []


async def test_killed_before_it_is_stored_it_is_asked_again_under_the_same_key(notify: Kernel) -> None:
    messaging, broker, step = Messaging(notify), Broker(), notify.step

    def dies(*arguments: Any) -> Any:
        raise GaveUp("the process ends here")

    notify.step = dies  # type: ignore[method-assign,assignment]
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: messaging.keys)
    notify.step = step  # type: ignore[method-assign]
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: broker.taken)
    assert len(messaging.keys) == 2 and len(set(messaging.keys)) == 1
    assert kinds(broker) == ["notice.sent.v1"]


async def test_a_slow_carrier_holds_nobody_up_and_is_left_to_be_slow(
    notify: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once, stored while it thinks; whatever comes meanwhile is stored first."""
    messaging, broker = Messaging(notify), Broker()
    monkeypatch.setattr(early, "MOMENT_SECONDS", 0.05)
    messaging.answers.clear()
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: stored(notify))
        assert broker.taken == []
        await engine.arrived_together([quoted(2)])
        await until(lambda: len(stored(notify)) == 2)
        messaging.answers.set()
        await until(lambda: len(broker.taken) == 2)
        await until(lambda: not engine.shelf.rows)
    assert messaging.was_stored == [False, True] and len(set(messaging.keys)) == 2
    stored_first, answers = inputs(broker)[:2], inputs(broker)[2:]
    assert stored_first == [["record"], ["record"]]
    assert [kind for part in answers for kind in part] == ["answer", "answer"]


async def test_what_was_said_long_ago_is_stored_before_anybody_is_asked(notify: Kernel) -> None:
    """Read from the beginning, it may have been answered so long ago that the carrier has forgotten the key."""
    messaging, broker = Messaging(notify), Broker()
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1, NOW - 2 * early.YOUNG), quoted(2, NOW + 2 * early.YOUNG)])
        await until(lambda: len(broker.taken) == 2)
    assert messaging.was_stored == [True, True]


async def test_a_large_batch_is_stored_before_anybody_is_asked(notify: Kernel) -> None:
    messaging, broker, many = Messaging(notify), Broker(), early.MOST_AT_ONCE + 1
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(number) for number in range(1, many + 1)])
        await until(lambda: len(broker.taken) == many)
    assert messaging.was_stored[0]


async def test_an_outage_is_stored_and_asked_again(notify: Kernel) -> None:
    messaging, broker = Messaging(notify), Broker()
    messaging.trouble = [Outage("503")]
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: broker.taken)
    assert messaging.was_stored == [False, True] and len(set(messaging.keys)) == 1
    assert stored(notify) == []


async def test_refused_at_once_the_next_route_is_asked_as_ever_and_a_replay_is_equal(notify: Kernel) -> None:
    messaging, broker = Messaging(notify), Broker()
    messaging.trouble = [Refusal("no-such-number", "gone")]
    async with running(messaging, broker) as engine:
        await engine.arrived_together([quoted(1)])
        await until(lambda: broker.taken)
        await until(lambda: not engine.shelf.rows)
    assert inputs(broker) == [["record", "answer"], ["answer"]]
    archive = Archive()
    archive.put([quoted(1), *placed(broker.taken), *placed(broker.journal)])
    fresh = Store("memory:", "notify")
    assert list(Replay(WIRING, archive, fresh, lambda _: of(PACK)).run()) == [1, 2]
    assert archive.only_said_again("notify") == archive.only_on_the_topic("notify") == []
    fresh.close()


def placed(records: list[Record]) -> list[Consumed]:
    return [Consumed(each, 0, at, 0, "") for at, each in enumerate(records)]


def test_an_answer_to_what_this_transaction_does_not_ask_changes_nothing(notify: Kernel) -> None:
    (call,) = notify.foresee(quoted(1), NOW)
    done = CallDone(call, call.refused("no-such-number", "gone"), at_once=True)
    assert notify.step([done], (), NOW).handled == 0
    assert notify.step([quoted(1)], (), NOW).calls == [call]
    again = notify.step([quoted(1), done], (), NOW + timedelta(seconds=1))
    assert (again.handled, again.duplicates, again.calls) == (0, 1, []) and stored(notify) == [call.id]


def test_only_what_rests_on_its_message_alone_is_foreseen(notify: Kernel) -> None:
    intake = Kernel(INTAKE, Store("memory:", "intake"), PACK)
    assert intake.foresee(Consumed(record_of("cancellation.submit.v1"), 0, 1, 0, intake.group), NOW) == ()
    assert notify.foresee(Consumed(record_of("retry.ordered.v1"), 0, 1, 0, notify.group), NOW) == ()
    broken = quoted(1)
    assert notify.foresee(broken._replace(record=broken.record._replace(value=b"{}")), NOW) == ()
