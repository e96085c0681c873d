"""What billing decides up to the settlement: quote, yes or no in time, charge, second try, money back."""

from datetime import datetime

from contracts.carrier import Receipt
from contracts.decisions import DecisionRecord
from contracts.messages.billing import (
    FeeRefunded,
    FeeSettled,
    QuoteExpired,
    QuoteIssued,
    SettlementAbandoned,
    SettlementFailed,
)
from contracts.messages.commands import ConfirmQuote, RetryPayment, WithdrawCancellation
from contracts.messages.intake import ConfirmationGiven, PaymentRetried, WithdrawalRequested
from contracts.messages.ops import RetryOrdered
from contracts.messages.review import RequestApproved
from contracts.messages.shared import AttentionRequired, AttentionResolved, RequestWithdrawn
from contracts.refusals import refused
from policies.conditions import targets
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Decision, Refused
from services.billing import quoting, records
from services.billing.case import BillingCase, move_money
from services.billing.incidents import needs_attention

CONFIRM, RETRY, WITHDRAW = ConfirmQuote.type, RetryPayment.type, WithdrawCancellation.type
QUOTE_DEADLINE, PAYMENT_DEADLINE = "quote-deadline", "payment-deadline"  # the alarms
PAYMENT_DECLINED = "payment-declined"
MENDED = "have it put right at the carrier, or in the pack, then order a retry"
QUOTE = "quote"  # the incident of a request that cannot be priced


def _refuse(request_id: str, command: str, code: str) -> Decision:
    return Decision(events=(refused(request_id, command, code),))


# ---- the quote -------------------------------------------------------------------------------------------------------


def issue_quote(case: BillingCase | None, message: RequestApproved, now: datetime, pack: Pack) -> Decision:
    if case is not None and case.state != "waiting":
        return NOTHING
    new = (case or BillingCase(request_id=message.request_id)).model_copy(
        update={
            "audience": message.audience,
            "application": message.application,
            "subscription": message.subscription,
        }
    )
    return _withdrawn(new) if new.withdrawal_wanted else _first_quote(new, now, pack)


def _first_quote(case: BillingCase, now: datetime, pack: Pack) -> Decision:
    """A contract that names a fee rule the pack does not have cannot be priced: a person must look, nobody guesses."""
    assert case.application is not None and case.subscription is not None
    wish = case.application
    ending = targets(wish.kind, wish.items, case.subscription)
    if unknown := quoting.unknown_fee_rules(ending, pack):
        return _unpriced(case, "unknown-fee-rule", f"the pack {pack.id} has no fee rule {', '.join(unknown)}")
    try:
        offer = quoting.quote(wish.kind, wish.items, case.subscription, wish.requested_end, 1, now, pack)
    except ValueError as error:  # a contract or an account that makes no sense: a negative fee, another currency
        return _unpriced(case, "contract-makes-no-sense", f"{str(error)[:240]}; {MENDED}")
    priced = case.model_copy(update={"quote": offer})
    return offer_quote(priced, pack, records.quoted(priced, now, pack))


def _unpriced(case: BillingCase, code: str, detail: str) -> Decision:
    event = AttentionRequired(request_id=case.request_id, incident=QUOTE, operation=QUOTE, code=code, detail=detail)
    return Decision(case, (event,))


