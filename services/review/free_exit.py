"""A ground on which leaving is free, claimed by the customer and found by a person: written onto the contracts."""

from collections.abc import Collection

from contracts.carrier.commitments import Contract, FreeExit
from contracts.carrier.subscriptions import Item, Subscription
from contracts.messages.intake import Application
from policies.conditions import targets

FREE_EXIT = "free-exit"  # the pack's row that refers such a claim to a person


def as_found(application: Application, known: Subscription, rules: Collection[str], by_a_person: bool) -> Subscription:
    """The line as billing shall see it; a ground that the carrier found itself stands."""
    if application.free_exit is None or not by_a_person or FREE_EXIT not in rules:
        return known
    wanted = {item.item for item in targets(application.kind, application.items, known)}
    found = FreeExit(ground=application.free_exit)
    items = tuple(_with(item, found) if item.item in wanted else item for item in known.items)
    return known.model_copy(update={"items": items})


def _with(item: Item, found: FreeExit) -> Item:
    if item.contract is None or item.contract.free_exit is not None:
        return item
    contract: Contract = item.contract.model_copy(update={"free_exit": found})
    return item.model_copy(update={"contract": contract})
