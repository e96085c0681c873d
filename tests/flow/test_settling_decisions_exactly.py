"""What billing decides from the quote to the settlement: whole decisions, by the state of the case and the moment."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.decisions import Disclosure
from contracts.messages.billing import (
    FeeSettled,
    SettlementAbandoned,
    SettlementFailed,
    SettlementRecalled,
)
from contracts.messages.intake import ConfirmationGiven, PaymentRetried
from contracts.messages.shared import AttentionRequired
from contracts.refusals import refused as refusal
from contracts.words import Channel, Language, Money, Proof
from policies.customers_word import NOT_KEPT
from policies.deciding import sha256_of
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from services.billing import recalled, records, settling
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase, Incident, move_money
from services.billing.settling import settled_dates
from tests.flow.at_billing import Desk, answered, in_state, refused, withdrawn

WHATEVER_THE_PACKS_MONEY = True

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
ZERO = Money(minor=0)
STOPPED = Alarm(QUOTE_DEADLINE, None)


def yes(case: BillingCase, version: int = 1, sha256: Any = None, disclosed: bool = True) -> ConfirmationGiven:
    at = case.offered.valid_until - DAY
    shown = Disclosure(quote_version=1, language=Language.ZH, channel=Channel.APP, at=at, quote_sha256=sha256)
    return ConfirmationGiven(
        request_id=case.request_id,
        audience=case.to_whom,
        quote_version=version,
        clauses_acknowledged=True,
        proof=Proof(),
        given_at=at,
        disclosure=shown if disclosed else None,
    )


def free(case: BillingCase) -> BillingCase:
    return case.model_copy(update={"quote": case.offered.model_copy(update={"lines": (), "total": ZERO})})


def test_a_yes_to_the_quote_as_it_was_shown_is_charged_without_what_is_held(desk: Desk) -> None:
    for case in (desk.quoted, desk.argued):
        for sha256 in (None, sha256_of(case.offered)):
            message = yes(case, sha256=sha256)
            decision = settling.settle(case, message, desk.now, desk.pack)
            charge = move_money(case, "charge", case.offered.total - case.held, "settlement")
            charging = in_state(case, "charging", confirmation=message)
            assert decision == Decision(charging, calls=(charge,), alarms=(STOPPED,))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("waiting", "already-confirmed"),
        ("charging", "already-confirmed"),
        ("declined", "already-confirmed"),
        ("settled", "already-confirmed"),
        ("ended", "quote-expired"),
    ],
)
def test_a_yes_is_heard_once_and_only_while_a_quote_waits_for_it(desk: Desk, state: str, code: str) -> None:
    case = in_state(desk.quoted, state)
    decision = settling.settle(case, yes(case), desk.now, desk.pack)
    assert decision == Decision(events=(refusal(case.request_id, "quote.confirm.v1", code),))


@pytest.mark.parametrize(
    ("version", "told", "code"),
    [
        (2, {}, "no-such-quote"),
        (0, {}, "quote-version-old"),
        (1, {"sha256": "0" * 64}, "quote-version-old"),
        (1, {"disclosed": False}, "disclosure-missing"),
    ],
)
def test_a_yes_to_something_else_than_the_quote_is_refused(
    desk: Desk, version: int, told: dict[str, Any], code: str
) -> None:
    case = desk.quoted
    decision = settling.settle(case, yes(case, version, **told), desk.now, desk.pack)
    assert decision == Decision(events=(refusal(case.request_id, "quote.confirm.v1", code),))


@pytest.mark.parametrize("known", [True, False])
def test_a_yes_to_no_quote_is_refused(desk: Desk, known: bool) -> None:
    case = desk.quoted
    asked = case.model_copy(update={"quote": None}) if known else None
    decision = settling.settle(asked, yes(case), desk.now, desk.pack)
    assert decision == Decision(events=(refusal(case.request_id, "quote.confirm.v1", "no-such-quote"),))


def settled_event(case: BillingCase, desk: Desk, paid: Money, reference: Any) -> FeeSettled:
    assert case.application is not None and case.confirmation is not None
    receipt = answered(case, move_money(case, "charge", paid, "settlement")).answer if reference else None
    return FeeSettled(
        request_id=case.request_id,
        audience=case.to_whom,
        application=case.application,
        quote_version=case.offered.version,
        paid=paid,
        held=case.held,
        reference=reference,
        confirmed_at=case.confirmation.given_at,
        items=("plan-basic", "video-pack"),
        dates=settled_dates(case, desk.now, desk.pack),
        quote_sha256=sha256_of(case.offered),
        decision=records.settled(case, receipt, paid, sha256_of(case.offered), desk.pack),
        cooling_off=case.offered.cooling_off,
        reopening=case.offered.reopening,
    )


@pytest.mark.parametrize(("settled", "promise_begins"), [(-2 * DAY, 0 * DAY), (0 * DAY, 0 * DAY), (3 * DAY, 3 * DAY)])
def test_the_dates_of_a_settlement_are_those_of_the_quote_and_we_promise_from_the_later_of_both(
    desk: Desk, settled: timedelta, promise_begins: timedelta
) -> None:
    """Written out, for the tests around compare with the function itself; said again, they are the same."""
    case, pack = in_state(desk.quoted, "settled", confirmation=yes(desk.quoted)), desk.pack
    assert case.application is not None and case.confirmation is not None and case.subscription is not None
    end, wish = case.offered.service_end, case.application
    found = settled_dates(case, end + settled, pack)
    assert (found.requested, found.asked) == (wish.requested_end, wish.accepted_at) and wish.accepted_at
    assert (found.service_end, found.charge_end) == (end, case.offered.charge_end)
    assert found.promised == pack.due(end + promise_begins, pack.clocks.termination_promise) and not found.effective
    said = settling.settled_terms(case, end + settled, pack)
    assert said == {
        "request_id": case.request_id,
        "audience": case.to_whom,
        "application": wish,
        "quote_version": 1,
        "confirmed_at": case.offered.valid_until - DAY,
        "items": ("plan-basic", "video-pack"),
        "dates": found,
        "quote_sha256": sha256_of(case.offered),
        "reopening": case.offered.reopening,
    }
    assert said["reopening"] is not None


def held_whole(case: BillingCase) -> BillingCase:
    assert case.dispute is not None
    return case.model_copy(update={"dispute": case.dispute.model_copy(update={"amount": case.offered.total})})


@pytest.mark.parametrize("disclosed", [True, False])
def test_where_nothing_is_due_a_yes_settles_at_once(desk: Desk, disclosed: bool) -> None:
    case = free(desk.quoted)
    message = yes(case, disclosed=disclosed)
    done = in_state(case, "settled", confirmation=message, paid=ZERO, settled_at=desk.now)
    decision = settling.settle(case, message, desk.now, desk.pack)
    assert decision == Decision(done, (settled_event(done, desk, ZERO, None),), alarms=(STOPPED,))


def test_the_smallest_fee_is_charged_and_only_to_whom_it_was_shown(desk: Desk) -> None:
    fee = Money(minor=1)
    case = desk.quoted.model_copy(update={"quote": desk.quoted.offered.model_copy(update={"total": fee})})
    message = yes(case)
    charging = in_state(case, "charging", confirmation=message)
    asked = Decision(charging, calls=(move_money(case, "charge", fee, "settlement"),), alarms=(STOPPED,))
    assert settling.settle(case, message, desk.now, desk.pack) == asked
    unseen = settling.settle(case, yes(case, disclosed=False), desk.now, desk.pack)
    assert unseen == Decision(events=(refusal(case.request_id, "quote.confirm.v1", "disclosure-missing"),))


def test_where_all_of_it_is_argued_about_a_yes_settles_at_once(desk: Desk) -> None:
    case = held_whole(desk.argued)
    message = yes(case)
    done = in_state(case, "settled", confirmation=message, paid=ZERO, settled_at=desk.now)
    decision = settling.settle(case, message, desk.now, desk.pack)
    assert decision == Decision(done, (settled_event(done, desk, ZERO, None),), alarms=(STOPPED,))
    [event] = decision.events
    assert isinstance(event, FeeSettled) and event.decision is not None and event.decision.outcome == "held"


def charging(desk: Desk, **more: Any) -> BillingCase:
    case = desk.quoted
    return in_state(case, "charging", confirmation=yes(case), **more)


@pytest.mark.parametrize("declined_before", [True, False])
def test_what_was_charged_is_settled_with_its_receipt_and_a_clock_for_paying_stands(
    desk: Desk, declined_before: bool
) -> None:
    case, paid = charging(desk, **({"retry_until": desk.now} if declined_before else {})), Money(minor=1234)
    answer = answered(case, move_money(case, "charge", paid, "settlement"))
    done = in_state(case, "settled", paid=paid, settled_at=desk.now)
    decision = settling.charged(case, answer, desk.now, desk.pack)
    event = settled_event(done, desk, paid, "r-1")
    stopped = (Alarm(PAYMENT_DEADLINE, None),) if declined_before else ()
    assert decision == Decision(done, (event,), alarms=stopped), "a clock that never ran is not stopped"
    assert event.decision is not None and event.decision.outcome == "paid"


def test_what_was_charged_while_the_customer_withdrew_goes_back(desk: Desk) -> None:
    case, paid = charging(desk, withdrawal_wanted=True), Money(minor=1234)
    decision = settling.charged(
        case, answered(case, move_money(case, "charge", paid, "settlement")), desk.now, desk.pack
    )
    back = move_money(case, "refund", paid, "withdrawal")
    assert decision == withdrawn(case.model_copy(update={"paid": paid}))._replace(calls=(back,))


@pytest.mark.parametrize("before", [None, DAY])
def test_a_declined_payment_may_be_tried_again_to_a_day_that_does_not_move(
    desk: Desk, before: timedelta | None
) -> None:
    until = desk.now + before if before else desk.pack.due(desk.now, desk.pack.clocks.payment_retry)
    case = charging(desk, retry_until=until if before else None)
    call = move_money(case, "charge", Money(minor=1234), "settlement")
    decision = settling.charge_refused(case, refused(case, call, "payment-declined"), desk.now, desk.pack)
    event = SettlementFailed(
        request_id=case.request_id,
        audience=case.to_whom,
        code="payment-declined",
        amount=Money(minor=1234),
        retry_until=until,
    )
    declined = in_state(case, "declined", retry_until=until)
    assert decision == Decision(declined, (event,), alarms=(Alarm(PAYMENT_DEADLINE, until),))


def test_a_payment_that_was_declined_while_the_customer_withdrew_ends_it(desk: Desk) -> None:
    case = charging(desk, withdrawal_wanted=True)
    call = move_money(case, "charge", Money(minor=1234), "settlement")
    decision = settling.charge_refused(case, refused(case, call, "payment-declined"), desk.now, desk.pack)
    assert decision == withdrawn(case)


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize(("code", "key"), [("already-closed", ""), ("unbelievable-answer", "k-1")])
def test_any_other_refusal_waits_for_a_person(desk: Desk, wanted: bool, code: str, key: str) -> None:
    other = Incident(operation="refund", note="dispute", ask={}, key="")
    case = charging(desk, withdrawal_wanted=wanted, incidents={"refund:dispute": other})
    call = move_money(case, "charge", Money(minor=1234), "settlement")
    decision = settling.charge_refused(case, refused(case, call, code), desk.now, desk.pack)
    kept = Incident(operation="charge", note="settlement", ask=call.ask.model_dump(mode="json"), key=key)
    event = AttentionRequired(
        request_id=case.request_id,
        incident="charge:settlement",
        operation="charge",
        code=code,
        detail="no",
        amount=Money(minor=1234),
    )
    incidents = {"refund:dispute": other, "charge:settlement": kept}
    assert decision == Decision(case.model_copy(update={"incidents": incidents}), (event,))


@pytest.mark.parametrize("state", ["waiting", "quoted", "charging", "settled", "ended", None])
def test_only_a_declined_payment_is_tried_again(desk: Desk, state: str | None) -> None:
    case = desk.quoted
    known = in_state(case, state) if state else None
    decision = settling.pay_again(known, PaymentRetried(request_id=case.request_id), desk.now, desk.pack)
    assert decision == Decision(events=(refusal(case.request_id, "payment.retry.v1", "nothing-to-pay"),))
    declined = in_state(case, "declined")
    decision = settling.pay_again(declined, PaymentRetried(request_id=case.request_id), desk.now, desk.pack)
    charge = move_money(case, "charge", case.offered.total, "settlement")
    assert decision == Decision(in_state(case, "charging"), calls=(charge,))


@pytest.mark.parametrize("state", ["waiting", "quoted", "charging", "declined", "settled", "ended"])
def test_a_payment_that_is_never_made_ends_the_request_unless_one_is_just_under_way(desk: Desk, state: str) -> None:
    case = in_state(desk.argued, state)
    alarm = AlarmRang(request_id=case.request_id, name=PAYMENT_DEADLINE, at=desk.now)
    amount = case.offered.total - case.held
    event = SettlementAbandoned(request_id=case.request_id, audience=case.to_whom, amount=amount)
    later = desk.pack.due(desk.now, desk.pack.clocks.payment_retry)
    expected = {
        "charging": Decision(alarms=(Alarm(PAYMENT_DEADLINE, later),)),
        "declined": Decision(in_state(case, "ended", open=False), (event,)),
    }
    assert settling.abandon(case, alarm, desk.now, desk.pack) == expected.get(state, NOTHING)


def recall(case: BillingCase, incident: str = NOT_KEPT) -> AttentionRequired:
    return AttentionRequired(request_id=case.request_id, incident=incident, operation="x", code="x", detail="x")


def test_a_settlement_is_said_again_as_it_was_said_first(desk: Desk) -> None:
    case = in_state(desk.quoted, "settled", settled_at=desk.now)
    case = case.model_copy(update={"confirmation": yes(case)})
    first = settled_event(case, desk, ZERO, None)
    fields = set(SettlementRecalled.model_fields)
    event = SettlementRecalled(**{name: getattr(first, name) for name in fields if hasattr(first, name)})
    decision = recalled.asked_for(case, recall(case), desk.now + 9 * DAY, desk.pack)
    assert decision == Decision(events=(event,))
    changes: list[dict[str, Any]] = [{"state": "quoted"}, {"confirmation": None}, {"settled_at": None}]
    for known in (None, *(case.model_copy(update=change) for change in changes)):
        assert recalled.asked_for(known, recall(case), desk.now, desk.pack) == NOTHING
    assert recalled.asked_for(case, recall(case, "quote"), desk.now, desk.pack) == NOTHING
