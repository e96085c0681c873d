"""Gives back the fee for an early end when the contract goes on after all, so that no contract pays it twice.

A closed line that was reopened, a number that never left: whoever ends it later is asked for the fee of that day, once.
"""

from datetime import datetime
from typing import Final

from contracts.messages.billing import FeeRefunded
from contracts.messages.termination import LineReopened, PortCodeExpired
from contracts.words import Kind, Money
from policies.customers_word import lies_ahead
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Decision
from services.billing.case import BillingCase, move_money

GOES_ON: Final = "contract-goes-on"


def give_back(case: BillingCase | None, message: LineReopened | PortCodeExpired, now: datetime, pack: Pack) -> Decision:
    """What is argued about and was not charged is not charged any more either."""
    if case is None or case.revived or not _can_go_on(case, message, now):
        return NOTHING
    revived = case.model_copy(update={"revived": True})
    amount = _paid_for_the_early_end(case)
    if amount.minor <= 0:
        return Decision(revived)
    left = revived.model_copy(update={"paid": (case.paid or amount.nothing) - amount})
    return Decision(left, calls=(move_money(case, "refund", amount, GOES_ON),))


def _can_go_on(case: BillingCase, message: LineReopened | PortCodeExpired, now: datetime) -> bool:
    """As far as we know ourselves: the reopening was paid to us, whatever came after; a number was to leave."""
    if isinstance(message, LineReopened):
        return case.reopening is not None and (case.reopening.was_paid or case.reopening.state == "paid")
    if lies_ahead(message.valid_until, now):
        return False
    return case.application is not None and case.application.kind is Kind.PORT_OUT and case.paid is not None


def _paid_for_the_early_end(case: BillingCase) -> Money:
    """What was used in a contract's first days stays paid."""
    offered = case.offered
    used = sum((line.amount for line in offered.lines if line.item in offered.cooling_off), offered.total.nothing)
    return (case.paid or offered.total.nothing) - used


def given_back(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=message.answer.amount,
        cause=GOES_ON,
        reference=message.answer.reference,
        clauses=tuple(dict.fromkeys(clause for line in case.offered.lines for clause in line.clauses)),
    )
    return Decision(case, (event,))
