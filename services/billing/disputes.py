"""A fee under dispute: held out while it is argued, then charged, lowered or given back (R35, R36, N17)."""

from datetime import datetime

from contracts.fee_lines import FeeLine
from contracts.meaning import DISPUTE_ANSWER
from contracts.messages.billing import DisputeOpened
from contracts.messages.commands import DisputeFee
from contracts.messages.intake import FeeDisputed
from contracts.messages.ops import DisputeDecided
from contracts.refusals import refused
from policies.pack import Pack
from policies.second_look import basis_for, cannot_dispute, clauses_for, looks_at
from runtime.decision import Alarm, AlarmRang, Answered, Decision
from services.billing import account_disputes, records
from services.billing.case import BillingCase, Dispute, move_money
from services.billing.offering import offer_quote
from services.billing.outcomes import money_to_move, nobody_decided, reassessed, resolved, what_is_owed, with_outcome
from services.billing.quoting import total_of

DISPUTE = DisputeFee.type
ANSWER = DISPUTE_ANSWER.fixed  # the alarm


def open_dispute(case: BillingCase | None, message: FeeDisputed, now: datetime, pack: Pack) -> Decision:
    """Before the charge the amount is held out; after it, the dispute may bring it back. Termination never waits."""
    if case is not None and case.quote is not None and account_disputes.is_about(case, message):
        return account_disputes.open_dispute(case, message, now, pack)
    if code := _cannot_dispute(case, message, now, pack):
        no = refused(message.request_id, DISPUTE, code, clauses_for(code, pack), basis_for(code, pack))
        return Decision(events=(no,))
    assert case is not None
    lines = _named(case, message)
    dispute = Dispute(
        lines=tuple(line.line for line in lines),
        amount=total_of(lines, case.offered.total.nothing),
        held=case.state in ("quoted", "declined"),
        ground=message.ground,
        answer_due=pack.due(now, pack.clocks.dispute_answer),
    )
    again = bool(looks_at(message.lines, case.resolved))
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, again=again, **dispute.as_opened())
    return Decision(
        case.model_copy(update={"dispute": dispute, "open": True}),
        (event,),
        alarms=(Alarm(ANSWER, dispute.answer_due),),
    )


def _named(case: BillingCase, message: FeeDisputed) -> tuple[FeeLine, ...]:
    """With what earlier looks have left of each; a line that costs nothing leaves nothing to argue about."""
    standing = case.offered.lines
    for earlier in case.resolved:
        standing = reassessed(standing, earlier)
    costing = (line for line in standing if line.amount.minor > 0 and line.line not in case.elsewhere_lines)
    return tuple(line for line in costing if not message.lines or line.line in message.lines)


def _cannot_dispute(case: BillingCase | None, message: FeeDisputed, now: datetime, pack: Pack) -> str:
    if case is None or case.quote is None or case.state == "ended" or case.revived or case.elsewhere:
        return "nothing-to-dispute"
    words = (message.lines, message.ground)
    if code := cannot_dispute(*words, case.resolved, case.arguing, case.settled_at, now, pack):
        return code
    named = _named(case, message)
    return "nothing-to-dispute" if not named or {line.line for line in named} < set(message.lines) else ""


def decide_dispute(case: BillingCase | None, message: DisputeDecided, now: datetime, pack: Pack) -> Decision:
    """The quote's dispute first, unless the operator says which."""
    dispute = case.dispute if case and message.about != "final-account" else None
    open_here = dispute is not None and not dispute.outcome
    if case and not open_here and message.about != "quote":
        other = case.account_dispute
        if other is not None and not other.outcome:
            return account_disputes.decide(case, other, message, now, pack)
    if case is None or dispute is None or not open_here or case.state in ("charging", "ended"):
        return Decision(events=(refused(message.request_id, message.type, "no-open-dispute"),))
    owed = what_is_owed(dispute, message)
    if owed is None:
        return Decision(events=(refused(message.request_id, message.type, "owed-out-of-range"),))
    decided = with_outcome(dispute, message, owed)
    case = case.model_copy(update={"dispute": decided})
    if case.state in ("quoted", "declined"):
        return _requote(case, decided, now, pack)
    return _pay_or_give_back(case, decided, pack)


def _requote(case: BillingCase, dispute: Dispute, now: datetime, pack: Pack) -> Decision:
    """Decided before the charge: a new version with the re-assessed lines, to be confirmed anew (I7)."""
    offer = case.offered
    lines = reassessed(offer.lines, dispute)
    changes = {
        "version": offer.version + 1,
        "lines": lines,
        "total": total_of(lines, offer.total.nothing),
        "valid_until": pack.due(now, pack.clocks.quote_validity),
    }
    settled = dispute.model_copy(update={"held": False})
    fresh = case.model_copy(
        update={
            "quote": offer.model_copy(update=changes),
            "dispute": settled,
            "resolved": (*case.resolved, settled),
            "confirmation": None,
            "retry_until": None,
        }
    )
    again = offer_quote(fresh, pack, records.reassessed(offer, fresh, dispute, now, pack))
    zero = dispute.amount.nothing
    stop = (Alarm(ANSWER, None), Alarm("payment-deadline", None))
    return again._replace(
        events=(resolved(fresh, dispute, zero, zero, pack), *again.events), alarms=(*again.alarms, *stop)
    )


def _pay_or_give_back(case: BillingCase, dispute: Dispute, pack: Pack) -> Decision:
    operation, amount, wrong = money_to_move(dispute, pack)
    stop = (Alarm(ANSWER, None),)
    if case.revived:  # the fee has gone back already; only what is more than it is still to come
        amount = amount - wrong if operation == "refund" else amount.nothing
        wrong = wrong.nothing
    if amount.minor == 0:
        return Decision(_told(case), (resolved(case, dispute, amount, amount, pack),), alarms=stop)
    if wrong.minor and case.paid is not None:
        case = case.model_copy(update={"paid": case.paid - wrong})  # a withdrawal gives back only the rest
    return Decision(case, calls=(move_money(case, operation, amount, "dispute"),), alarms=stop)


def money_moved(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """The charge or refund a resolved dispute led to is done: now it is resolved for the customer."""
    dispute = case.dispute
    assert dispute is not None
    amount = message.answer.amount
    charged, refunded = (amount, amount.nothing) if message.operation == "charge" else (amount.nothing, amount)
    if charged.minor and (case.state == "ended" or case.revived):  # withdrawn, or going on, while it was under way
        back = move_money(case, "refund", charged, "dispute")
        return Decision(_told(case), (resolved(case, dispute, charged, refunded, pack),), calls=(back,))
    case = case.model_copy(update={"paid": (case.paid or amount.nothing) + charged})
    return Decision(_told(case), (resolved(case, dispute, charged, refunded, pack),))


def _told(case: BillingCase) -> BillingCase:
    assert case.dispute is not None
    return case.model_copy(update={"resolved": (*case.resolved, case.dispute)})


def overdue(case: BillingCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    return Decision(case, (nobody_decided(case, case.dispute, ANSWER),))
