"""Leaving a contract in its first days: no early termination fee, what was used is paid in proportion (EU-8, FV-42).

A withdrawal ends a contract when it is said (CRD 11 and 14(3)): whoever names a day after the first ones asks for an
ordinary end, and is told until when it would have been a withdrawal.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.fee_lines import FeeLine
from contracts.words import Text
from policies.pack import Pack
from policies.rules.calendars import next_working_day
from policies.rules.core import RuleError
from policies.rules.dates import calendar_months, days_between, months_later
from policies.rules.registry import read_facts
from policies.rules.withdrawal import Withdrawal, withdrawal
from services.billing.days_of_service import A_MONTH, price_of
from services.billing.fees import inputs_of, refuse_strange_prices

NAME = Text(zh="撤回合同：已使用部分", en="Withdrawal from the contract: what was used")
FREE = Text(zh="在冷静期内撤回合同，不收提前终止费", en="Withdrawn from in its first days: no early termination fee")


def withdrawn_from(ending: tuple[Item, ...], known: Subscription, asked: date, pack: Pack) -> tuple[Item, ...]:
    """The items whose contract is so young on the day the customer asks to end it; a company has no such right."""
    if pack.cooling_off is None or known.segment == "business":
        return ()
    return tuple(item for item in ending if item.contract and _is_young(item.contract, asked, pack))


def month_withdrawn(withdrawn: Collection[str], items: Iterable[Item], charge: str = "") -> bool:
    """Whether a month's fee went with the withdrawal: it is the fee of the item it is named after, else of the plan."""
    kinds = {item.item: item.kind for item in items}
    of = [charge] if charge in kinds else [name for name, kind in kinds.items() if kind is ItemKind.PLAN]
    return bool(withdrawn) and all(name in withdrawn for name in of)


def withdrawn_if_sooner(
    lines: Iterable[FeeLine], bound: tuple[Item, ...], known: Subscription, now: datetime, pack: Pack
) -> tuple[FeeLine, ...]:
    """The fees of an ordinary end; of a contract in its first days, until when leaving it costs none."""
    today = now.astimezone(pack.zone).date()
    young = withdrawn_from(bound, known, today, pack)
    days = {item.item: _last_day(item.contract, pack) for item in young if item.contract}
    return tuple(
        _told_sooner(line, days[line.item]) if line.item in days and line.amount.minor else line for line in lines
    )


def _told_sooner(line: FeeLine, day: date) -> FeeLine:
    zh = f"合同尚在冷静期内：不晚于 {day} 终止的，为撤回合同，不收此项费用"
    en = f"in its first days: an end not after {day} withdraws from the contract, without this fee"
    return line.model_copy(update={"steps": (*line.steps, Text(zh=zh, en=en))})


def _is_young(contract: Contract, asked: date, pack: Pack) -> bool:
    """Before the first day of a contract whose conclusion is not known nobody can say that the right is over."""
    if contract.concluded is None and asked < contract.start:
        return True
    return asked <= _last_day(contract, pack)


def _last_day(contract: Contract, pack: Pack) -> date:
    """The day of the conclusion itself is not counted, so fourteen days are the fourteen after it."""
    assert pack.cooling_off is not None
    last = _concluded(contract) + timedelta(days=pack.cooling_off.days)
    return last if pack.cooling_off.free_day == "counts" else next_working_day(last, pack.calendar)


def _concluded(contract: Contract) -> date:
    return contract.concluded or contract.start


def used_so_far(item: Item, asked: date, pack: Pack, end: date | None = None) -> FeeLine:
    """The fee line of one item withdrawn from; there also where it comes to nothing, because it says why.

    `end`: the first day not used to its end; left out: `asked`, the day on which it is withdrawn from.

    Raises `RuleError` where the contract is said to be agreed only later, or its prices make no sense.
    """
    terms, contract = pack.cooling_off, item.contract
    assert terms is not None
    assert contract is not None
    if contract.concluded is not None and contract.concluded > (end or asked):
        told = (
            f"{contract.concluded} is after {end or asked}, the day it is to end; nobody leaves what is not agreed yet"
        )
        raise RuleError(f"contracts/{contract.contract}/concluded: {told}")
    refuse_strange_prices(item, pack)
    begun = _concluded(contract)
    price, span = _price(item, contract, pack)
    known = {
        "base": terms.base,
        "price_minor": price,
        "price_days": span,
        "days_used": max(0, days_between(contract.start, end or asked)),
        "days_since_conclusion": max(0, days_between(begun, asked)),
        "window_days": days_between(begun, _last_day(contract, pack)),
        "currency": pack.currency,
        "rounding": pack.rounding,
    }
    facts = read_facts(Withdrawal, known)
    owed = withdrawal(facts)
    return FeeLine(
        line=f"cooling-off/{item.item}",
        rule="withdrawal",
        item=item.item,
        name=NAME,
        amount=pack.money(owed.amount_minor),
        steps=(FREE, *owed.steps),
        clauses=terms.clauses,
        inputs=inputs_of(facts),
    )


def _price(item: Item, contract: Contract, pack: Pack) -> tuple[int, int]:
    """A month's fee for thirty days, or all monthly fees of the term for its days (CRD 14(3))."""
    assert pack.cooling_off is not None
    if pack.cooling_off.base == "monthly":
        return price_of(item, contract.start), A_MONTH
    start, end = contract.start, contract.end
    months = (months_later(start, number) for number in range(max(1, calendar_months(start, end))))
    return sum(price_of(item, day) for day in months), max(1, days_between(start, end))
