"""What billing decides about the fee for having a line back: whole decisions."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.carrier.asks import MoneyAsk, Receipt
from contracts.messages.billing import FeeRefunded, ReopeningDeclined, ReopeningPaid
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import ReopeningAccepted, ReopeningFailed
from contracts.words import Money, ReopeningTerms, Text
from policies.deciding import record, sha256_of
from runtime.decision import NOTHING, Answered, Decision, Refused
from services.billing import reopening
from services.billing.case import BillingCase, Incident, Reopening, move_money
from tests.flow.at_billing import Desk

WHATEVER_THE_PACKS_MONEY = True

FEE, ZERO = Money(minor=5000), Money(minor=0)
AT, FREE_FROM = datetime(2026, 3, 10, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
ASKED = Incident(operation="charge", note="reopening", ask={}, key="")


def closed(desk: Desk, state: Any = None, fee: Money = FEE, **more: Any) -> BillingCase:
    """A settled case whose quote told the fee for reopening; with a reopening in that state, if any."""
    case = desk.quoted
    terms = ReopeningTerms(fee=fee, clauses=("CN-17",))
    known = case.model_copy(update={"quote": case.offered.model_copy(update={"reopening": terms}), "state": "settled"})
    if state:
        known = known.model_copy(update={"reopening": Reopening(accepted=accepted(known, fee), state=state)})
    return known.model_copy(update=more)


def accepted(case: BillingCase, fee: Money = FEE) -> ReopeningAccepted:
    return ReopeningAccepted(request_id=case.request_id, attempt=1, fee=fee, number_free_from=FREE_FROM)


def failed(case: BillingCase, attempt: int = 1) -> ReopeningFailed:
    return ReopeningFailed(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=attempt,
        operator="op-1",
        reason="not worth it",
        number_free_from=FREE_FROM,
    )


def moved(case: BillingCase, operation: str, amount: Money = FEE) -> Answered:
    call = move_money(case, operation, amount, "reopening")
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    receipt = Receipt(**ids, amount=amount, reference="r-1", at=AT)
    return Answered(request_id=case.request_id, operation=operation, ask=call.ask, note=call.note, answer=receipt)


def refused(case: BillingCase, code: str) -> Refused:
    call = move_money(case, "charge", FEE, "reopening")
    return Refused(
        request_id=case.request_id, operation="charge", ask=call.ask, note=call.note, code=code, detail="no", key="k"
    )


def now_in(case: BillingCase, state: str) -> BillingCase:
    assert case.reopening is not None
    return case.model_copy(update={"reopening": case.reopening.model_copy(update={"state": state})})


def declined(case: BillingCase, code: str) -> ReopeningDeclined:
    return ReopeningDeclined(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=1,
        code=code,
        amount=FEE,
        number_free_from=FREE_FROM,
    )


def test_the_fee_that_was_told_is_charged_once(desk: Desk) -> None:
    case = closed(desk)
    decision = reopening.charge(case, accepted(case), desk.now, desk.pack)
    asked = case.model_copy(update={"reopening": Reopening(accepted=accepted(case), state="charging")})
    ask = MoneyAsk(request_id=case.request_id, subscription=case.to_whom.subscription, amount=FEE, purpose="reopening")
    assert (decision.case, decision.events, decision.alarms) == (asked, (), ())
    assert [(call.operation, call.ask, call.note) for call in decision.calls] == [("charge", ask, "reopening")]


@pytest.mark.parametrize(
    ("state", "code"), [("paid", ""), ("charging", "earlier-payment-open"), ("given-up", "earlier-payment-open")]
)
def test_while_an_earlier_payment_is_open_no_second_one_is_taken(desk: Desk, state: str, code: str) -> None:
    case = closed(desk, state)
    decision = reopening.charge(case, accepted(case), desk.now, desk.pack)
    assert decision == (Decision(events=(declined(case, code),)) if code else NOTHING)


@pytest.mark.parametrize("state", ["refunding", "over"])
def test_after_an_earlier_one_is_over_the_next_is_charged(desk: Desk, state: str) -> None:
    case = closed(desk, state)
    decision = reopening.charge(case, accepted(case), desk.now, desk.pack)
    assert [call.operation for call in decision.calls] == ["charge"]


@pytest.mark.parametrize("told", [None, ZERO, Money(minor=4999)])
def test_a_fee_that_was_not_told_is_declined(desk: Desk, told: Money | None) -> None:
    case = closed(desk, fee=told or FEE)
    if told is None:
        case = case.model_copy(update={"quote": case.offered.model_copy(update={"reopening": None})})
    asked = case.model_copy(update={"reopening": Reopening(accepted=accepted(case), state="over")})
    decision = reopening.charge(case, accepted(case), desk.now, desk.pack)
    assert decision == Decision(asked, (declined(case, "fee-not-disclosed"),))


def test_where_the_quote_told_no_fee_having_the_line_back_costs_nothing(desk: Desk) -> None:
    case = closed(desk)
    case = case.model_copy(update={"quote": case.offered.model_copy(update={"reopening": None})})
    decision = reopening.charge(case, accepted(case, ZERO), desk.now, desk.pack)
    (event,) = decision.events
    assert isinstance(event, ReopeningPaid) and (event.paid, event.reference, event.clauses) == (ZERO, None, ())
    assert isinstance(decision.case, BillingCase) and decision.calls == ()
    assert decision.case.reopening == Reopening(accepted=accepted(case, ZERO), state="paid", was_paid=True)


@pytest.mark.parametrize("case", [None, BillingCase(request_id="00000000-0000-4000-8000-000000000001")])
def test_nothing_is_charged_for_a_request_that_was_never_quoted(desk: Desk, case: BillingCase | None) -> None:
    known = closed(desk)
    assert reopening.charge(case, accepted(known), desk.now, desk.pack) == NOTHING


@pytest.mark.parametrize(("fee", "outcome"), [(FEE, "paid"), (ZERO, "nothing-due")])
def test_what_was_paid_is_told_with_its_clauses_and_on_what_it_was_decided(
    desk: Desk, fee: Money, outcome: str
) -> None:
    case = closed(desk, None if fee == ZERO else "charging", fee)
    if fee == ZERO:
        decision, reference = reopening.charge(case, accepted(case, ZERO), desk.now, desk.pack), None
    else:
        decision, reference = reopening.charged(case, moved(case, "charge"), desk.now, desk.pack), "r-1"
    said = "50.00" if fee.minor else "0.00"
    told_so = f"CNY {said} for reopening, as the quote had told."
    words = Text(zh=f"恢复费 CNY {said}，在费用确认单中告知过。", en=told_so)
    inputs = {"quote_sha256": sha256_of(case.offered), "fee": fee, "reference": reference}
    told = record("reopening-fee", outcome, inputs, desk.pack, words, ("quarantine",), ("CN-17",), paid=fee)
    event = ReopeningPaid(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=1,
        paid=fee,
        reference=reference,
        clauses=("CN-17",),
        decision=told,
    )
    assert decision.events == (event,) and decision.calls == ()
    assert isinstance(decision.case, BillingCase) and decision.case.reopening is not None
    assert decision.case.reopening.state == "paid"


def test_what_arrives_after_it_was_given_up_is_told_and_goes_straight_back(desk: Desk) -> None:
    case = closed(desk, "given-up")
    decision = reopening.charged(case, moved(case, "charge"), desk.now, desk.pack)
    (event,) = decision.events
    assert isinstance(event, ReopeningPaid) and event.given_back and event.paid == FEE
    assert decision.case == now_in(case, "refunding")
    assert decision.calls == (move_money(case, "refund", FEE, "reopening"),)


@pytest.mark.parametrize(
    ("state", "code", "left", "told"),
    [
        ("charging", "payment-declined", "over", "payment-declined"),
        ("given-up", "payment-declined", "over", ""),
        ("given-up", "already-closed", "over", ""),
    ],
)
def test_a_refused_payment_ends_the_reopening(desk: Desk, state: str, code: str, left: str, told: str) -> None:
    case = closed(desk, state)
    decision = reopening.charge_refused(case, refused(case, code), desk.now, desk.pack)
    assert decision == Decision(now_in(case, left), (declined(case, told),) if told else ())


@pytest.mark.parametrize(("state", "code"), [("charging", "already-closed"), ("given-up", "unbelievable-answer")])
def test_a_payment_of_unknown_outcome_waits_for_a_person(desk: Desk, state: str, code: str) -> None:
    case = closed(desk, state)
    decision = reopening.charge_refused(case, refused(case, code), desk.now, desk.pack)
    assert isinstance(decision.case, BillingCase) and decision.case.reopening == case.reopening
    assert list(decision.case.incidents) == ["charge:reopening"]
    assert decision.case.incidents["charge:reopening"].key == ("k" if code == "unbelievable-answer" else "")


@pytest.mark.parametrize(
    ("incidents", "state", "left"),
    [
        ({}, "given-up", []),
        ({"charge:reopening": ASKED.model_copy(update={"key": "k"})}, "given-up", ["charge:reopening"]),
        ({"charge:reopening": ASKED, "final-bill:": ASKED}, "over", ["final-bill:"]),
    ],
)
def test_a_reopening_that_failed_under_way_is_given_up_unless_its_payment_was_refused_for_good(
    desk: Desk, incidents: dict[str, Incident], state: str, left: list[str]
) -> None:
    case = closed(desk, "charging", incidents=incidents)
    decision = reopening.give_back(case, failed(case), desk.now, desk.pack)
    solved = AttentionResolved(request_id=case.request_id, incident="charge:reopening")
    kept = {name: incidents[name] for name in left}
    assert decision.case == now_in(case.model_copy(update={"incidents": kept}), state)
    assert (decision.events, decision.calls) == ((solved,) if state == "over" else (), ())


@pytest.mark.parametrize(("fee", "state"), [(FEE, "refunding"), (ZERO, "over")])
def test_what_was_paid_for_a_reopening_that_failed_goes_back(desk: Desk, fee: Money, state: str) -> None:
    case = closed(desk, "paid", fee)
    decision = reopening.give_back(case, failed(case), desk.now, desk.pack)
    calls = (move_money(case, "refund", FEE, "reopening"),) if fee.minor else ()
    assert decision == Decision(now_in(case, state), calls=calls)


@pytest.mark.parametrize(("state", "attempt"), [("paid", 2), ("over", 1), ("refunding", 1), ("given-up", 1), (None, 1)])
def test_nothing_goes_back_twice_or_for_another_attempt(desk: Desk, state: Any, attempt: int) -> None:
    case = closed(desk, state)
    assert reopening.give_back(case, failed(case, attempt), desk.now, desk.pack) == NOTHING
    assert reopening.give_back(None, failed(case, attempt), desk.now, desk.pack) == NOTHING


def test_the_fee_that_went_back_is_told(desk: Desk) -> None:
    case = closed(desk, "refunding")
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=FEE,
        cause="reopening",
        reference="r-1",
        clauses=("CN-17",),
    )
    decision = reopening.given_back(case, moved(case, "refund"), desk.now, desk.pack)
    assert decision == Decision(now_in(case, "over"), (event,))