def quote_again(case: BillingCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    """The pack was mended: try to price it once more."""
    if case is None or case.state != "waiting" or case.application is None:
        return NOTHING
    solved = AttentionResolved(request_id=case.request_id, incident=message.incident)
    quoted = _first_quote(case, now, pack)
    return quoted._replace(events=(solved, *quoted.events)) if quoted.alarms else NOTHING


def offer_quote(case: BillingCase, pack: Pack, decided: DecisionRecord) -> Decision:
    assert case.application is not None
    offer, wish = case.offered, case.application
    event = QuoteIssued(
        request_id=case.request_id,
        audience=case.to_whom,
        quote=offer,
        dates=quoting.dates(offer, wish.requested_end, pack, asked=wish.accepted_at),
        decision=decided,
        kind=wish.kind,
    )
    quoted = case.model_copy(update={"state": "quoted"})
    return Decision(quoted, (event,), alarms=(Alarm(QUOTE_DEADLINE, offer.valid_until),))


def expire_quote(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    if case.state != "quoted":
        return NOTHING
    event = QuoteExpired(request_id=case.request_id, audience=case.to_whom, quote_version=case.offered.version)
    return Decision(case.model_copy(update={"state": "ended", "open": False}), (event,))


# ---- the customer's yes ----------------------------------------------------------------------------------------------


def settle(case: BillingCase | None, message: ConfirmationGiven, now: datetime, pack: Pack) -> Decision:
    """Billing alone says whether the quote still stood when the customer said yes (I4)."""
    if case is None or case.quote is None:
        return _refuse(message.request_id, CONFIRM, "no-such-quote")
    if code := _does_not_stand(case, message):
        return _refuse(message.request_id, CONFIRM, code)
    confirmed = case.model_copy(update={"confirmation": message})
    due = case.offered.total - case.held
    stop = Alarm(QUOTE_DEADLINE, None)
    if due.minor <= 0:
        return _settled(confirmed, None, now, pack)._replace(alarms=(stop,))
    charge = move_money(case, "charge", due, "settlement")
    return Decision(confirmed.model_copy(update={"state": "charging"}), calls=(charge,), alarms=(stop,))


def _does_not_stand(case: BillingCase, message: ConfirmationGiven) -> str:
    if case.state == "ended":
        return "quote-expired"
    if case.state != "quoted":
        return "already-confirmed"
    if message.disclosure is None and case.offered.total.minor > 0:
        return "disclosure-missing"  # a fee without a receipt is not charged (FV-50, N10)
    if message.quote_version != case.offered.version:
        return "quote-version-old" if message.quote_version < case.offered.version else "no-such-quote"
    if message.disclosure and message.disclosure.quote_sha256 not in (None, sha256_of(case.offered)):
        return "quote-version-old"  # what was shown is not what would be charged
    return "quote-expired" if message.given_at > case.offered.valid_until else ""


def _settled(case: BillingCase, receipt: Receipt | None, now: datetime, pack: Pack) -> Decision:
    assert case.application is not None and case.subscription is not None and case.confirmation is not None
    offer, wish = case.offered, case.application
    shown = sha256_of(offer)
    paid = receipt.amount if receipt else pack.money(0)
    event = FeeSettled(
        request_id=case.request_id,
        audience=case.to_whom,
        application=wish,
        quote_version=offer.version,
        paid=paid,
        held=case.held,
        reference=receipt.reference if receipt else None,
        confirmed_at=case.confirmation.given_at,
        items=tuple(item.item for item in targets(wish.kind, wish.items, case.subscription)),
        dates=quoting.dates(offer, wish.requested_end, pack, settled_at=now, asked=wish.accepted_at),
        quote_sha256=shown,
        cooling_off=offer.cooling_off,
        reopening=offer.reopening,
        decision=records.settled(case, receipt, paid, shown, pack),
    )
    return Decision(case.model_copy(update={"state": "settled", "paid": paid, "settled_at": now}), (event,))


def charged(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    receipt: Receipt = message.answer
    if not case.withdrawal_wanted:
        return _settled(case, receipt, now, pack)._replace(alarms=(Alarm(PAYMENT_DEADLINE, None),))
    back = move_money(case, "refund", receipt.amount, "withdrawal")
    gone = _withdrawn(case.model_copy(update={"paid": receipt.amount}))
    return gone._replace(calls=(back,))


def charge_refused(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    """Declined: tell, and give a second try by a deadline that does not move. Anything else needs a person."""
    if case.withdrawal_wanted and message.code == PAYMENT_DECLINED:
        return _withdrawn(case)
    if message.code != PAYMENT_DECLINED:
        return needs_attention(case, message)
    until = case.retry_until or pack.due(now, pack.clocks.payment_retry)
    event = SettlementFailed(
        request_id=case.request_id,
        audience=case.to_whom,
        code=message.code,
        amount=message.ask.amount,
        retry_until=until,
    )
    declined = case.model_copy(update={"state": "declined", "retry_until": until})
    return Decision(declined, (event,), alarms=(Alarm(PAYMENT_DEADLINE, until),))


def pay_again(case: BillingCase | None, message: PaymentRetried, now: datetime, pack: Pack) -> Decision:
    if case is None or case.state != "declined":
        return _refuse(message.request_id, RETRY, "nothing-to-pay")
    charge = move_money(case, "charge", case.offered.total - case.held, "settlement")
    return Decision(case.model_copy(update={"state": "charging"}), calls=(charge,))


def abandon(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    """The deadline for the second try. A try that is just under way decides instead."""
    if case.state == "charging":
        return Decision(alarms=(Alarm(PAYMENT_DEADLINE, pack.due(now, pack.clocks.payment_retry)),))
    if case.state != "declined":
        return NOTHING
    amount = case.offered.total - case.held
    event = SettlementAbandoned(request_id=case.request_id, audience=case.to_whom, amount=amount)
    return Decision(case.model_copy(update={"state": "ended", "open": False}), (event,))


# ---- the customer stays ----------------------------------------------------------------------------------------------


def withdraw(case: BillingCase | None, message: WithdrawalRequested, now: datetime, pack: Pack) -> Decision:
    """Billing decides while it holds the request: before, it remembers; after the settlement, termination does."""
    if case is None:
        return Decision(BillingCase(request_id=message.request_id, withdrawal_wanted=True))
    if case.state == "ended":
        return _refuse(case.request_id, WITHDRAW, "already-ended")
    if case.state in ("quoted", "declined") or (case.state == "waiting" and case.application):
        return _withdrawn(case)
    return NOTHING if case.state == "settled" else Decision(case.model_copy(update={"withdrawal_wanted": True}))


def _withdrawn(case: BillingCase) -> Decision:
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
