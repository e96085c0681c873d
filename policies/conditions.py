"""What is true of a line and of a wish about it, and which rows of the pack's decision table hold. Pure.

`return` rows are intake's, all others review's; both get every row that holds, so that every obstacle is named at once.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, Subscription
from contracts.words import ItemId, Kind, Text
from policies.decision_table import Condition, Test
from policies.early_end import parts_of
from policies.facts import ANSWERED
from policies.lawful import binds
from policies.needs import chain, in_words
from policies.rules.still_asked import in_words as what_is_asked
from policies.schema import Pack

Fact = str | int | bool
NEVER_PORTED_IN = 99999  # days
NO_CLAIM: dict[str, Fact] = {
    "free_exit_claimed": False,
    "exit_ground_zh": "",
    "exit_ground_en": "",
    "exit_proof_zh": "",
    "exit_proof_en": "",
    "exit_asks_zh": "",
    "exit_asks_en": "",
}
NOTHING_CHANGES: dict[str, Fact] = {"change_under_way": False, "changing_zh": "", "changing_en": ""}


def facts(
    kind: Kind,
    items: tuple[ItemId, ...],
    subscription: Subscription,
    today: date,
    pack: Pack,
    answers: Collection[str] = (),
    claim: Mapping[str, Fact] | None = None,
) -> dict[str, Fact]:
    """Every one of `FACTS`, amounts in minor units, and `answered:<question>` for each of `answers`."""
    wanted = targets(kind, items, subscription)
    return {
        "status": subscription.status,
        "account": subscription.account,
        "segment": subscription.segment,
        "real_name_verified": subscription.real_name_verified,
        "arrears": subscription.arrears.minor,
        "own_balance": sum(b.amount.minor for b in subscription.balances if b.origin == "own"),
        "days_since_port_in": _days_since_port_in(subscription, today),
        "targets": len(wanted),
        "shared": max((item.shared_with for item in wanted), default=0),
        **_contract_facts(wanted, today, pack),
        **_item_facts(items, wanted, subscription),
        **_change_facts(wanted, today),
        **({"free_exit_claimed": _claimed(wanted, today, pack), **claim} if claim else NO_CLAIM),
        **{f"{ANSWERED}{question}": True for question in answers},
    }


def targets(kind: Kind, items: tuple[ItemId, ...], subscription: Subscription) -> tuple[Item, ...]:
    """What is to be switched off, in that order: an item comes before whatever it depends on.

    A product request is about the active items it names, the other kinds about every active item of the line.
    """
    active = tuple(item for item in subscription.items if item.active)
    if kind is Kind.PRODUCT:
        return _dependents_first(item for item in active if item.item in items)
    return _dependents_first(active)


def dependents_left(wanted: Collection[Item], subscription: Subscription) -> tuple[Item, ...]:
    """Active items that would stay although they need, directly or through others, something in `wanted` (N14)."""
    gone = {item.item for item in wanted}
    left = [item for item in subscription.items if item.active and item.item not in gone]
    found: list[Item] = []
    while more := [item for item in left if item not in found and gone.intersection(item.depends_on)]:
        found += more
        gone |= {item.item for item in more}
    return tuple(found)


def holding(pack: Pack, kind: Kind, facts: Mapping[str, Fact], outcomes: Collection[str]) -> tuple[Condition, ...]:
    """All rows with one of `outcomes` that hold, in table order, their texts filled in; no answered questions."""
    rows = (row for row in pack.conditions if row.outcome in outcomes and kind in row.applies_to)
    open_rows = (row for row in rows if row.outcome != "ask" or not facts.get(f"{ANSWERED}{row.rule}"))
    return tuple(_filled(row, facts) for row in open_rows if all(_holds(test, facts) for test in row.when))


def _holds(test: Test, facts: Mapping[str, Fact]) -> bool:
    return test.fits(facts.get(test.fact, False) if test.fact.startswith(ANSWERED) else facts[test.fact])


def _filled(row: Condition, facts: Mapping[str, Fact]) -> Condition:
    def fill(text: Text) -> Text:
        return Text(zh=text.zh.format_map(facts), en=text.en.format_map(facts))

    return row.model_copy(update={"reason": fill(row.reason), "remedy": fill(row.remedy)})


def _days_since_port_in(subscription: Subscription, today: date) -> int:
    since = subscription.ported_in_on
    return NEVER_PORTED_IN if since is None else (today - since).days


def _contract_facts(wanted: tuple[Item, ...], today: date, pack: Pack) -> dict[str, Fact]:
    """A term alone is no lock-in: only a contract that says so in words locks (CN-19), while no free exit is found."""
    running = _running(wanted, today, pack)
    locked = any(contract.lock_in and contract.free_exit is None for contract in running)
    return {"inside_contract": bool(running), "locked_in": locked}


def claim_of(name: str, pack: Pack) -> dict[str, Fact] | None:
    """What a pack says of the exit ground a customer claims, as texts may name it."""
    if (ground := pack.exit_grounds.get(name)) is None:
        return None
    names = {fee.rule: fee.name for fee in pack.fees} | parts_of(pack)
    otherwise = ((names[rule], asked) for rule, asked in ground.by_rule.items())
    asks = what_is_asked(ground.asks, pack.currency, otherwise)
    words = {"exit_ground": ground.name, "exit_proof": ground.proof, "exit_asks": asks}
    return {
        f"{what}_{language}": text.in_language(language) for what, text in words.items() for language in ("zh", "en")
    }


def _claimed(wanted: tuple[Item, ...], today: date, pack: Pack) -> bool:
    """Something is claimed only while a contract binds that nobody has found free to leave yet."""
    return any(contract.free_exit is None for contract in _running(wanted, today, pack))


def _running(wanted: tuple[Item, ...], today: date, pack: Pack) -> list[Contract]:
    """No longer than the law lets them."""
    return [item.contract for item in wanted if item.contract and binds(item.contract, pack, today)]


def _change_facts(wanted: tuple[Item, ...], today: date) -> dict[str, Fact]:
    """A change that is ordered and has not taken effect yet."""
    if not any(item.change_from for item in wanted):
        return NOTHING_CHANGES
    changing = [(item.name, item.change_from) for item in wanted if item.change_from and item.change_from > today]
    return {
        "change_under_way": bool(changing),
        "changing_zh": "、".join(f"{name.zh}（{day} 起）" for name, day in changing),
        "changing_en": ", ".join(f"{name.en} (from {day} on)" for name, day in changing),
    }


def _item_facts(items: tuple[ItemId, ...], wanted: tuple[Item, ...], subscription: Subscription) -> dict[str, Fact]:
    known = {item.item: item for item in subscription.items}
    unknown = [item for item in items if item not in known]
    off = [known[item] for item in items if item in known and not known[item].active]
    left = dependents_left(wanted, subscription)
    gone = {item.item for item in wanted}
    ways = [in_words(chain(item, gone, subscription)) for item in left]
    return {
        "item_unknown": bool(unknown),
        "item_off": bool(off),
        "dependents_left": len(left),
        "unknown_items": ", ".join(unknown),
        "off_items_zh": "、".join(item.name.zh for item in off),
        "off_items_en": ", ".join(item.name.en for item in off),
        "dependents_zh": "、".join(item.name.zh for item in left),
        "dependents_en": ", ".join(item.name.en for item in left),
        "chains_zh": "；".join(way.zh for way in ways),
        "chains_en": "; ".join(way.en for way in ways),
    }


def _dependents_first(items: Iterable[Item]) -> tuple[Item, ...]:
    left, ordered = list(items), list[Item]()
    while left:
        needed = {other for item in left for other in item.depends_on if other != item.item}
        free = [item for item in left if item.item not in needed] or left  # a circle: the carrier's order will do
        ordered += free
        gone = {item.item for item in free}
        left = [item for item in left if item.item not in gone]
    return tuple(ordered)
