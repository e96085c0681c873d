"""A fee under dispute: held out while it is argued, then charged, lowered or given back (R35, R36, N17)."""

from datetime import datetime
from typing import Any

from contracts.messages.billing import DisputeOpened, DisputeResolved, FeeLine
from contracts.messages.intake import FeeDisputed
from contracts.messages.ops import DisputeDecided
from contracts.messages.shared import AttentionRequired
from contracts.refusals import refused
from contracts.words import Money
from policies.pack import Pack
from policies.second_look import basis_for, cannot_dispute, clauses_for
from runtime.decision import Alarm, Answered, Decision, Rung
from services.billing import records
from services.billing.case import BillingCase, Dispute, move_money
from services.billing.domain import offer_quote
from services.billing.quoting import total_of

DISPUTE = "fee.dispute.v1"
ANSWER = "dispute-answer"  # the alarm


def open_dispute(case: BillingCase | None, message: FeeDisputed, now: datetime, pack: Pack) -> Decision:
    """Before the charge the amount is held out; after it, the dispute may bring it back. Termination never waits."""
    if code := _cannot_dispute(case, message, now, pack):
        no = refused(message.request_id, DISPUTE, code, clauses_for(code, pack), basis_for(code, pack))
        return Decision(events=(no,))
    assert case is not None
    lines = _named(case, message)
    dispute = Dispute(
        lines=tuple(line.line for line in lines),
        amount=total_of(lines, pack),
        held=case.state in ("quoted", "declined"),
        ground=message.ground,
        answer_due=pack.due(now, pack.clocks.dispute_answer),
    )
    event = DisputeOpened(
        request_id=case.request_id,
        audience=case.to_whom,
        lines=dispute.lines,
        amount=dispute.amount,
        held=dispute.held,
        ground=dispute.ground,
        answer_due=dispute.answer_due,
        again=bool(case.resolved),
    )
    return Decision(
        case.model_copy(update={"dispute": dispute, "open": True}),
        (event,),
        alarms=(Alarm(ANSWER, dispute.answer_due),),
    )


def _named(case: BillingCase, message: FeeDisputed) -> tuple[FeeLine, ...]:
    """With what earlier looks have left of each."""
    standing = case.offered.lines
    for earlier in case.resolved:
        standing = _reassessed(standing, earlier)
    return tuple(line for line in standing if not message.lines or line.line in message.lines)


def _cannot_dispute(case: BillingCase | None, message: FeeDisputed, now: datetime, pack: Pack) -> str:
    if case is None or case.quote is None or case.state == "ended":
        return "nothing-to-dispute"
    grounds = tuple(each.ground for each in case.resolved)
    if code := cannot_dispute(grounds, case.arguing, message.ground, case.settled_at, now, pack):
        return code
    named = _named(case, message)
    again = bool(case.resolved)
    if not named or {line.line for line in named} < set(message.lines) or (again and not total_of(named, pack).minor):
        return "nothing-to-dispute"
    return ""


def decide_dispute(case: BillingCase | None, message: DisputeDecided, now: datetime, pack: Pack) -> Decision:
    dispute = case.dispute if case else None
    if case is None or dispute is None or dispute.outcome or case.state in ("charging", "ended"):
        return Decision(events=(refused(message.request_id, message.type, "no-open-dispute"),))
    owed = _owed(dispute, message, pack)
    if owed is None:
        return Decision(events=(refused(message.request_id, message.type, "owed-out-of-range"),))
    decided = dispute.model_copy(
        update={
            "outcome": message.outcome,
            "owed": owed,
            "operator": message.operator,
            "reason": message.reason,
        }
    )
    case = case.model_copy(update={"dispute": decided})
    if case.state in ("quoted", "declined"):
        return _requote(case, decided, now, pack)
    return _pay_or_give_back(case, decided, pack)


