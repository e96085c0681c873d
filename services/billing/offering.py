"""What billing decides before the customer answers: the quote, what cannot be priced, an offer that lapses."""

from datetime import datetime

from contracts.carrier.asks import SubscriptionAsk
from contracts.decisions import DecisionRecord
from contracts.messages.billing import QuoteExpired, QuoteIssued
from contracts.messages.ops import RetryOrdered
from contracts.messages.review import RequestApproved
from contracts.messages.shared import AttentionRequired, AttentionResolved
from policies.conditions import targets
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Call, Decision
from services.billing import quoting, records
from services.billing.case import QUOTE_DEADLINE, BillingCase
from services.billing.withdrawing import withdrawn

MENDED = "have it put right at the carrier, or in the pack, then order a retry"
QUOTE = "quote"  # the incident of a request that cannot be priced
LOOK_UP = "look-up"  # what the carrier is asked then


def issue_quote(case: BillingCase | None, message: RequestApproved, now: datetime, pack: Pack) -> Decision:
    if case is not None and case.state != "waiting":
        return NOTHING
    known = BillingCase(request_id=message.request_id) if case is None else case.model_copy(update={"open": True})
    new = known.model_copy(
        update={
            "audience": message.audience,
            "application": message.application,
            "subscription": message.subscription,
        }
    )
    return withdrawn(new) if new.withdrawal_wanted else _first_quote(new, now, pack)


def _first_quote(case: BillingCase, now: datetime, pack: Pack) -> Decision:
    """A contract that names a fee rule the pack does not have cannot be priced: a person must look, nobody guesses."""
    assert case.application is not None
    assert case.subscription is not None
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
    """The pack was mended: try to price it once more. Otherwise the carrier's records may have been: they are read."""
    if case is None or case.state != "waiting" or case.application is None:
        return NOTHING
    quoted = _first_quote(case, now, pack)
    ask = SubscriptionAsk(subscription=case.to_whom.subscription)
    return _solved(quoted, case) if quoted.alarms else Decision(case, calls=(Call(LOOK_UP, ask),))


def looked_up(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    if case.state != "waiting" or case.application is None:
        return NOTHING  # withdrawn, or quoted by another retry
    quoted = _first_quote(case.model_copy(update={"subscription": message.answer}), now, pack)
    return _solved(quoted, case) if quoted.alarms else quoted


def _solved(quoted: Decision, case: BillingCase) -> Decision:
    solved = AttentionResolved(request_id=case.request_id, incident=QUOTE)
    return quoted._replace(events=(solved, *quoted.events))


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
