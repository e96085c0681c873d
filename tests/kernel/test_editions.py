"""A request keeps the edition of the rules it began under, whatever is in force when it goes on."""

from datetime import date, timedelta

import structlog

from policies.editions import Edition, Editions
from runtime.kernel.arrivals import CallDone
from runtime.kernel.kernel import Kernel
from tests.kernel.steps import OTHER, PACK, policy, said, step
from tests.kernel.tally import NOW, REQUEST, ask, heard, pay

SINCE_MARCH = {"effective_from": date(2026, 3, 1)}


def test_a_request_is_decided_under_the_edition_it_began_under_and_so_is_what_it_asked(kernel: Kernel) -> None:
    later = PACK.model_copy(update={"version": "later", "effective_from": date(2026, 3, 11)})
    kernel.editions = Editions([Edition("demo", PACK), Edition("demo-later", later)])
    step(kernel, pay(1))
    (call,) = step(kernel, ask(2)).calls
    tomorrow = NOW + timedelta(days=1)
    answered = CallDone(call, call.answered(None))
    heard_now = said(kernel.step([pay(3), answered, pay(4, request_id=OTHER)], (), tomorrow))[-3:]
    assert [policy(each) for each in heard_now] == [PACK.id, PACK.id, later.id]


def test_a_message_of_another_service_brings_its_edition_and_a_channel_cannot(kernel: Kernel) -> None:
    first = PACK.model_copy(update={"version": "first"})
    kernel.editions = Editions([Edition("demo", first), Edition("demo-now", PACK.model_copy(update=SINCE_MARCH))])
    heard_now = said(step(kernel, pay(1, ce_policyversion=first.id), heard(2, OTHER, first.id)))
    assert [policy(each) for each in heard_now] == [PACK.id, first.id]


def test_an_edition_nobody_has_any_more_is_replaced_by_the_one_in_force_and_told_once(kernel: Kernel) -> None:
    with structlog.testing.capture_logs() as logs:
        heard_now = said(step(kernel, heard(1, REQUEST, "demo@gone+0"), heard(2, REQUEST, "demo@gone+0")))
    assert [policy(each) for each in heard_now] == [PACK.id, PACK.id]
    assert [(each["edition"], each["instead"]) for each in logs] == [("demo@gone+0", PACK.id)]
