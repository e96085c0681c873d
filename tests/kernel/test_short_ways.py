"""Ways that a worker cuts short lead where the long ones do: what is not taken in, not checked, not opened anew."""

from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from contracts.carrier.asks import Delivered, MessageAsk
from contracts.messages import TYPES, ForCustomer
from policies.notices import render
from policies.pack import load
from runtime.decision import Answered, Decision
from runtime.envelope import Record
from runtime.kernel.arrivals import CallDone, Consumed, PendingCall
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from services.notify import domain
from services.notify.app import WIRING
from tests.contracts.sound import record_of, sample
from tests.kernel.tally import NOW

PACK = load("cn-carrier")
TOLD = sorted(name for name, model in TYPES.items() if issubclass(model, ForCustomer))
REMEMBERED = domain.NotifyCase(request_id="11111111-2222-4333-8444-555555555555")


def of_edition(record: Record, policy: str) -> Record:
    headers = [(name, policy.encode() if name == "ce_policyversion" else value) for name, value in record.headers]
    return record._replace(headers=headers)


@pytest.fixture(scope="module")
def notify() -> Kernel:
    return Kernel(WIRING, Store("memory:", "notify"), PACK)


@pytest.mark.parametrize("name", TOLD)
def test_notify_takes_every_event_that_its_edition_has_words_for_and_no_other(notify: Kernel, name: str) -> None:
    has_words = any(notice.event == name for notice in PACK.notices)
    assert notify.wants(of_edition(record_of(name), PACK.id)) == has_words
    message = sample(name)
    assert isinstance(message, ForCustomer)
    assert has_words or render(PACK, message, message.audience.language) is None


@pytest.mark.parametrize("policy", ["", "cn-carrier@1.of.another.age", "nobody-knows@1"])
def test_an_event_of_an_edition_that_is_not_here_is_decided_as_ever(notify: Kernel, policy: str) -> None:
    assert notify.wants(of_edition(record_of("request.approved.v1"), policy))


def test_what_an_operator_orders_is_taken_whatever_the_pack_has_words_for(notify: Kernel) -> None:
    assert notify.wants(of_edition(record_of("retry.ordered.v1"), PACK.id))


@pytest.mark.parametrize("name", TOLD)
def test_what_notify_decides_on_sight_is_the_same_with_a_case_and_without(name: str) -> None:
    message = sample(name)
    assert isinstance(message, ForCustomer)
    without = domain.tell(None, message, NOW, PACK)
    assert without.case is not None or without == domain.tell(REMEMBERED, message, NOW, PACK)
    for call in without.calls:
        assert isinstance(call.ask, MessageAsk)
        assert sent(None, call.ask, call.note) == sent(REMEMBERED, call.ask, call.note)


def test_what_is_decided_on_sight_is_said_alike_whatever_another_worker_made_of_the_case() -> None:
    """So a replay, which has the case, says it again byte for byte."""
    said = [said_of_an_answer(remembered) for remembered in (False, True)]
    assert said[0] == said[1]


def said_of_an_answer(remembered: bool) -> Record:
    notify = Kernel(WIRING, Store("memory:", "notify"), PACK)
    stuck, good = asked(notify, 1), asked(notify, 2)
    if remembered:
        notify.step([CallDone(stuck, stuck.refused(domain.UNBELIEVABLE, "another subscription"))], (), NOW)
    assert isinstance(good.call.ask, MessageAsk)
    outcome = notify.step([CallDone(good, good.answered(delivered(good.call.ask)))], (), NOW)
    return next(each.record for each in outcome.publish if each.record.topic == notify.topic)


def asked(notify: Kernel, number: int) -> PendingCall:
    told = record_of("quote.issued.v1")
    own = str(UUID(int=number)).encode()
    again = told._replace(headers=[(name, own if name == "ce_id" else value) for name, value in told.headers])
    (call,) = notify.step([Consumed(again, 0, number, 0, notify.group)], (), NOW).calls
    return call


def sent(case: domain.NotifyCase | None, ask: MessageAsk, note: str) -> Decision:
    answered = Answered(request_id=ask.request_id, operation=domain.SEND, ask=ask, note=note, answer=delivered(ask))
    return domain.sent(case, answered, NOW, PACK)


def delivered(ask: MessageAsk) -> Delivered:
    return Delivered(request_id=ask.request_id, subscription=ask.subscription, reference="m-1", route=ask.route, at=NOW)


def test_a_kernel_keeps_its_connection_until_something_goes_wrong(kernel: Kernel) -> None:
    with kernel.kept.transaction() as first:
        pass
    with kernel.kept.transaction() as second:
        assert second is first
    with pytest.raises(ZeroDivisionError), kernel.kept.transaction():
        raise ZeroDivisionError
    with kernel.kept.transaction() as later:
        assert later is not first and first.closed


def test_a_connection_that_was_cut_fails_once_and_then_there_is_another_one(kernel: Kernel) -> None:
    with kernel.kept.transaction() as kept:
        raw: Any = kept.connection.dbapi_connection
    raw.close()
    with pytest.raises(sa.exc.DBAPIError), kernel.kept.transaction() as cut:
        cut.exec_driver_sql("select 1")
    with kernel.kept.transaction() as other:
        assert other.exec_driver_sql("select 1").scalar() == 1
