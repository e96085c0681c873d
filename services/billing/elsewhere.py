"""What we were refused and a person knows to be settled elsewhere: billed or given back there, or let go.

No money moves here: what an answer would have led to is decided with nothing, and what was owed is told beside it.
"""

from datetime import datetime

from contracts.carrier.asks import Receipt
from contracts.carrier.operations import OPERATIONS
from contracts.messages.billing import Elsewhere, FinalBillIssued
from contracts.messages.ops import ElsewhereGround, ElsewhereNoted
from contracts.messages.shared import AttentionResolved
from contracts.words import Money
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Decision
from services.billing.case import BillingCase, Incident
from services.billing.closing import ACCOUNT
from services.billing.moved import ANSWERS
from services.billing.settling import settled_with
from services.billing.withdrawing import refuse, withdrawn

SETTLEMENT = "charge:settlement"  # the incident of a fee that the carrier refused to take
TERMINATIONS = ("switch-off:", "port-code")
OF_A_CHARGE = (ElsewhereGround.BILLED, ElsewhereGround.NOT_CHARGED)
ARGUED, GIVING = ("dispute", "account-dispute"), ("refund", "waive")


def noted(case: BillingCase | None, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    """Only what was refused with a clear no: of an answer that made no sense nobody knows what was done."""
    if message.incident.startswith(TERMINATIONS):
        return NOTHING
    waits = case.incidents.get(message.incident) if case else None
    if case is None or waits is None or not _is_clear(message.incident, waits) or not _fits(case, waits, message):
        return refuse(message.request_id, message.type, "not-done-elsewhere")
    left = {name: each for name, each in case.incidents.items() if name != message.incident}
    done = _decided(case.model_copy(update={"incidents": left}), waits, message, now, pack)
    solved = AttentionResolved(request_id=case.request_id, incident=message.incident)
    return done._replace(events=(solved, *done.events))


def _is_clear(name: str, waits: Incident) -> bool:
    """An account that makes no sense was answered; it is asked for anew under the key of that answer."""
    return not waits.key or name == ACCOUNT


def _decided(case: BillingCase, waits: Incident, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    if message.incident == SETTLEMENT:
        return _fee(case, message, now, pack)
    return _bill(case, message, now, pack) if _is_of_the_bill(waits) else _moved(case, waits, message, now, pack)


def _fits(case: BillingCase, waits: Incident, message: ElsewhereNoted) -> bool:
    if message.incident == SETTLEMENT:
        return case.state == "charging" and message.ground in OF_A_CHARGE
    if _is_of_the_bill(waits):
        argued = case.account_dispute is not None and case.account_dispute not in case.account_resolved
        return message.ground is ElsewhereGround.BILLED and not argued
    if waits.operation == "charge":
        return waits.note in ARGUED and message.ground in OF_A_CHARGE
    return waits.operation in GIVING and message.ground is ElsewhereGround.REFUNDED


def _is_of_the_bill(waits: Incident) -> bool:
    return waits.operation == "final-bill" or waits.note == "final-bill"


def _moved(case: BillingCase, waits: Incident, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    amount = Money.model_validate(waits.ask["amount"])
    said = {"amount": amount, "ground": message.ground, "reference": message.evidence}
    changes = {"elsewhere": Elsewhere.model_validate(said)} | ({"decision": None} if waits.operation == "waive" else {})
    done: Decision = ANSWERS[waits.operation](
        _with_lines(case, waits, message), _of_nothing(case, waits, message, now, pack), now, pack
    )
    return done._replace(events=tuple(each.model_copy(update=changes) for each in done.events))


def _of_nothing(case: BillingCase, waits: Incident, message: ElsewhereNoted, now: datetime, pack: Pack) -> Answered:
    receipt = Receipt(
        request_id=case.request_id,
        subscription=case.to_whom.subscription,
        amount=pack.money(0),
        reference=message.evidence,
        at=now,
    )
    ask = OPERATIONS[waits.operation].ask.model_validate(waits.ask)
    return Answered(request_id=case.request_id, operation=waits.operation, ask=ask, note=waits.note, answer=receipt)


def _with_lines(case: BillingCase, waits: Incident, message: ElsewhereNoted) -> BillingCase:
    """What a dispute left of its lines is no more ours to argue about than a fee that was billed elsewhere."""
    argued = case.dispute if waits.note == "dispute" else case.account_dispute
    if waits.operation != "charge" or argued is None:
        return case
    told = dict.fromkeys(argued.lines, message.ground.value)
    return case.model_copy(update={"elsewhere_lines": {**case.elsewhere_lines, **told}})


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
    known = {"billed_at": now, "bill": None, "account": None}
    return Decision(case.model_copy(update=known), (event,))
