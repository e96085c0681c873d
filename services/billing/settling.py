"""What billing decides after the customer's yes: the charge, the settlement, a second try at a payment."""

from datetime import datetime
from typing import Any

from contracts.carrier.asks import Receipt
from contracts.messages.billing import Elsewhere, FeeSettled, SettlementAbandoned, SettlementFailed
from contracts.messages.commands import ConfirmQuote, RetryPayment
from contracts.messages.intake import ConfirmationGiven, PaymentRetried
from contracts.words import Dates, Kind
from policies.conditions import targets
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Decision, Refused
from services.billing import quoting, records
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase, move_money
from services.billing.incidents import needs_attention
from services.billing.withdrawing import refuse, withdrawn

CONFIRM, RETRY = ConfirmQuote.type, RetryPayment.type
PAYMENT_DECLINED = "payment-declined"


def settle(case: BillingCase | None, message: ConfirmationGiven, now: datetime, pack: Pack) -> Decision:
    """Billing alone says whether the quote still stood when the customer said yes (I4)."""
    if case is None or case.quote is None:
        return refuse(message.request_id, CONFIRM, "no-such-quote")
    if code := _does_not_stand(case, message):
        return refuse(message.request_id, CONFIRM, code)
    confirmed = case.model_copy(update={"confirmation": message})
    due = case.offered.total - case.held
    stop = Alarm(QUOTE_DEADLINE, None)
    if due.minor <= 0:
        return settled_with(confirmed, None, now, pack)._replace(alarms=(stop,))
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


def settled_with(
    case: BillingCase, receipt: Receipt | None, now: datetime, pack: Pack, elsewhere: Elsewhere | None = None
) -> Decision:
    paid = receipt.amount if receipt else case.offered.total.nothing
    ports = {"awaits_code": True} if case.application and case.application.kind is Kind.PORT_OUT else {}
    done = case.model_copy(update={"state": "settled", "paid": paid, "settled_at": now, **ports})
    terms = settled_terms(done, now, pack)
    event = FeeSettled(
        **terms,
        paid=paid,
        held=case.held,
        reference=receipt.reference if receipt else None,
        cooling_off=case.offered.cooling_off,
        elsewhere=elsewhere,
        decision=records.settled(case, receipt, paid, terms["quote_sha256"], pack, elsewhere),
    )
    stop = (Alarm(PAYMENT_DEADLINE, None),) if case.retry_until else ()
    return Decision(done, (event,), alarms=stop)


def settled_terms(case: BillingCase, settled_at: datetime, pack: Pack) -> dict[str, Any]:
    """What is said of a settlement the first time and, where it was not kept, again."""
    assert case.application is not None
    assert case.subscription is not None
    assert case.confirmation is not None
    offer, wish = case.offered, case.application
    return {
        "request_id": case.request_id,
        "audience": case.to_whom,
        "application": wish,
        "quote_version": offer.version,
        "confirmed_at": case.confirmation.given_at,
        "items": tuple(item.item for item in targets(wish.kind, wish.items, case.subscription)),
        "dates": settled_dates(case, settled_at, pack),
        "quote_sha256": sha256_of(offer),
        "reopening": offer.reopening,
    }


def settled_dates(case: BillingCase, settled_at: datetime, pack: Pack) -> Dates:
    assert case.application is not None
    wish = case.application
    return quoting.dates(case.offered, wish.requested_end, pack, settled_at=settled_at, asked=wish.accepted_at)


def charged(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    receipt: Receipt = message.answer
    if not case.withdrawal_wanted:
        return settled_with(case, receipt, now, pack)
    back = move_money(case, "refund", receipt.amount, "withdrawal")
    gone = withdrawn(case.model_copy(update={"paid": receipt.amount}))
    return gone._replace(calls=(back,))


def charge_refused(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    """Declined: tell, and give a second try by a deadline that does not move. Anything else needs a person."""
    if case.withdrawal_wanted and message.code == PAYMENT_DECLINED:
        return withdrawn(case)
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
        return refuse(message.request_id, RETRY, "nothing-to-pay")
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
