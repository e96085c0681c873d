"""The fee for reopening a closed line: the amount shown with the quote, charged once, refunded if reopening fails.

The final bill stands: what it paid out or charged is not undone, and a dispute that runs goes on by itself.
"""

from datetime import datetime

from contracts.carrier.asks import Receipt
from contracts.decisions import DecisionRecord
from contracts.messages.billing import FeeRefunded, ReopeningDeclined, ReopeningPaid
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import ReopeningAccepted, ReopeningFailed
from contracts.words import Money, Text
from policies.deciding import record, sha256_of
from policies.pack import Pack
from policies.rules.words import money
from runtime.decision import NOTHING, Answered, Decision, Refused
from services.billing.case import BillingCase, Reopening, move_money
from services.billing.incidents import needs_attention

INCIDENT, UNBELIEVABLE = "charge:reopening", "unbelievable-answer"
PAYMENT_DECLINED, NOT_DISCLOSED, EARLIER_OPEN = "payment-declined", "fee-not-disclosed", "earlier-payment-open"


def charge(case: BillingCase | None, message: ReopeningAccepted, now: datetime, pack: Pack) -> Decision:
    """An earlier payment of unknown outcome is waited for first: two of them must never be taken."""
    if case is None or case.quote is None:
        return NOTHING
    if case.reopening is not None and case.reopening.state == "paid":  # what failed goes back before the next is taken
        return NOTHING
    if case.reopening is not None and case.reopening.state in ("charging", "given-up"):
        return Decision(events=(_declined(case, message, EARLIER_OPEN),))
    asked = case.model_copy(update={"reopening": Reopening(accepted=message, state="charging")})
    told = case.quote.reopening.fee if case.quote.reopening else message.fee.nothing
    if message.fee != told:
        return _not_paid(asked, NOT_DISCLOSED)
    if message.fee.minor == 0:
        return _paid(asked, None, pack)
    return Decision(asked, calls=(move_money(asked, "charge", message.fee, "reopening"),))


def charged(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """Given up while the payment was under way: what came is told, and goes straight back."""
    assert case.reopening is not None
    decision = _paid(case, message.answer, pack)
    if case.reopening.state != "given-up":
        return decision
    back = move_money(case, "refund", message.answer.amount, "reopening")
    return decision._replace(case=_in_state(case, "refunding"), calls=(back,))


def charge_refused(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    """Declined: no deadline of its own, the customer can ask again while the number is kept."""
    assert case.reopening is not None
    if case.reopening.state == "given-up" and message.code != UNBELIEVABLE:
        return Decision(_in_state(case, "over"))
    return _not_paid(case, message.code) if message.code == PAYMENT_DECLINED else needs_attention(case, message)


def give_back(case: BillingCase | None, message: ReopeningFailed, now: datetime, pack: Pack) -> Decision:
    """Not for a line that is back, as the same service said: then a person looks, whom intake asks."""
    reopening = case.reopening if case else None
    if case is None or case.revived or reopening is None or reopening.accepted.attempt != message.attempt:
        return NOTHING
    if reopening.state == "charging":
        return _given_up(case)
    if reopening.state != "paid":
        return NOTHING
    if reopening.accepted.fee.minor == 0:
        return Decision(_in_state(case, "over"))
    back = move_money(case, "refund", reopening.accepted.fee, "reopening")
    return Decision(_in_state(case, "refunding"), calls=(back,))


def _given_up(case: BillingCase) -> Decision:
    """A payment that was refused for good was not taken; one that may have been is still to be found out."""
    incident = case.incidents.get(INCIDENT)
    if incident is None or incident.key:
        return Decision(_in_state(case, "given-up"))
    left = {name: each for name, each in case.incidents.items() if name != INCIDENT}
    solved = AttentionResolved(request_id=case.request_id, incident=INCIDENT)
    return Decision(_in_state(case.model_copy(update={"incidents": left}), "over"), (solved,))


def given_back(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    event = FeeRefunded(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=message.answer.amount,
        cause="reopening",
        reference=message.answer.reference,
        clauses=_clauses(case),
    )
    return Decision(_in_state(case, "over"), (event,))


def _paid(case: BillingCase, receipt: Receipt | None, pack: Pack) -> Decision:
    assert case.reopening is not None
    paid = receipt.amount if receipt else case.reopening.accepted.fee.nothing
    event = ReopeningPaid(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=case.reopening.accepted.attempt,
        paid=paid,
        reference=receipt.reference if receipt else None,
        clauses=_clauses(case),
        given_back=case.reopening.state == "given-up",
        decision=_record(case, receipt, paid, pack),
    )
    return Decision(_in_state(case, "paid", was_paid=True), (event,))


def _record(case: BillingCase, receipt: Receipt | None, paid: Money, pack: Pack) -> DecisionRecord:
    inputs = {
        "quote_sha256": sha256_of(case.offered),
        "fee": paid,
        "reference": receipt.reference if receipt else None,
    }
    said = money(paid.minor, paid.currency)
    words = Text(zh=f"恢复费 {said}，在费用确认单中告知过。", en=f"{said} for reopening, as the quote had told.")
    outcome = "paid" if receipt else "nothing-due"
    return record("reopening-fee", outcome, inputs, pack, words, ("quarantine",), _clauses(case), paid=paid)


def _not_paid(case: BillingCase, code: str) -> Decision:
    assert case.reopening is not None
    return Decision(_in_state(case, "over"), (_declined(case, case.reopening.accepted, code),))


def _declined(case: BillingCase, accepted: ReopeningAccepted, code: str) -> ReopeningDeclined:
    return ReopeningDeclined(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=accepted.attempt,
        code=code,
        amount=accepted.fee,
        number_free_from=accepted.number_free_from,
    )


def _clauses(case: BillingCase) -> tuple[str, ...]:
    terms = case.offered.reopening
    return terms.clauses if terms else ()


def _in_state(case: BillingCase, state: str, **more: bool) -> BillingCase:
    assert case.reopening is not None
    return case.model_copy(update={"reopening": case.reopening.model_copy(update={"state": state, **more})})
