"""The decision records of billing (N1): what each amount was decided on, in words for the customer. Pure."""

from collections.abc import Mapping
from datetime import datetime

from contracts.carrier.asks import FinalBill, Receipt
from contracts.decisions import DecisionRecord
from contracts.final_account import FinalAccount
from contracts.messages.billing import Cause, Elsewhere
from contracts.offer import Quote
from contracts.words import Money, Ruling, Text
from policies.deciding import record, sha256_of
from policies.pack import Pack
from policies.rules.words import money
from services.billing.case import BillingCase, Dispute

NOTHING_DUE = Text(zh="无需付费。", en="Nothing is due.")
RESOLVED = {
    Ruling.UPHELD: Text(zh="经核查，费用成立：{}。", en="The fee stands: {}."),
    Ruling.LOWERED: Text(zh="经核查，费用调整为 {}。", en="The fee is lowered to {}."),
    Ruling.WAIVED: Text(zh="经核查，不收取该费用。", en="The fee is not owed."),
}


def quoted(case: BillingCase, now: datetime, pack: Pack) -> DecisionRecord:
    """The first offer rests on the line as the CRM knew it; what a dispute has changed rests on `reassessed`."""
    inputs = {"application": case.application, "subscription": case.subscription, "at": now}
    return _offer("quote", case.offered, inputs, pack)


def reassessed(before: Quote, case: BillingCase, dispute: Dispute, now: datetime, pack: Pack) -> DecisionRecord:
    return _offer("re-assessment", case.offered, {"quote": before, "dispute": dispute, "at": now}, pack)


def _offer(name: str, quote: Quote, inputs: Mapping[str, object], pack: Pack) -> DecisionRecord:
    total, rules = quote.total, (line.rule for line in quote.lines)
    if total.minor == 0:
        return record(name, "nothing-due", inputs, pack, NOTHING_DUE, rules, quote.clauses, total=total)
    amount = _said(total)
    items = len(quote.lines)
    words = Text(zh=f"应付 {amount}，共 {items} 项。", en=f"{amount} due for {items} item{'s' * (items > 1)}.")
    return record(name, "fee-due", inputs, pack, words, rules, quote.clauses, total=total)


def settled(
    case: BillingCase,
    receipt: Receipt | None,
    paid: Money,
    quote_sha256: str,
    pack: Pack,
    elsewhere: Elsewhere | None = None,
) -> DecisionRecord:
    inputs = {
        "quote_sha256": quote_sha256,
        "confirmation": case.confirmation,
        "paid": paid,
        "held": case.held,
        "reference": receipt.reference if receipt else None,
    }
    if elsewhere:
        words = _of_elsewhere(elsewhere)
        seen = inputs | {"elsewhere": elsewhere}
        return record("settlement", elsewhere.ground, seen, pack, words, paid=paid, held=case.held)
    outcome = "paid" if receipt else "held" if case.held.minor else "nothing-due"
    return record("settlement", outcome, inputs, pack, _of_settling(paid, case.held), paid=paid, held=case.held)


def _of_elsewhere(elsewhere: Elsewhere) -> Text:
    fee, under = _said(elsewhere.amount), elsewhere.reference
    if elsewhere.ground == "billed":
        return Text(
            zh=f"{fee} 已在别处出账（{under}），此处不收。", en=f"{fee} was billed elsewhere ({under}), not here."
        )
    return Text(zh=f"{fee} 不收取（{under}）。", en=f"{fee} is not charged ({under}).")


def _of_settling(paid: Money, held: Money) -> Text:
    """Of nothing nobody says that it was taken or held."""
    if not held.minor:
        if not paid.minor:
            return NOTHING_DUE
        taken = _said(paid)
        return Text(zh=f"已收 {taken}。", en=f"{taken} taken.")
    left_out = _said(held)
    if not paid.minor:
        return Text(zh=f"争议暂扣 {left_out}。", en=f"{left_out} held in dispute.")
    taken = _said(paid)
    return Text(zh=f"已收 {taken}，争议暂扣 {left_out}。", en=f"{taken} taken, {left_out} held in dispute.")


def waived(case: BillingCase, cause: Cause, amount: Money, pack: Pack) -> DecisionRecord:
    inputs = {
        "cause": cause,
        "dates": case.late,
        "restored": case.wronged,
        "application": case.application,
        "subscription": case.subscription,
    }
    words = Text(
        zh=f"因我方延误或误关，减免 {_said(amount)}。",
        en=f"{_said(amount)} waived: we were late or switched off wrongly.",
    )
    return record("waiver", cause, inputs, pack, words, clauses=(pack.delay.clause,), waived=amount)


def resolved(case: BillingCase, dispute: Dispute, charged: Money, refunded: Money, pack: Pack) -> DecisionRecord:
    assert dispute.owed is not None
    assert dispute.outcome
    form, owed = RESOLVED[dispute.outcome], _said(dispute.owed)
    lines = (*case.offered.lines, *(case.account.lines if case.account else ()))
    clauses = [clause for line in lines if line.line in dispute.lines for clause in line.clauses]
    words = Text(zh=form.zh.format(owed), en=form.en.format(owed))
    if dispute.overcharged:
        clauses += pack.final_account.resting_on("overcharge")
    return record(
        "dispute",
        dispute.outcome,
        {"dispute": dispute},
        pack,
        words,
        clauses=clauses,
        owed=dispute.owed,
        charged=charged,
        refunded=refunded,
    )


def closed(case: BillingCase, account: FinalAccount, bill: FinalBill, pack: Pack) -> DecisionRecord:
    """Stays small: what each balance rests on, and every other sum, stands in the account beside it."""
    inputs = {"quote_sha256": sha256_of(case.offered), "bill": bill, "held": _held_fees(account)}
    net, outcome = account.net, "charged" if account.net.minor > 0 else "refunded" if account.net.minor else "even"
    words = _of_closing(account)
    clauses = [clause for line in account.lines for clause in line.clauses]
    rules = [*(line.rule for line in account.lines), "netting"]
    return record("final-account", outcome, inputs, pack, words, rules, clauses, net=net)


def _of_closing(account: FinalAccount) -> Text:
    """What is owed, what is held, what is left once all is set off: each only where it is something."""
    owed, held, net = account.owed, account.held, account.net
    due = _said(owed)
    zh, en = (f"应付 {due}", f"{due} owed") if owed.minor else ("没有应付", "Nothing is owed")
    if held.minor:
        left_out = _said(held)
        zh, en = f"{zh}，争议暂扣 {left_out}", f"{en}, {left_out} held in dispute"
    if not net.minor:
        return Text(zh=f"{zh}，不用另付，也没有可退的。", en=f"{en}, nothing is left to pay or to pay back.")
    rest = _said(net if net.minor > 0 else -net)
    way = ("另收", "charged") if net.minor > 0 else ("退还", "paid back")
    return Text(zh=f"{zh}，余额抵扣后{way[0]} {rest}。", en=f"{en}; after setting off, {rest} {way[1]}.")


def _held_fees(account: FinalAccount) -> tuple[str, ...]:
    """Of the quote: what the carrier holds itself is in its answer."""
    fees = (line for line in account.lines if line.kind == "early-termination")
    return tuple(line.line for line in fees if line.status == "held")


def _said(amount: Money) -> str:
    return money(amount.minor, amount.currency)
