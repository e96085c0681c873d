"""What billing decides with the carrier's final bill, and with what the carrier refuses for good: whole decisions."""

from datetime import datetime
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.asks import FinalBill, FinalBillAsk
from contracts.final_account import FinalAccount
from contracts.messages.billing import FeeRefunded, FinalBillIssued
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import Money
from runtime.decision import NOTHING, Alarm, Answered, Call, Decision
from services.billing import app, closing, incidents, records
from services.billing.account import final
from services.billing.case import BillingCase, Incident, move_money
from tests.flow.arguing import ZERO
from tests.flow.at_billing import Desk, answered, refused, settled


def bill(case: BillingCase, usage: int = 0, *balances: tuple[str, int], **more: Any) -> FinalBill:
    own = sum(minor for origin, minor in balances if origin == "own")
    return FinalBill(
        request_id=case.request_id,
        subscription=case.to_whom.subscription,
        reference="b-1",
        unbilled_usage=Money(minor=usage),
        own_balance=Money(minor=own),
        balances=tuple(Balance.model_validate({"origin": o, "amount": Money(minor=m)}) for o, m in balances),
        **more,
    )


def told(case: BillingCase, answer: FinalBill) -> Answered:
    ask = FinalBillAsk(
        request_id=case.request_id, subscription=case.to_whom.subscription, charge_end=case.offered.charge_end
    )
    return Answered(request_id=case.request_id, operation="final-bill", ask=ask, note="", answer=answer, key="k-9")


def issued(case: BillingCase, account: FinalAccount, answer: FinalBill, desk: Desk, reference: Any) -> FinalBillIssued:
    return FinalBillIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        unbilled_usage=answer.unbilled_usage,
        own_balance=answer.own_balance,
        net=account.net,
        reference=reference,
        account=account,
        bill=answer,
        decision=records.closed(case, account, answer, desk.pack),
        ported=case.left_at is not None,
    )


@pytest.mark.parametrize("ported", [True, False])
@pytest.mark.parametrize(
    ("usage", "balances", "moves"),
    [
        (0, (), []),
        (500, (), [("charge", 500, "final-bill")]),
        (1, (), [("charge", 1, "final-bill")]),
        (0, (("own", 300),), [("refund", 300, "final-bill")]),
        (0, (("own", 1),), [("refund", 1, "final-bill")]),
        (500, (("own", 500),), []),
        (500, (("own", 200), ("gift", 900)), [("charge", 300, "final-bill")]),
        (0, (("third-party", 70),), [("refund", 70, "third-party")]),
        (
            500,
            (("third-party", 70), ("third-party", 5)),
            [("refund", 75, "third-party"), ("charge", 500, "final-bill")],
        ),
    ],
)
def test_the_difference_moves_in_one_sum_and_what_others_paid_goes_back(
    desk: Desk, ported: bool, usage: int, balances: Any, moves: list[tuple[str, int, Any]]
) -> None:
    case = settled(desk, left_at=desk.now if ported else None, open=False)
    answer = bill(case, usage, *balances)
    decision = closing.final_bill(case, told(case, answer), desk.now, desk.pack)
    account = final(answer, case.offered, (), desk.pack, case.left_at)
    closed = case.model_copy(update={"bill": answer, "billed_at": desk.now, "account": account})
    calls = tuple(move_money(case, operation, Money(minor=minor), purpose) for operation, minor, purpose in moves)
    at_once = not account.net.minor
    events = (issued(closed, account, answer, desk, None),) if at_once else ()
    assert decision == Decision(closed, events, calls)
    if not at_once:
        paid = closing.final_bill_paid(closed, answered(closed, calls[-1]), desk.now, desk.pack)
        assert paid == Decision(closed, (issued(closed, account, answer, desk, "r-1"),))


