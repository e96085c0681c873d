"""What an early end costs: one pure function a fee family, exact, each step of the arithmetic in words."""

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from contracts.carrier import Contract, Item
from contracts.messages.billing import FeeLine
from contracts.words import Money, Text
from policies.pack import FeeRule, Pack

Steps = tuple[Text, ...]
Family = Callable[[Contract, FeeRule, date], tuple[int, Steps]]


def early_termination_fee(item: Item, end: date, pack: Pack) -> FeeLine | None:
    """The fee line of one item that ends on `end`; None where nothing can be owed.

    Without an explicit lock-in there is no fee, whatever the contract's term says (CN-19, FV-51).
    """
    contract = item.contract
    if contract is None or not contract.lock_in or end >= contract.end:
        return None
    rule = pack.fee_rule(contract.fee_rule)
    minor, steps = FAMILIES[rule.family](contract, rule, end)
    if minor == 0:
        return None
    return FeeLine(
        line=f"early-termination/{item.item}",
        rule=rule.rule,
        item=item.item,
        name=rule.name,
        amount=Money(minor=minor, currency=contract.full_fee.currency),
        steps=steps,
        clauses=tuple(dict.fromkeys((rule.clause, contract.clause))),
    )


def months_between(start: date, end: date) -> int:
    """Completed months: 31 January to 28 February is none, to 1 March is one."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)


def nothing(contract: Contract, rule: FeeRule, end: date) -> tuple[int, Steps]:
    return 0, ()


def fixed(contract: Contract, rule: FeeRule, end: date) -> tuple[int, Steps]:
    return contract.full_fee.minor, (Text(zh="合同约定的固定金额", en="The fixed amount the contract names"),)


def share_of_remaining(contract: Contract, rule: FeeRule, end: date) -> tuple[int, Steps]:
    """Full fee x months left / months of the term, half up to the minor unit (FV-13)."""
    term = months_between(contract.start, contract.end)
    used = min(term, months_between(contract.start, end) + (rule.months == "started"))
    left = term - used
    exact = Decimal(contract.full_fee.minor * left) / Decimal(term)
    minor = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    full = f"{contract.full_fee.currency} {Decimal(contract.full_fee.minor) / 100:.2f}"
    result = f"{contract.full_fee.currency} {Decimal(minor) / 100:.2f}"
    return minor, (
        Text(zh=f"合约期 {term} 个月，已履行 {used} 个月", en=f"{used} of {term} months served"),
        Text(zh=f"{full} × {left} ÷ {term} = {result}", en=f"{full} x {left} / {term} = {result}"),
    )


FAMILIES: dict[str, Family] = {"none": nothing, "fixed": fixed, "share-of-remaining": share_of_remaining}


def delay_cost(items: tuple[Item, ...], days: int, currency: str) -> Money:
    """What the days after the promise cost the customer: a thirtieth of each monthly fee a day, half up (FV-40)."""
    monthly = sum(item.monthly_fee.minor for item in items)
    exact = Decimal(monthly * days) / Decimal(30)
    return Money(minor=int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency=currency)
