"""Several items under one contract: its fee is asked once, together, and only when the last of them ends. Pure."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from contracts.carrier.subscriptions import Item, PriceChange, Subscription
from contracts.fee_lines import FeeLine
from contracts.words import Money
from policies.lawful import binds
from policies.pack import Pack
from policies.rules.families import by_full_fee
from policies.rules.words import money, said
from services.billing.days_of_service import price_of
from services.billing.fees import refuse_strange_prices

GOES_ON = "contract_goes_on"
ONE_OF_A_CONTRACT = ("start", "end", "concluded", "fee_rule", "full_fee", "lock_in")


class Bound(NamedTuple):
    """What an early end is charged for: one item, or all that end under one contract taken together."""

    item: Item
    stay: tuple[Item, ...] = ()  # under the same contract, and not ended with it


def under_contracts(ending: tuple[Item, ...], known: Subscription, end: date, pack: Pack) -> Iterator[Bound]:
    """A fee that goes by each item's own monthly fee is each item's own.

    Raises `ValueError` where items under one contract disagree on what it says.
    """
    names = [item.contract.contract for item in known.items if item.active and item.contract]
    if len(names) == len({*names}):
        yield from [Bound(item) for item in ending]
        return
    told: set[str] = set()
    for item in ending:
        together, stay = _sharing(item, ending), _staying(item, ending, known)
        if not (len(together) > 1 or stay) or not _one_fee(item, pack):
            yield Bound(item)
        elif (said_twice := _contradiction((*together, *stay))) and _binds((*together, *stay), end, pack):
            raise ValueError(said_twice)
        elif _name(item) not in told:
            told.add(_name(item))
            yield Bound(_as_one(together, pack), stay)


def not_yet(line: FeeLine, stay: tuple[Item, ...]) -> FeeLine:
    """The contract goes on with what stays, so its fee is not asked now."""
    nothing = line.amount.model_copy(update={"minor": 0})
    zh, en = "、".join(each.name.zh for each in stay), ", ".join(each.name.en for each in stay)
    step = said(
        f"合约随{zh}继续履行，其全部业务提前终止时才收取一次",
        f"the contract goes on with {en}: its fee is asked once, when the last of it ends early",
    )
    told = {"status": "not-charged", "reason": GOES_ON, "steps": (*line.steps, step)}
    return line.model_copy(update={"amount": nothing, "net": nothing, "tax": nothing} | told)


def _name(item: Item) -> str:
    return item.contract.contract if item.contract else ""


def _sharing(item: Item, items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(each for each in items if each.contract and _name(each) == _name(item))


def _staying(item: Item, ending: tuple[Item, ...], known: Subscription) -> tuple[Item, ...]:
    gone = {each.item for each in ending}
    left = tuple(each for each in known.items if each.active and each.item not in gone)
    return _sharing(item, left) if item.contract else ()


def _binds(items: tuple[Item, ...], end: date, pack: Pack) -> bool:
    """Where nothing can be owed, nobody has to wait until it is mended."""
    return any(each.contract.lock_in and binds(each.contract, pack, end) for each in items if each.contract)


def _contradiction(items: tuple[Item, ...]) -> str:
    """One contract has one term and one fee: where the carrier says two, nobody can tell which of them is meant."""
    first = items[0]
    for other in items[1:]:
        for what in ONE_OF_A_CONTRACT:
            one, two = getattr(first.contract, what), getattr(other.contract, what)
            if one != two:
                both = f"{_plain(one)} at {first.item} and {_plain(two)} at {other.item}"
                return f"contract {_name(first)}: its {what} is {both}; one contract has one, and two have two names"
    return ""


def _plain(value: object) -> str:
    return money(value.minor, value.currency) if isinstance(value, Money) else str(value)


def _one_fee(item: Item, pack: Pack) -> bool:
    assert item.contract is not None
    rule = next((each for each in pack.fees if each.rule == item.contract.fee_rule), None)
    return rule is not None and by_full_fee(rule)


def _as_one(items: tuple[Item, ...], pack: Pack) -> Item:
    """The first of them with the monthly fees of all, whenever they change."""
    if len(items) == 1:
        return items[0]
    for each in items:
        refuse_strange_prices(each, pack)
    days = sorted({change.from_day for each in items for change in each.price_changes})
    changes = tuple(
        PriceChange(from_day=day, monthly_fee=pack.money(sum(price_of(each, day) for each in items))) for day in days
    )
    monthly = pack.money(sum(each.monthly_fee.minor for each in items))
    return items[0].model_copy(update={"monthly_fee": monthly, "price_changes": changes})
