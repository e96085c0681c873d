"""Which service of a line needs which, and by what chain: for reasons, quotes and letters (N14). Pure."""

from collections.abc import Collection
from itertools import pairwise

from contracts.carrier.subscriptions import Item, Subscription
from contracts.words import ItemId, Text


def needs_of(item: Item, known: Subscription) -> tuple[ItemId, ...]:
    """What it needs among the active items of the line; itself does not count."""
    active = {each.item for each in known.items if each.active}
    return tuple(base for base in dict.fromkeys(item.depends_on) if base in active and base != item.item)


def chain(item: Item, ends: Collection[ItemId], known: Subscription) -> tuple[Item, ...]:
    """From the item by the shortest way to something that ends; empty where none leads there."""
    by_id = {each.item: each for each in known.items}
    ways: list[tuple[Item, ...]] = [(item,)]
    seen = {item.item}
    for way in ways:
        if way[-1].item in ends:
            return way
        further = [base for base in needs_of(way[-1], known) if base not in seen]
        seen.update(further)
        ways += [(*way, by_id[base]) for base in further]
    return ()


def in_words(way: tuple[Item, ...]) -> Text:
    """漫游通需要流量加油包，流量加油包需要流量月包; Roaming pass needs Data boost, Data boost needs Data pack."""
    pairs = [(one.name, other.name) for one, other in pairwise(way)]
    return Text(
        zh="，".join(f"{one.zh}需要{other.zh}" for one, other in pairs),
        en=", ".join(f"{one.en} needs {other.en}" for one, other in pairs),
    )