@pytest.mark.parametrize(("left", "owed"), [(None, 3100), (1, 100), (10, 1000), (31, 3100)])
def test_the_last_month_is_charged_to_the_day_on_which_the_number_left(desk: Desk, left: int | None, owed: int) -> None:
    """Without one, to the charge end of the quote, which is the end of March."""
    offer = desk.quoted.offered.model_copy(update={"charge_end": datetime(2026, 4, 1, tzinfo=desk.pack.zone)})
    when = datetime(2026, 3, left, 12, tzinfo=desk.pack.zone) if left else None
    case = settled(desk, quote=offer, left_at=when)
    row = {"charge": "m-1", "kind": "period-fee", "name": {"zh": "月费", "en": "Month"}, "amount": Money(minor=3100)}
    account = desk.pack.final_account.model_copy(update={"closing_month": "daily"})
    pack = desk.pack.model_copy(update={"final_account": account})
    decision = closing.final_bill(case, told(case, bill(case, charges=(row,))), desk.now, pack)
    assert isinstance(decision.case, BillingCase) and decision.case.account is not None
    (line,) = [each for each in decision.case.account.lines if each.kind == "period-fee"]
    assert (line.amount.minor, line.inputs.get("closes_on")) == (owed, f"2026-03-{left or 31:02}")


def test_what_the_carrier_holds_is_told_before_the_bill_and_stays_out(desk: Desk) -> None:
    case = settled(desk)
    row = {
        "charge": "u-1",
        "kind": "usage",
        "name": {"zh": "一", "en": "One"},
        "amount": Money(minor=40),
        "disputed": True,
    }
    answer = bill(case, 40, charges=(row | {"disputed": True},))
    decision = closing.final_bill(case, told(case, answer), desk.now, desk.pack)
    assert [event.type for event in decision.events] == ["dispute.opened.v1", "final-bill.issued.v1"]
    due = desk.pack.due(desk.now, desk.pack.clocks.dispute_answer)
    assert (decision.calls, decision.alarms) == ((), (Alarm("account-dispute-answer", due),))
    assert isinstance(decision.case, BillingCase) and decision.case.account is not None
    assert (decision.case.account.held, decision.case.account.net) == (Money(minor=40), ZERO)


def test_a_third_party_is_told_what_came_back_to_it(desk: Desk) -> None:
    case = settled(desk)
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=Money(minor=70),
        cause="third-party",
        reference="r-1",
        clauses=desk.pack.final_account.resting_on("third-party"),
    )
    answer = answered(case, move_money(case, "refund", Money(minor=70), "third-party"))
    assert closing.third_party_paid(case, answer, desk.now, desk.pack) == Decision(case, (event,))


def test_a_case_older_than_accounts_is_told_its_two_sums(desk: Desk) -> None:
    case = settled(desk, final_bill=(Money(minor=500), Money(minor=120)))
    event = FinalBillIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        unbilled_usage=Money(minor=500),
        own_balance=Money(minor=120),
        net=Money(minor=380),
        reference="r-1",
    )
    answer = answered(case, move_money(case, "charge", Money(minor=380), "final-bill"))
    assert closing.final_bill_paid(case, answer, desk.now, desk.pack) == Decision(case, (event,))


EURO = Money(minor=1, currency="EUR")


@pytest.mark.parametrize(
    ("amount", "detail"),
    [
        (EURO, "balances/gift: is in EUR, the pack's currency is CNY; the carrier has to send it in that"),
        (Money(minor=-1), "balances/gift: -1 is below zero; what is owed is a charge"),
    ],
)
def test_an_account_that_makes_no_sense_waits_for_a_person_and_is_worked_out_again(
    desk: Desk, amount: Money, detail: str
) -> None:
    case = settled(desk)
    wrong = bill(case).model_copy(update={"balances": (Balance(origin="gift", amount=amount),)})
    decision = closing.final_bill(case, told(case, wrong), desk.now, desk.pack)
    event = AttentionRequired(
        request_id=case.request_id,
        incident="final-account",
        operation="final-account",
        code="account-makes-no-sense",
        detail=detail,
    )
    ask = told(case, wrong).ask
    asked = Incident(operation="final-bill", note="", ask=ask.model_dump(mode="json"), key="k-9")
    waiting = case.model_copy(update={"bill": wrong, "billed_at": desk.now, "incidents": {"final-account": asked}})
    assert decision == Decision(waiting, (event,))
    again = RetryOrdered(request_id=case.request_id, incident="final-account", operator="op-1", reason="mended")
    same = Call("final-bill", ask, key="k-9")
    assert app.retry(waiting, again, desk.now, desk.pack) == Decision(waiting, calls=(same,)), "the work may be done"
    from_before = waiting.model_copy(update={"incidents": {}})
    assert app.retry(from_before, again, desk.now, desk.pack) == NOTHING
    mended = waiting.model_copy(update={"bill": bill(case)})
    expected = closing.final_bill(case, told(case, bill(case)), desk.now, desk.pack)
    solved = AttentionResolved(request_id=case.request_id, incident="final-account")
    assert app.retry(mended, again, desk.now, desk.pack) == expected._replace(events=(solved, *expected.events))
    for known in (None, case, expected.case):
        assert app.retry(known, again, desk.now, desk.pack) == NOTHING  # type: ignore[arg-type]


