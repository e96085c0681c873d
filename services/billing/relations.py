"""The graph of a quote: what ends, what depends on it, what it depends on; whether a new package is needed. Pure."""

from collections.abc import Iterable

from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.offer import Impact
from contracts.relations import Fate, Need, RelatedItem, Relations
from contracts.words import ItemId, Kind, Text
from policies.conditions import dependents_left
from policies.needs import chain, in_words, needs_of


def relations(ending: tuple[Item, ...], known: Subscription) -> Relations:
    """In the order in which the carrier lists the items."""
    gone = {item.item for item in ending}
    left = {item.item for item in dependents_left(ending, known)}
    related = gone | left
    related |= _bases(related, known)
    items = tuple(item for item in known.items if item.active and item.item in related)
    edges = tuple(Need(item=item.item, needs=base) for item in items for base in needs_of(item, known))
    return Relations(items=tuple(_related(item, gone, left) for item in items), needs=edges)


def _bases(wanted: set[ItemId], known: Subscription) -> set[ItemId]:
    """Whatever these need, directly or through others."""
    needs = {item.item: set(needs_of(item, known)) for item in known.items}
    found: set[ItemId] = set()
    while more := {base for item in wanted | found for base in needs.get(item, ())} - found:
        found |= more
    return found


def _related(item: Item, gone: set[ItemId], left: set[ItemId]) -> RelatedItem:
    fate: Fate = "ends" if item.item in gone else "loses-its-base" if item.item in left else "stays"
    return RelatedItem(item=item.item, name=item.name, kind=item.kind, fate=fate, shared_with=item.shared_with)


def new_package_needed(kind: Kind, ending: tuple[Item, ...], known: Subscription) -> bool:
    """Something loses what it needs, or the line goes on without a plan (R25)."""
    return bool(dependents_left(ending, known)) or without_plan(kind, ending, known)


def without_plan(kind: Kind, ending: tuple[Item, ...], known: Subscription) -> bool:
    gone = {item.item for item in ending}
    plans = [item for item in known.items if item.active and item.kind is ItemKind.PLAN]
    return kind is Kind.PRODUCT and bool(plans) and all(item.item in gone for item in plans)


def effects(kind: Kind, ending: tuple[Item, ...], known: Subscription) -> Iterable[Impact]:
    """In the customer's words: what is left without its base and by which chain, and a line left without a plan."""
    gone = {item.item for item in ending}
    for item in dependents_left(ending, known):
        yield Impact(item=item.item, what=_needs_new_package(item, gone, known))
    if without_plan(kind, ending, known):
        yield Impact(item=None, what=NO_PLAN)


NO_PLAN = Text(
    zh="号码保留但不再有套餐，继续使用需另办套餐",
    en="The line stays without a plan: to go on using it a new package is needed",
)


def _needs_new_package(item: Item, gone: set[ItemId], known: Subscription) -> Text:
    way = in_words(chain(item, gone, known))
    return Text(
        zh=f"{way.zh}，后者将终止：{item.name.zh}需另办套餐",
        en=f"{way.en}, which ends: {item.name.en} needs a new package",
    )
