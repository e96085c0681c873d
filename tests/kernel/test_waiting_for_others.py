"""What nobody waits for is decided a moment later, together; whoever comes in a hurry takes it along."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from contracts.carrier.asks import SubscriptionAsk
from contracts.journal import Transaction
from contracts.messages import commands
from contracts.words import Route
from policies.pack import load
from runtime.decision import Call
from runtime.kernel.arrivals import Arrival, CallDone, PendingCall
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import OUTBOX
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.telemetry import Meters
from services.intake.app import WIRING as INTAKE
from services.notify.app import WIRING as NOTIFY
from services.notify.domain import SEND, Underway
from services.termination.app import WIRING as TERMINATION
from tests.kernel.steps import arrived
from tests.kernel.tally import REQUEST, pay, withdraw
from tests.kernel.test_engine import Broker, nobody, running, until


def patient(kernel: Kernel, seconds: float) -> Kernel:
    kernel.patience_seconds, kernel.patient = seconds, frozenset({commands.RetryPayment.type.encode()})
    return kernel


def sizes(broker: Broker) -> list[int]:
    told = [Transaction.model_validate_json(each.value or b"") for each in broker.journal]
    return [len(each.inputs) for whole in told for each in (whole, *whole.more)]


async def test_what_may_wait_is_decided_with_what_comes_meanwhile(kernel: Kernel) -> None:
    broker = Broker()
    async with running(patient(kernel, 2.0), broker) as engine:
        for number in (1, 2, 3):
            await arrived(engine, pay(number))
        await until(lambda: broker.journal)
    assert sizes(broker) == [3] and len(broker.taken) == 3


async def test_whoever_is_in_a_hurry_takes_along_what_waits_in_its_order(kernel: Kernel) -> None:
    broker = Broker()
    async with running(patient(kernel, 3600.0), broker) as engine:
        await arrived(engine, pay(1))
        await arrived(engine, None)
        await arrived(engine, pay(2))
        await arrived(engine, withdraw(3))
        await until(lambda: broker.journal)
    assert sizes(broker) == [3]


async def test_an_alarm_does_not_wait_for_those_who_may(kernel: Kernel) -> None:
    engine = Engine(patient(kernel, 3600.0), Broker().publish, nobody, Settings(), Meters("intake"))
    engine._next_alarm = engine.now() + timedelta(seconds=0.1)
    await arrived(engine, pay(1))
    await asyncio.wait_for(engine._gather(), 30)


async def test_what_nobody_decides_on_makes_no_transaction(kernel: Kernel) -> None:
    """Rows that are published go with the next one, or with none when there is nothing to do."""
    step, sizes = kernel.step, list[int]()

    def counted(arrivals: Sequence[Arrival], *rest: Any) -> Any:
        sizes.append(len(arrivals))
        return step(arrivals, *rest)

    kernel.step = counted  # type: ignore[method-assign,assignment]
    engine = Engine(kernel, Broker().publish, nobody, Settings(), Meters("intake"))
    for arrival in (pay(1), None):
        await arrived(engine, arrival)
        await engine._turn(engine._batch())
        engine._last_step += 3600  # however slow this machine is
    await engine.clear_the_shelf()
    assert sizes == [1] and len(kernel.store.read(sa.select(OUTBOX.c.position))) == 2
    await engine._turn([])
    assert sizes == [1, 0] and kernel.store.read(sa.select(OUTBOX.c.position)) == []


def test_nobody_waits_for_the_last_words_on_intakes_page_or_for_a_yes_without_its_settlement() -> None:
    """A quote or a refusal is waited for: by a person at a counter."""
    last = {"fee.settled.v1", "termination.scheduled.v1", "item.terminated.v1", "service.terminated.v1"}
    assert INTAKE.patient == last | {"final-bill.issued.v1", "request.closed.v1"}
    assert TERMINATION.patient == {"confirmation.given.v1"}


@pytest.mark.parametrize(
    ("closes", "arrived", "waits"), [(False, True, True), (True, True, False), (False, False, False)]
)
def test_only_the_word_that_a_notice_has_arrived_waits_for_others(closes: bool, arrived: bool, waits: bool) -> None:
    """The last one closes the request; what did not arrive goes on the next way at once."""
    note = Underway(sha256="0" * 64, closes=closes, routes=(Route.SMS, Route.LETTER)).model_dump_json()
    pending = PendingCall("c", REQUEST, Call(SEND, SubscriptionAsk(subscription="sub-free01"), note), "m", "m", 0)
    outcome = pending.answered(None) if arrived else pending.refused("not-delivered", "")
    with closing(Store("memory:", "notify")) as store:
        assert Kernel(NOTIFY, store, load("demo")).may_wait(CallDone(pending, outcome)) is waits
