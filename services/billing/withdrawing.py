"""What billing decides where the customer stays: an end before the settlement, money back after it."""

from datetime import datetime

from contracts.messages.billing import FeeRefunded
from contracts.messages.commands import WithdrawCancellation
from contracts.messages.intake import WithdrawalRequested
from contracts.messages.shared import RequestWithdrawn
from contracts.refusals import refused
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, Answered, Decision
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase, move_money

WITHDRAW = WithdrawCancellation.type


def refuse(request_id: str, command: str, code: str) -> Decision:
    return Decision(events=(refused(request_id, command, code),))


def withdraw(case: BillingCase | None, message: WithdrawalRequested, now: datetime, pack: Pack) -> Decision:
    """Billing decides while it holds the request: before, it remembers; after the settlement, termination does."""
    if case is None:  # mostly nothing follows, and it goes with its time
        return Decision(BillingCase(request_id=message.request_id, withdrawal_wanted=True, open=False))
    if case.state == "ended":
        return refuse(case.request_id, WITHDRAW, "already-ended")
    if case.state in ("quoted", "declined") or (case.state == "waiting" and case.application):
        return withdrawn(case)
    return NOTHING if case.state == "settled" else Decision(case.model_copy(update={"withdrawal_wanted": True}))


def withdrawn(case: BillingCase) -> Decision:
    event = RequestWithdrawn(request_id=case.request_id, audience=case.to_whom, stage="billing")
    gone = case.model_copy(update={"state": "ended", "open": False})
    return Decision(gone, (event,), alarms=(Alarm(QUOTE_DEADLINE, None), Alarm(PAYMENT_DEADLINE, None)))


def give_back(case: BillingCase | None, message: RequestWithdrawn, now: datetime, pack: Pack) -> Decision:
    """Withdrawn in the notice period: what was paid goes back."""
    if case is None or case.state != "settled":
        return NOTHING
    gone = case.model_copy(update={"state": "ended", "open": False})
    if case.paid is None or case.paid.minor <= 0:
        return Decision(gone)
    return Decision(gone, calls=(move_money(case, "refund", case.paid, "withdrawal"),))


def given_back(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=message.answer.amount,
        cause="withdrawal",
        reference=message.answer.reference,
        clauses=(pack.withdrawal_clause,),
    )
    return Decision(case, (event,))
