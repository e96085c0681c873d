"""What a decided dispute means in money: the held amount is charged, a wrong one refunded, plus what the pack adds.

Used for the fees of a quote and for the charges of a final account alike. Pure.
"""

from typing import Any

from contracts.fee_lines import FeeLine
from contracts.messages.billing import DisputeResolved
from contracts.messages.ops import DisputeDecided
from contracts.messages.shared import AttentionRequired
from contracts.words import Money, Ruling
from policies.pack import Pack
from policies.rules.overcharge import Overcharge, overcharge
from policies.rules.splitting import parts_of
from services.billing import records
from services.billing.case import BillingCase, Dispute


def what_is_owed(dispute: Dispute, message: DisputeDecided) -> Money | None:
    """None where the operator's amount lies outside of what is disputed, or is in another currency."""
    if message.outcome is Ruling.UPHELD:
        return dispute.amount
    if message.outcome is Ruling.WAIVED:
        return dispute.amount.nothing
    if message.owed is None or message.owed.currency != dispute.amount.currency:
        return None
    return message.owed if 0 <= message.owed.minor <= dispute.amount.minor else None


def with_outcome(dispute: Dispute, message: DisputeDecided, owed: Money) -> Dispute:
    said = {"outcome": message.outcome, "owed": owed, "overcharged": message.overcharged}
    return dispute.model_copy(update=said | {"operator": message.operator, "reason": message.reason})


def money_to_move(dispute: Dispute, pack: Pack) -> tuple[str, Money, Money]:
    """(charge or refund, how much, how much of it was too much): what was held is charged, what was paid comes back."""
    assert dispute.owed is not None
    due = dispute.owed if dispute.held else dispute.owed - dispute.amount
    if due.minor >= 0:
        return "charge", due, due.nothing
    return "refund", manifold(dispute, -due, pack), -due


def reassessed(lines: tuple[FeeLine, ...], dispute: Dispute) -> tuple[FeeLine, ...]:
    """What is still owed falls on the disputed lines in order, each at most its old amount."""
    assert dispute.owed is not None
    left, result = dispute.owed.minor, []
    for line in lines:
        if line.line in dispute.lines:
            minor = min(left, line.amount.minor)
            left -= minor
            line = _lowered(line, line.amount.model_copy(update={"minor": minor}))
        result.append(line)
    return tuple(result)


def _lowered(line: FeeLine, amount: Money) -> FeeLine:
    """Net and tax keep their proportion."""
    if line.net is None or line.tax is None or amount == line.amount:
        return line.model_copy(update={"amount": amount})
    net, tax = parts_of(amount.minor, [line.net.minor, line.tax.minor])
    parts = {"net": line.net.model_copy(update={"minor": net}), "tax": line.tax.model_copy(update={"minor": tax})}
    return line.model_copy(update={"amount": amount, **parts})


def manifold(dispute: Dispute, wrong: Money, pack: Pack) -> Money:
    """What was charged wrongly comes back as often as the pack says; what was merely too dear, once (FV-36, CN-14)."""
    times = pack.final_account.overcharge_times if dispute.overcharged else 1
    back = overcharge(Overcharge(overcharged_minor=wrong.minor, times=times)).amount_minor
    return wrong.model_copy(update={"minor": back})


def resolved(case: BillingCase, dispute: Dispute, charged: Money, refunded: Money, pack: Pack) -> DisputeResolved:
    assert dispute.owed is not None
    good_will = refunded.minor and not dispute.held  # of a held fee only what a withdrawal undoes comes back
    more = refunded - (dispute.amount - dispute.owed) if good_will else refunded.nothing
    fields: dict[str, Any] = {"outcome": dispute.outcome, "owed": dispute.owed}
    return DisputeResolved(
        request_id=case.request_id,
        audience=case.to_whom,
        charged=charged,
        refunded=refunded,
        operator=dispute.operator,
        reason=dispute.reason,
        decision=records.resolved(case, dispute, charged, refunded, pack),
        about=dispute.about,
        overcharged=dispute.overcharged,
        compensation=more if more.minor > 0 else None,
        **fields,
    )


def nobody_decided(case: BillingCase, dispute: Dispute | None, incident: str) -> AttentionRequired:
    """The promised day of the decision has come."""
    assert dispute is not None
    detail = f"no decision by {dispute.answer_due.isoformat()}"
    return AttentionRequired(
        request_id=case.request_id, incident=incident, operation=incident, code="overdue", detail=detail
    )
