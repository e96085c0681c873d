"""Whether a carrier's lines could be quoted under the pack in force: what the shapes alone do not show."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from contracts.carrier.subscriptions import Subscription
from contracts.words import Kind
from demo.conformance import looked_at
from demo.findings import Finding
from policies.conditions import targets
from policies.files.folders import folders
from policies.pack import Pack, editions
from runtime.settings import Settings
from services.billing.quoting import quote, unknown_fee_rules


def lines_priced(url: str, subscription: str, others: Sequence[str]) -> list[Finding]:
    """A finding for each way a line can end; of `others` also what the look-up itself says."""
    now, settings = datetime.now(UTC), Settings()
    pack = editions(settings.policy, folders(settings.policies)).on(now)
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
    for where, money in (("arrears", known.arrears), *fees):
        if money.currency != pack.currency:
            return f"{where}: is in {money.currency}, the pack's currency is {pack.currency}"
        if money.minor < 0:
            return f"{where}: {money.minor} is below zero"
    return ""
