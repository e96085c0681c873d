"""Leaving a contract in its first days: no early termination fee, what was used is paid in proportion (EU-8, FV-42)."""

from datetime import date

from contracts.carrier import Contract, Item, Subscription
from contracts.messages.billing import FeeLine
from contracts.words import Money, Text
from policies.pack import Pack
from policies.rules.registry import read_facts
from policies.rules.withdrawal import Withdrawal, withdrawal
from services.billing.fees import inputs_of

NAME = Text(zh="撤回合同：已使用部分", en="Withdrawal from the contract: what was used")
FREE = Text(zh="在冷静期内撤回合同，不收提前终止费", en="Withdrawn from in its first days: no early termination fee")
A_MONTH = 30


def withdrawn_from(ending: tuple[Item, ...], known: Subscription, asked: date, pack: Pack) -> tuple[Item, ...]:
    """The items whose contract is so young on the day the customer asks to end it; a company has no such right."""
    if pack.cooling_off is None or known.segment == "business":
        return ()
    return tuple(item for item in ending if item.contract and _is_young(item.contract, asked, pack))


def _is_young(contract: Contract, asked: date, pack: Pack) -> bool:
    """The day of the contract itself is not counted, so fourteen days are the fourteen after it."""
    assert pack.cooling_off is not None
    return 0 <= (asked - contract.start).days <= pack.cooling_off.days


def used_so_far(item: Item, asked: date, pack: Pack) -> FeeLine:
    """The fee line of one item withdrawn from; there also where it comes to nothing, because it says why."""
    terms, contract = pack.cooling_off, item.contract
    assert terms is not None and contract is not None
    days = (asked - contract.start).days
    price, span = _price(item, contract, pack)
    known = {
        "base": terms.base,
        "price_minor": price,
        "price_days": span,
        "days_used": days,
        "window_days": terms.days,
        "currency": item.monthly_fee.currency,
        "rounding": pack.rounding,
    }
    facts = read_facts(Withdrawal, known)
    owed = withdrawal(facts)
    return FeeLine(
        line=f"cooling-off/{item.item}",
        rule="withdrawal",
        item=item.item,
        name=NAME,
        amount=Money(minor=owed.amount_minor, currency=item.monthly_fee.currency),
        steps=(FREE, *owed.steps),
        clauses=terms.clauses,
        inputs=inputs_of(facts),
    )


def _price(item: Item, contract: Contract, pack: Pack) -> tuple[int, int]:
    """A month's fee for thirty days, or all monthly fees of the term for its days (CRD 14(3))."""
    assert pack.cooling_off is not None
    if pack.cooling_off.base == "monthly":
        return item.monthly_fee.minor, A_MONTH
    start, end = contract.start, contract.end
    months = (end.year - start.year) * 12 + end.month - start.month
    return item.monthly_fee.minor * max(1, months), max(1, (end - start).days)
