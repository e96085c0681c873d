"""Fees that are argued about at billing, and what is said of them; for tests of single decisions."""

from datetime import timedelta
from typing import Any

from contracts.fee_lines import FeeLine
from contracts.messages.billing import DisputeResolved
from contracts.messages.intake import FeeDisputed
from contracts.messages.ops import DisputeDecided
from contracts.refusals import refused as refusal
from contracts.words import Money, Ruling, Text
from policies.second_look import basis_for, clauses_for
from runtime.decision import Decision
from services.billing import records
from services.billing.case import BillingCase, Dispute
from tests.flow.at_billing import Desk

ZERO = Money(minor=0)
MICRO = timedelta(microseconds=1)


def fee(name: str, minor: int, **more: Any) -> FeeLine:
    words = {"rule": "fixed-fee", "item": None, "name": Text(zh=name, en=name), "clauses": (f"CN-{minor}",)}
    return FeeLine(line=name, amount=Money(minor=minor), steps=(), inputs={}, **words | more)


def with_lines(case: BillingCase, *lines: FeeLine) -> BillingCase:
    total = Money(minor=sum(line.amount.minor for line in lines))
    return case.model_copy(update={"quote": case.offered.model_copy(update={"lines": lines, "total": total})})


LINES = (fee("one", 600), fee("free", 0), fee("two", 1200, net=Money(minor=1000), tax=Money(minor=200)))


def says(case: BillingCase, *lines: str, ground: str = "too-high") -> FeeDisputed:
    return FeeDisputed(request_id=case.request_id, audience=case.to_whom, lines=lines, ground=ground)


def about(case: BillingCase, desk: Desk, minor: int, *lines: str, **more: Any) -> Dispute:
    due = desk.pack.due(desk.now, desk.pack.clocks.dispute_answer)
    known = {"lines": lines, "amount": Money(minor=minor), "held": True, "ground": "too-high", "answer_due": due}
    return Dispute(**known | more)


def rules(case: BillingCase, outcome: Ruling, owed: int | None = None, **more: Any) -> DisputeDecided:
    amount = None if owed is None else Money(minor=owed)
    return DisputeDecided(
        request_id=case.request_id, operator="op-1", reason="checked", outcome=outcome, owed=amount, **more
    )


def no(case: BillingCase, desk: Desk, code: str, command: str = "fee.dispute.v1") -> Decision:
    clauses, basis = clauses_for(code, desk.pack), basis_for(code, desk.pack)
    return Decision(events=(refusal(case.request_id, command, code, clauses, basis),))


OUTCOMES = [
    (Ruling.UPHELD, None, 1800),
    (Ruling.UPHELD, 5, 1800),
    (Ruling.WAIVED, None, 0),
    (Ruling.LOWERED, 0, 0),
    (Ruling.LOWERED, 700, 700),
    (Ruling.LOWERED, 1800, 1800),
]


def resolved(case: BillingCase, dispute: Dispute, charged: int, refunded: int, desk: Desk) -> DisputeResolved:
    moved = (Money(minor=charged), Money(minor=refunded))
    more = refunded - (dispute.amount.minor - (dispute.owed or ZERO).minor)
    assert dispute.owed is not None and dispute.outcome
    return DisputeResolved(
        request_id=case.request_id,
        audience=case.to_whom,
        outcome=dispute.outcome,
        owed=dispute.owed,
        charged=moved[0],
        refunded=moved[1],
        operator="op-1",
        reason="checked",
        decision=records.resolved(case, dispute, *moved, desk.pack),
        about=dispute.about,
        overcharged=dispute.overcharged,
        compensation=Money(minor=more) if refunded and not dispute.held and more > 0 else None,
    )
