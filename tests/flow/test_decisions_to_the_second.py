"""Four decisions that a change of one sign would spoil: how long a quote stands, what is charged, what is claimed."""

from datetime import timedelta

import pytest

from contracts.carrier.asks import MoneyAsk, Receipt
from contracts.decisions import Disclosure
from contracts.messages import billing, intake, shared
from contracts.messages.intake import ConfirmationGiven, PaymentRetried
from contracts.words import Channel, Language, Proof, Ruling
from runtime.decision import Answered, Decision
from services.billing import disputes, settling
from services.billing.case import BillingCase, move_money
from tests.flow.customer import confirm, dispute, submit
from tests.flow.system import System

BOUND = "sub-linecontract01"


def quoted(system: System) -> BillingCase:
    case = system.case("billing", submit(system, BOUND))
    assert isinstance(case, BillingCase) and case.quote is not None
    return case


@pytest.mark.parametrize(("later", "code"), [(0, ""), (1, "quote-expired")])
def test_a_quote_stands_to_its_last_second_and_not_one_longer(system: System, later: int, code: str) -> None:
    case = quoted(system)
    issued = system.the(billing.QuoteIssued, case.request_id)
    until = issued.quote.valid_until
    assert until == system.now + timedelta(days=7)
    given = ConfirmationGiven(
        request_id=case.request_id,
        audience=case.to_whom,
        quote_version=1,
        clauses_acknowledged=True,
        proof=Proof(),
        given_at=until + timedelta(seconds=later),
        disclosure=Disclosure(quote_version=1, language=Language.ZH, channel=Channel.APP, at=until),
    )
    decision = settling.settle(case, given, until, system.pack)
    refused = [event.code for event in decision.events if isinstance(event, shared.CommandRefused)]
    assert refused == ([code] if code else [])
    assert len(decision.calls) == (0 if code else 1)


def argued(system: System) -> BillingCase:
    """Half of the quote's total is argued about and held out."""
    case = quoted(system)
    dispute(system, case.request_id)
    held = system.case("billing", case.request_id)
    assert isinstance(held, BillingCase) and held.dispute is not None
    half = held.dispute.amount.model_copy(update={"minor": held.dispute.amount.minor // 2})
    return held.model_copy(update={"dispute": held.dispute.model_copy(update={"amount": half})})


def test_paying_again_leaves_out_what_is_argued_about(system: System) -> None:
    case = argued(system).model_copy(update={"state": "declined"})
    decision = settling.pay_again(case, PaymentRetried(request_id=case.request_id), system.now, system.pack)
    asked = [call.ask.amount for call in decision.calls if isinstance(call.ask, MoneyAsk)]
    assert asked == [case.offered.total - case.held]
    assert 0 < case.held.minor < case.offered.total.minor


@pytest.mark.parametrize(("state", "back"), [("ended", True), ("settled", False)])
def test_what_a_dispute_charged_goes_back_where_the_request_was_withdrawn_meanwhile(
    system: System, state: str, back: bool
) -> None:
    held = argued(system)
    assert held.dispute is not None
    decided = held.dispute.model_copy(
        update={"outcome": Ruling.UPHELD, "owed": held.dispute.amount, "operator": "op-1", "reason": "checked"}
    )
    case = held.model_copy(update={"state": state, "dispute": decided})
    ask = move_money(case, "charge", decided.amount, "dispute").ask
    receipt = Receipt(
        request_id=case.request_id, subscription=BOUND, reference="r-1", amount=decided.amount, at=system.now
    )
    answer = Answered(request_id=case.request_id, operation="charge", note="dispute", ask=ask, answer=receipt)
    decision: Decision = disputes.money_moved(case, answer, system.now, system.pack)
    moved = [(call.operation, call.ask.amount) for call in decision.calls if isinstance(call.ask, MoneyAsk)]
    assert moved == ([("refund", decided.amount)] if back else [])


def test_a_line_that_is_to_close_holds_every_item_of_it(system: System) -> None:
    line = submit(system, BOUND)
    for item in ("plan-basic", "video-pack"):
        other = submit(system, BOUND, item, name=item)
        [fault] = system.the(intake.RequestReturned, other).faults
        assert fault.code == "item-already-ending" and line in fault.hint.en
    confirm(system, line)
    assert system.stage(line) == "scheduled"
