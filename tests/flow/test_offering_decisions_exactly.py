"""What billing offers, says again and takes back around a quote: whole decisions, by the state of the case."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.asks import SubscriptionAsk
from contracts.carrier.subscriptions import Subscription
from contracts.messages.billing import (
    QuoteExpired,
    QuoteIssued,
)
from contracts.messages.intake import WithdrawalRequested
from contracts.messages.ops import RetryOrdered
from contracts.messages.review import RequestApproved
from contracts.messages.shared import AttentionRequired, AttentionResolved, RequestWithdrawn
from contracts.refusals import refused as refusal
from contracts.words import Dates, Kind, Money
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Call, Decision
from services.billing import offering, quoting, records, withdrawing
from services.billing.case import QUOTE_DEADLINE, BillingCase, move_money
from tests.flow.at_billing import Desk, in_state, withdrawn

DAY = timedelta(days=1)
IN_EUR = "is in EUR, the pack's currency is CNY; the carrier has to send it in that"


def approved(case: BillingCase) -> RequestApproved:
    assert case.application is not None and case.subscription is not None
    return RequestApproved(
        request_id=case.request_id,
        audience=case.to_whom,
        application=case.application,
        subscription=case.subscription,
        by="rules",
        rules=(),
    )


def offer(case: BillingCase, desk: Desk) -> Decision:
    """As the quote is told, with its record and its clock."""
    assert case.application is not None
    dates = Dates(
        requested=case.application.requested_end,
        asked=case.application.accepted_at,
        promised=desk.pack.due(case.offered.service_end, desk.pack.clocks.termination_promise),
        service_end=case.offered.service_end,
        charge_end=case.offered.charge_end,
    )
    event = QuoteIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        quote=case.offered,
        dates=dates,
        decision=records.quoted(case, desk.now, desk.pack),
        kind=case.application.kind,
    )
    return Decision(in_state(case, "quoted"), (event,), alarms=(Alarm(QUOTE_DEADLINE, case.offered.valid_until),))


def test_what_is_approved_is_quoted_once_whole(desk: Desk) -> None:
    case = desk.quoted
    expected = offer(case, desk)
    for known in (None, BillingCase(request_id=case.request_id), in_state(case, "waiting")):
        assert offering.issue_quote(known, approved(case), desk.now, desk.pack) == expected
    for state in ("quoted", "charging", "declined", "settled", "ended"):
        assert offering.issue_quote(in_state(case, state), approved(case), desk.now, desk.pack) == NOTHING


def test_what_was_withdrawn_before_it_was_approved_is_not_quoted(desk: Desk) -> None:
    case = desk.quoted
    waiting = BillingCase(request_id=case.request_id, withdrawal_wanted=True)
    decision = offering.issue_quote(waiting, approved(case), desk.now, desk.pack)
    assert decision.events == withdrawn(case).events and decision.alarms == withdrawn(case).alarms
    assert isinstance(decision.case, BillingCase) and decision.case.quote is None and decision.case.state == "ended"


def unpriced(desk: Desk, **of_contract: Any) -> BillingCase:
    case = in_state(desk.quoted, "waiting", quote=None)
    assert case.subscription is not None
    first, *others = case.subscription.items
    assert first.contract is not None
    bound = first.model_copy(update={"contract": first.contract.model_copy(update=of_contract)})
    return case.model_copy(update={"subscription": case.subscription.model_copy(update={"items": (bound, *others)})})


def looked_up(case: BillingCase, desk: Desk, known: Subscription) -> Decision:
    said = {"request_id": case.request_id, "operation": "look-up", "note": ""}
    ask = SubscriptionAsk(subscription=known.subscription)
    return offering.looked_up(case, Answered(**said, ask=ask, answer=known), desk.now, desk.pack)


@pytest.mark.parametrize(
    ("change", "code", "detail"),
    [
        ({"fee_rule": "gone"}, "unknown-fee-rule", "the pack {pack} has no fee rule gone"),
        (
            {"full_fee": Money(minor=1, currency="EUR")},
            "contract-makes-no-sense",
            f"contracts/{{contract}}/full_fee: {IN_EUR}; {offering.MENDED}",
        ),
    ],
)
def test_what_cannot_be_priced_waits_for_a_person_and_is_tried_again(
    desk: Desk, change: dict[str, Any], code: str, detail: str
) -> None:
    case = unpriced(desk, **change)
    message = approved(case)
    bound = message.subscription.items[0].contract
    assert bound is not None
    event = AttentionRequired(
        request_id=case.request_id,
        incident="quote",
        operation="quote",
        code=code,
        detail=detail.format(pack=desk.pack.id, contract=bound.contract),
    )
    assert offering.issue_quote(None, message, desk.now, desk.pack).events == (event,)
    again = RetryOrdered(request_id=case.request_id, incident="quote", operator="op-1", reason="mended")
    ask = SubscriptionAsk(subscription=case.to_whom.subscription)
    assert offering.quote_again(case, again, desk.now, desk.pack) == Decision(case, calls=(Call("look-up", ask),))
    assert looked_up(case, desk, message.subscription).events == (event,)
    mended = in_state(desk.quoted, "waiting")
    solved = AttentionResolved(request_id=case.request_id, incident="quote")
    expected = offer(mended, desk)
    decision = offering.quote_again(mended, again, desk.now, desk.pack)
    assert decision == expected._replace(events=(solved, *expected.events))
    assert mended.subscription is not None
    put_right = looked_up(case, desk, mended.subscription)
    assert put_right == decision
    for over in (desk.quoted, in_state(case, "ended"), case.model_copy(update={"application": None})):
        assert looked_up(over, desk, mended.subscription) == NOTHING
    for other in (None, desk.quoted, mended.model_copy(update={"application": None})):
        assert offering.quote_again(other, again, desk.now, desk.pack) == NOTHING


def test_a_rule_that_is_gone_hinders_only_the_end_of_what_it_binds(desk: Desk) -> None:
    case = unpriced(desk, fee_rule="gone")
    assert case.application is not None
    wish = case.application.model_copy(update={"kind": Kind.PRODUCT, "items": ("video-pack",)})
    decision = offering.issue_quote(None, approved(case.model_copy(update={"application": wish})), desk.now, desk.pack)
    assert isinstance(decision.case, BillingCase)
    assert [item.item for item in decision.case.offered.relations.items if item.fate == "ends"] == ["video-pack"]
    assert decision.case.offered.total == Money(minor=0)
    assert [alarm.name for alarm in decision.alarms] == [QUOTE_DEADLINE]


def test_the_promise_runs_from_the_later_of_the_end_and_the_settlement(desk: Desk) -> None:
    case = desk.quoted
    end, promise = case.offered.service_end, desk.pack.clocks.termination_promise
    for settled_at, begins in ((None, end), (end - DAY, end), (end, end), (end + DAY, end + DAY)):
        dates = quoting.dates(case.offered, desk.now, desk.pack, settled_at=settled_at)
        assert (dates.promised, dates.asked) == (desk.pack.due(begins, promise), None)


@pytest.mark.parametrize("state", ["waiting", "quoted", "charging", "declined", "settled", "ended"])
def test_only_a_quote_that_waits_for_its_yes_expires(desk: Desk, state: str) -> None:
    case = in_state(desk.quoted, state)
    alarm = AlarmRang(request_id=case.request_id, name=QUOTE_DEADLINE, at=desk.now)
    event = QuoteExpired(request_id=case.request_id, audience=case.to_whom, quote_version=1)
    expected = Decision(in_state(case, "ended", open=False), (event,)) if state == "quoted" else NOTHING
    assert offering.expire_quote(case, alarm, desk.now, desk.pack) == expected


@pytest.mark.parametrize(("paid", "back"), [(None, 0), (0, 0), (1, 1), (36500, 36500)])
def test_what_was_paid_for_a_request_that_is_withdrawn_goes_back(desk: Desk, paid: int | None, back: int) -> None:
    case = in_state(desk.quoted, "settled", paid=None if paid is None else Money(minor=paid))
    message = RequestWithdrawn(request_id=case.request_id, audience=case.to_whom, stage="termination")
    calls = (move_money(case, "refund", Money(minor=back), "withdrawal"),) if back else ()
    decision = withdrawing.give_back(case, message, desk.now, desk.pack)
    assert decision == Decision(in_state(case, "ended", open=False), calls=calls)
    for known in (None, in_state(case, "ended"), in_state(case, "charging")):
        assert withdrawing.give_back(known, message, desk.now, desk.pack) == NOTHING


def test_a_withdrawal_ends_remembers_or_is_refused(desk: Desk) -> None:
    case = desk.quoted
    message = WithdrawalRequested(request_id=case.request_id, audience=case.to_whom)
    remembered = in_state(case, "charging", withdrawal_wanted=True)
    no = Decision(events=(refusal(case.request_id, "cancellation.withdraw.v1", "already-ended"),))
    waiting = in_state(case, "waiting", application=None)
    expected = [
        (None, Decision(BillingCase(request_id=case.request_id, withdrawal_wanted=True, open=False))),
        (case, withdrawn(case)),
        (in_state(case, "declined"), withdrawn(case)),
        (in_state(case, "waiting"), withdrawn(case)),
        (waiting, Decision(waiting.model_copy(update={"withdrawal_wanted": True}))),
        (in_state(case, "charging"), Decision(remembered)),
        (in_state(case, "settled"), NOTHING),
        (in_state(case, "ended"), no),
    ]
    for known, decision in expected:
        assert withdrawing.withdraw(known, message, desk.now, desk.pack) == decision
