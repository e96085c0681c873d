"""The final bill of a closed line: its account settled, the difference moved, third parties paid back (N12)."""

from datetime import datetime

from pydantic import ValidationError

from contracts.carrier.asks import FinalBill
from contracts.carrier.subscriptions import Item
from contracts.final_account import FinalAccount
from contracts.messages.billing import FeeRefunded, FinalBillIssued
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import Money, as_a_check_said_it
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Call, Decision
from services.billing import account_disputes, incidents, records
from services.billing.account import final
from services.billing.case import BillingCase, Incident, move_money

ACCOUNT = "final-account"  # the incident of an account that makes no sense


def final_bill(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """The first that makes sense settles the account; one that was asked for again ends the incident."""
    if case.account is not None:
        return NOTHING
    bill: FinalBill = message.answer
    settled = _settle(case.model_copy(update={"bill": bill, "billed_at": now}), now, pack)
    if _is_settled(settled):
        return settled if case.bill is None else _solved(settled)
    asked = incidents.kept(message.operation, message.note, message.ask, message.key)
    return settled._replace(case=_with(settled, {**case.incidents, ACCOUNT: asked}))


def settle_again(case: BillingCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    """The pack was mended: work the account out once more. Otherwise the carrier may have been: it is asked again."""
    if case is None or case.bill is None or case.account is not None:
        return NOTHING
    settled = _settle(case, now, pack)
    if _is_settled(settled):
        return _solved(settled)
    return Decision(case, calls=(incidents.asking(case.incidents[ACCOUNT]),)) if ACCOUNT in case.incidents else NOTHING


def _is_settled(settled: Decision) -> bool:
    return isinstance(settled.case, BillingCase) and settled.case.account is not None


def _solved(settled: Decision) -> Decision:
    assert isinstance(settled.case, BillingCase)
    left = {name: kept for name, kept in settled.case.incidents.items() if name != ACCOUNT}
    solved = AttentionResolved(request_id=settled.case.request_id, incident=ACCOUNT)
    return settled._replace(case=_with(settled, left), events=(solved, *settled.events))


def _with(settled: Decision, known: dict[str, Incident]) -> BillingCase:
    assert isinstance(settled.case, BillingCase)
    same = settled.case.incidents == known
    return settled.case if same else settled.case.model_copy(update={"incidents": known})


def _settle(case: BillingCase, now: datetime, pack: Pack) -> Decision:
    """What the customer owes or gets moves in one sum; what others paid goes back on its own."""
    assert case.bill is not None
    try:
        account = final(case.bill, case.offered, case.held_lines, pack, case.left_at, case.let_go, _items(case))
    except ValueError as error:  # such as a balance below zero, or another currency: nobody guesses
        return _unsettled(case, _said(error)[:300])
    opened = account_disputes.hold(case.model_copy(update={"account": account}), now, pack)
    settled: BillingCase = opened.case  # type: ignore[assignment]
    net, back = account.net, returned(account, pack)
    calls = [move_money(settled, "refund", back, "third-party")] if back.minor else []
    if net.minor:
        calls.append(_difference(settled, net))
        return opened._replace(calls=tuple(calls))
    return opened._replace(events=(*opened.events, _issued(settled, None, pack)), calls=tuple(calls))


def _items(case: BillingCase) -> tuple[Item, ...]:
    return case.subscription.items if case.subscription else ()


def _said(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    return f"final bill: {'/'.join(map(str, fault['loc']))}: {as_a_check_said_it(fault['msg'])}"


def _unsettled(case: BillingCase, detail: str) -> Decision:
    event = AttentionRequired(
        request_id=case.request_id,
        incident=ACCOUNT,
        operation=ACCOUNT,
        code="account-makes-no-sense",
        detail=detail,
    )
    return Decision(case, (event,))


def _difference(case: BillingCase, net: Money) -> Call:
    operation, amount = ("charge", net) if net.minor > 0 else ("refund", -net)
    return move_money(case, operation, amount, "final-bill")


def returned(account: FinalAccount, pack: Pack) -> Money:
    return sum((fate.returned for fate in account.balances), pack.money(0))


def final_bill_paid(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    return Decision(case, (_issued(case, message.answer.reference, pack),))


def third_party_paid(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=message.answer.amount,
        cause="third-party",
        reference=message.answer.reference,
        clauses=pack.final_account.resting_on("third-party"),
    )
    return Decision(case, (event,))


def _issued(case: BillingCase, reference: str | None, pack: Pack) -> FinalBillIssued:
    if case.account is None or case.bill is None:
        return _before_accounts(case, reference)
    return FinalBillIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        unbilled_usage=case.bill.unbilled_usage,
        own_balance=case.bill.own_balance,
        net=case.account.net,
        reference=reference,
        account=case.account,
        bill=case.bill,
        decision=records.closed(case, case.account, case.bill, pack),
        ported=case.left_at is not None,
    )


def _before_accounts(case: BillingCase, reference: str | None) -> FinalBillIssued:
    """Its money was under way when this version was installed."""
    assert case.final_bill is not None
    usage, own = case.final_bill
    return FinalBillIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        unbilled_usage=usage,
        own_balance=own,
        net=usage - own,
        reference=reference,
    )
