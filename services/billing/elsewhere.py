"""What we were refused and a person knows to be settled elsewhere: billed there, or let go. No money moves here."""

from datetime import datetime

from contracts.messages.billing import Elsewhere, FinalBillIssued
from contracts.messages.ops import ElsewhereGround, ElsewhereNoted
from contracts.messages.shared import AttentionResolved
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.billing.aftermath import FINAL_BILL
from services.billing.case import BillingCase
from services.billing.settling import settled_with
from services.billing.withdrawing import refuse, withdrawn

SETTLEMENT = "charge:settlement"  # the incident of a fee that the carrier refused to take
SWITCHING = "switch-off:"  # termination's


def noted(case: BillingCase | None, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    """Only what was refused with a clear no: of an answer that made no sense nobody knows what was done."""
    if message.incident.startswith(SWITCHING):
        return NOTHING
    waits = case.incidents.get(message.incident) if case else None
    if case is None or waits is None or waits.key or not _fits(case, message):
        return refuse(message.request_id, message.type, "not-done-elsewhere")
    left = {name: each for name, each in case.incidents.items() if name != message.incident}
    cured = case.model_copy(update={"incidents": left})
    done = _fee(cured, message, now, pack) if message.incident == SETTLEMENT else _bill(cured, message, now, pack)
    solved = AttentionResolved(request_id=case.request_id, incident=message.incident)
    return done._replace(events=(solved, *done.events))


def _fits(case: BillingCase, message: ElsewhereNoted) -> bool:
    if message.incident == SETTLEMENT:
        return case.state == "charging" and message.ground is not ElsewhereGround.OFF
    return message.incident == FINAL_BILL and message.ground is ElsewhereGround.BILLED


def _fee(case: BillingCase, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    """Settled without our taking it, so that the request goes on; whoever wanted to stay meanwhile does."""
    if case.withdrawal_wanted:
        return withdrawn(case)
    amount = case.offered.total - case.held
    told = Elsewhere.model_validate({"amount": amount, "ground": message.ground, "reference": message.evidence})
    noted = case.model_copy(update={"elsewhere": told.ground})
    return settled_with(noted, None, now, pack, told)


def _bill(case: BillingCase, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    """What is left on the account is that bill's: none of it is charged, set off or paid back here."""
    zero = pack.money(0)
    event = FinalBillIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        unbilled_usage=zero,
        own_balance=zero,
        net=zero,
        reference=message.evidence,
        ported=case.left_at is not None,
        elsewhere=True,
    )
    return Decision(case.model_copy(update={"billed_at": now}), (event,))
