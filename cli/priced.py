"""Whether a carrier's lines could be quoted under the pack in force: what the shapes alone do not show."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from contracts.carrier.subscriptions import Subscription
from contracts.words import Kind
from demo.conformance import looked_at
from demo.findings import Finding
from policies.conditions import targets
from policies.files.folders import folders
from policies.pack import Pack, editions
from runtime.settings import Settings
from services.billing.quoting import quote, unknown_fee_rules


def pack_in_force(now: datetime) -> Pack:
    settings = Settings()
    return editions(settings.policy, folders(settings.policies)).on(now)


def lines_priced(url: str, subscription: str, others: Sequence[str], now: datetime, pack: Pack) -> list[Finding]:
    """A finding for each way a line can end; of `others` also what the look-up itself says."""
    found: list[Finding] = []
    for line, known, shown in looked_at(url, [subscription, *others]):
        found += [] if line == subscription else [each._replace(what=f"{line}: {each.what}") for each in shown]
        found += _priced(known, now, pack) if known else ()
    return found


def _priced(known: Subscription, now: datetime, pack: Pack) -> Iterator[Finding]:
    ways = [(Kind.LINE, ()), *((Kind.PRODUCT, (item.item,)) for item in known.items if item.active)]
    faults = {fault: None for kind, items in ways if (fault := _fault(kind, items, known, now, pack))}
    what = f"{known.subscription}: each way to end it can be priced by the pack {pack.pack}"
    yield Finding(not faults, "look-up", what, "; ".join(faults))
    yield from _cited(known, pack)


def _cited(known: Subscription, pack: Pack) -> Iterator[Finding]:
    """Quotes and letters name the clause of a contract: one that the pack does not have says nothing to anybody."""
    clauses = {each.clause for each in pack.clauses}
    named = [(item.item, item.contract.clause) for item in known.items if item.active and item.contract]
    strange = [f"items/{item}/contract/clause: {clause}" for item, clause in named if clause not in clauses]
    told = f"{', '.join(strange)} is not in the pack: send one of its clauses.yaml, or add it there"
    if named and known.status != "closed":
        what = f"{known.subscription}: the clauses of its contracts are in the pack {pack.pack}"
        yield Finding(not strange, "look-up", what, told if strange else "")


def _fault(kind: Kind, items: tuple[str, ...], known: Subscription, now: datetime, pack: Pack) -> str:
    if known.status == "closed":
        return ""
    if unknown := unknown_fee_rules(targets(kind, items, known), pack):
        rules = ", ".join(rule.rule for rule in pack.fees)
        return f"fee_rule {', '.join(unknown)} is not in the pack; it has {rules}"
    try:
        quote(kind, items, known, now, 1, now, pack)
    except ValueError as error:
        return str(error)
    return _other_money(known, pack)


def _other_money(known: Subscription, pack: Pack) -> str:
    """Of what no quote adds up."""
    fees = [(f"items/{item.item}/monthly_fee", item.monthly_fee) for item in known.items]
    changes = [(item.item, change.monthly_fee) for item in known.items for change in item.price_changes]
    fees += [(f"items/{item}/price_changes", money) for item, money in changes]
    for where, money in (("arrears", known.arrears), *fees):
        if money.minor and money.currency != pack.currency:  # nothing is nothing in every currency
            return f"{where}: is in {money.currency}, the pack's currency is {pack.currency}"
        if money.minor < 0:
            return f"{where}: {money.minor} is below zero"
    return ""