def test_a_bill_that_was_asked_for_again_settles_the_account_once_and_ends_the_incident(desk: Desk) -> None:
    case = settled(desk)
    wrong = bill(case).model_copy(update={"balances": (Balance(origin="gift", amount=EURO),)})
    waiting = closing.final_bill(case, told(case, wrong), desk.now, desk.pack).case
    assert isinstance(waiting, BillingCase)
    still = closing.final_bill(waiting, told(case, wrong), desk.now, desk.pack)
    assert [event.type for event in still.events] == ["attention.required.v1"] and still.calls == ()
    right = bill(case, 500)
    expected = closing.final_bill(case, told(case, right), desk.now, desk.pack)
    solved = AttentionResolved(request_id=case.request_id, incident="final-account")
    done = closing.final_bill(waiting, told(case, right), desk.now, desk.pack)
    assert done == expected._replace(events=(solved, *expected.events)) and len(done.calls) == 1
    assert isinstance(done.case, BillingCase)
    assert closing.final_bill(done.case, told(case, right), desk.now, desk.pack) == NOTHING


def charge(case: BillingCase) -> Call:
    return move_money(case, "refund", Money(minor=70), "dispute")


@pytest.mark.parametrize(("code", "key"), [("already-closed", ""), ("unbelievable-answer", "k-1")])
def test_what_the_carrier_refuses_is_kept_for_a_person_who_orders_the_same_again(
    desk: Desk, code: str, key: str
) -> None:
    other = Incident(operation="charge", note="settlement", ask={}, key="")
    case = settled(desk, incidents={"charge:settlement": other})
    call = charge(case)
    decision = incidents.attention(case, refused(case, call, code), desk.now, desk.pack)
    kept = Incident(operation="refund", note="dispute", ask=call.ask.model_dump(mode="json"), key=key)
    event = AttentionRequired(
        request_id=case.request_id,
        incident="refund:dispute",
        operation="refund",
        code=code,
        detail="no",
        amount=Money(minor=70),
    )
    waiting = case.model_copy(update={"incidents": {"charge:settlement": other, "refund:dispute": kept}})
    assert decision == Decision(waiting, (event,))
    again = RetryOrdered(request_id=case.request_id, incident="refund:dispute", operator="op-1", reason="mended")
    solved = AttentionResolved(request_id=case.request_id, incident="refund:dispute")
    assert app.retry(waiting, again, desk.now, desk.pack) == Decision(case, (solved,), (call._replace(key=key),))
    for known in (None, case):
        assert app.retry(known, again, desk.now, desk.pack) == NOTHING


@pytest.mark.parametrize("case", [None, "known"])
def test_what_is_asked_once_more_stands_after_what_is_decided_already(desk: Desk, case: str | None) -> None:
    known = settled(desk)
    before = Decision(known if case else None, (), (charge(known),))
    assert incidents.once_more(before, "refund:dispute") == before
    kept = Incident(operation="refund", note="dispute", ask=charge(known).ask.model_dump(mode="json"), key="")
    waiting = known.model_copy(update={"incidents": {"refund:dispute": kept}})
    first = AttentionResolved(request_id=known.request_id, incident="quote")
    decision = incidents.once_more(Decision(waiting, (first,), (charge(known),)), "refund:dispute")
    solved = first.model_copy(update={"incident": "refund:dispute"})
    assert decision == Decision(known, (first, solved), (charge(known), charge(known)))
