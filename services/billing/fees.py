"""What an early end costs: the pack's fee rule applied to the customer's contract, each step of it in words."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from contracts.carrier import Contract, Item
from contracts.messages.billing import FeeLine
from contracts.words import Money, Text
from policies.lawful import Term, lawful_term
from policies.pack import Pack
from policies.rules.families import ContractOnDay, early_end_fee
from policies.rules.registry import read_facts


def early_termination_fee(item: Item, end: date, pack: Pack) -> FeeLine | None:
    """The fee line of one item that ends on `end`; None where nothing can be owed.

    Without an explicit lock-in there is no fee, whatever the contract's term says (CN-19, FV-51). Raises
    `UnknownFeeRule` where the pack has no such rule, `RuleError` where the contract's facts make no sense.
    """
    contract = item.contract
    if contract is None or not contract.lock_in:
        return None
    term = lawful_term(contract.start, contract.end, pack, end)
    if end >= term.end:
        return None
    rule = pack.fee_rule(contract.fee_rule)
    fee = early_end_fee(rule, _facts(item, contract, term.end, end, pack), pack.taxes)
    if fee.amount_minor == 0:
        return None
    return FeeLine(
        line=f"early-termination/{item.item}",
        rule=rule.rule,
        item=item.item,
        name=rule.name,
        amount=Money(minor=fee.amount_minor, currency=contract.full_fee.currency),
        steps=(*_cut(contract, term), *fee.steps),
        clauses=tuple(dict.fromkeys((rule.clause, contract.clause, *([term.cut_by.clause] if term.cut_by else [])))),
    )


def _cut(contract: Contract, term: Term) -> tuple[Text, ...]:
    if term.cut_by is None:
        return ()
    zh = f"合约至 {contract.end}，长于法定最长期限：按至 {term.end} 计"
    en = f"the contract runs to {contract.end}, longer than the law allows: it is counted to {term.end}"
    return (Text(zh=zh, en=en),)


def _facts(item: Item, contract: Contract, term_end: date, end: date, pack: Pack) -> ContractOnDay:
    known = {
        "fee_minor": contract.full_fee.minor,
        "monthly_minor": item.monthly_fee.minor,
        "start": contract.start,
        "end_of_term": term_end,
        "leaves_on": end,
        "currency": contract.full_fee.currency,
        "rounding": pack.rounding,
    }
    return read_facts(ContractOnDay, known)


def delay_cost(items: tuple[Item, ...], days: int, currency: str) -> Money:
    """What the days after the promise cost the customer: a thirtieth of each monthly fee a day, half up (FV-40)."""
    monthly = sum(item.monthly_fee.minor for item in items)
    exact = Decimal(monthly * days) / Decimal(30)
    return Money(minor=int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency=currency)