def _owed(dispute: Dispute, message: DisputeDecided, pack: Pack) -> Money | None:
    if message.outcome == "upheld":
        return dispute.amount
    if message.outcome == "waived":
        return pack.money(0)
    in_range = message.owed is not None and 0 <= message.owed.minor <= dispute.amount.minor
    return message.owed if in_range else None


def _requote(case: BillingCase, dispute: Dispute, now: datetime, pack: Pack) -> Decision:
    """Decided before the charge: a new version with the re-assessed lines, to be confirmed anew (I7)."""
    offer = case.offered
    lines = _reassessed(offer.lines, dispute)
    changes = {
        "version": offer.version + 1,
        "lines": lines,
        "total": total_of(lines, pack),
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
    zero = pack.money(0)
    stop = (Alarm(ANSWER, None), Alarm("payment-deadline", None))
    return again._replace(
        events=(_resolved(fresh, dispute, zero, zero, pack), *again.events), alarms=(*again.alarms, *stop)
    )


def _reassessed(lines: tuple[FeeLine, ...], dispute: Dispute) -> tuple[FeeLine, ...]:
    """What is still owed falls on the disputed lines in order, each at most its old amount."""
    assert dispute.owed is not None
    left, result = dispute.owed.minor, []
    for line in lines:
        if line.line in dispute.lines:
            minor = min(left, line.amount.minor)
            left -= minor
            line = line.model_copy(update={"amount": line.amount.model_copy(update={"minor": minor})})
        result.append(line)
    return tuple(result)


def _pay_or_give_back(case: BillingCase, dispute: Dispute, pack: Pack) -> Decision:
    assert dispute.owed is not None
    due = dispute.owed if dispute.held else dispute.owed - dispute.amount
    stop = (Alarm(ANSWER, None),)
    if due.minor == 0:
        zero = pack.money(0)
        return Decision(_told(case), (_resolved(case, dispute, zero, zero, pack),), alarms=stop)
    operation = "charge" if due.minor > 0 else "refund"
    amount = due if due.minor > 0 else -due
    if due.minor < 0 and case.paid is not None:
        case = case.model_copy(update={"paid": case.paid + due})  # a withdrawal gives back only the rest
    return Decision(case, calls=(move_money(case, operation, amount, "dispute"),), alarms=stop)


def money_moved(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """The charge or refund a resolved dispute led to is done: now it is resolved for the customer."""
    dispute = case.dispute
    assert dispute is not None
    zero, amount = pack.money(0), message.answer.amount
    charged, refunded = (amount, zero) if message.operation == "charge" else (zero, amount)
    if charged.minor and case.state == "ended":  # withdrawn while it was under way
        back = move_money(case, "refund", charged, "dispute")
        return Decision(_told(case), (_resolved(case, dispute, charged, refunded, pack),), calls=(back,))
    case = case.model_copy(update={"paid": (case.paid or zero) + charged})
    return Decision(_told(case), (_resolved(case, dispute, charged, refunded, pack),))


def _told(case: BillingCase) -> BillingCase:
    assert case.dispute is not None
    return case.model_copy(update={"resolved": (*case.resolved, case.dispute)})


def _resolved(case: BillingCase, dispute: Dispute, charged: Money, refunded: Money, pack: Pack) -> DisputeResolved:
    fields: dict[str, Any] = {"outcome": dispute.outcome, "owed": dispute.owed}
    return DisputeResolved(
        request_id=case.request_id,
        audience=case.to_whom,
        charged=charged,
        refunded=refunded,
        operator=dispute.operator,
        reason=dispute.reason,
        decision=records.resolved(case, dispute, charged, refunded, pack),
        **fields,
    )


def overdue(case: BillingCase, message: Rung, now: datetime, pack: Pack) -> Decision:
    assert case.dispute is not None
    event = AttentionRequired(
        request_id=case.request_id,
        incident=ANSWER,
        operation=ANSWER,
        code="overdue",
        detail=f"no decision by {case.dispute.answer_due.isoformat()}",
    )
    return Decision(case, (event,))
