"""What the demo's customers are told: quotes with fees, effects, dates; final accounts. Run, it writes it anew."""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.carrier.asks import FinalBill
from contracts.carrier.subscriptions import PriceChange, Subscription
from contracts.final_account import FinalAccount
from contracts.offer import Quote
from contracts.words import Kind, Money, Value
from demo.carrier.customer import add_on, contract, customer, plan
from demo.carrier.customers import seeded
from policies import pack as packs
from policies.account_terms import FreeExit
from policies.money_terms import CoolingOff
from policies.pack import Pack
from services.billing.account import final
from services.billing.quoting import quote

FILE = Path(__file__).with_name("words_of_quotes.yaml")
AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 20, 16, 0, tzinfo=UTC)  # midnight in Shanghai
Told = dict[str, Any]


@cache
def plain() -> Pack:
    return packs.load("cn-carrier")


@cache
def otherwise() -> Pack:
    """The same with what it leaves out: first days, a free exit, taxes of a document, a gift that pays."""
    terms = plain().final_account.model_copy(
        update={
            "gift_offsets": True,
            "closing_month": "half-month",
            "pre_deposit": "forfeited",
            "taxes": {"usage": "basic-telecom", "period-fee": "value-added", "device": "value-added"},
            "clauses": {**plain().final_account.clauses, "gift": "CN-14", "own": "CN-13", "usage": "CN-13"},
        }
    )
    changes = {
        "cooling_off": CoolingOff(days=14, base="total-price", clauses=("CN-19",)),
        "free_exit": FreeExit(days=30, clause="CN-20"),
        "tax_rounding": "document",
        "final_account": terms,
        "charge_end": dict.fromkeys(Kind, "month-end"),
    }
    return plain().model_copy(update=changes)


PACKS: dict[str, Callable[[], Pack]] = {"as-shipped": plain, "otherwise": otherwise}


def rarer() -> Iterator[Subscription]:
    """What none of them has: a young contract, one that two items share, worse terms, prices and plans that change."""
    today = AT.astimezone(plain().zone).date()
    young = contract(today, days_in=-4, days_left=730, full_fee_minor=60000)
    begun = contract(today, days_in=3, days_left=727, full_fee_minor=60000).model_copy(
        update={"contract": "contract-begun"}
    )
    old = contract(today, days_in=200, days_left=530, full_fee_minor=73000)
    worse = old.model_copy(update={"terms_changed_on": today - timedelta(days=30)})
    dearer = PriceChange(from_day=today + timedelta(days=60), monthly_fee=Money(minor=11900))
    video = add_on("video-pack", "视频会员", "Video pack", 1500, old, price_changes=(dearer,))
    yield customer("sub-rare01", "J2", "Its contract begins in four days.", plan(young)).line
    yield customer("sub-rare02", "J2", "Its contract is three days old.", plan(begun), video).line
    yield customer("sub-rare03", "J2", "Two items share a contract.", plan(old, price_changes=(dearer,)), video).line
    yield customer("sub-rare04", "J2", "Worse terms were announced.", plan(worse), video).line
    moving = plan(old, change_from=today + timedelta(days=20))
    moved = add_on("music-pack", "音乐会员", "Music pack", 800, change_from=today + timedelta(days=90))
    yield customer("sub-rare05", "J2", "Its plan changes soon, an add-on after its end.", moving, moved).line
    euros = plan(old.model_copy(update={"full_fee": Money(minor=73000, currency="EUR")}))
    yield customer("sub-rare06", "J2", "Its fee is in another currency.", euros).line
    unknown = plan(old.model_copy(update={"fee_rule": "share-of-nothing"}))
    yield customer("sub-rare07", "J2", "Its fee rule is not in the pack.", unknown).line


def asked() -> Iterator[tuple[str, Kind, tuple[str, ...], Subscription, datetime]]:
    for each in seeded(AT.astimezone(plain().zone).date()):
        yield from _of(each.line, LATER)
    for line in rarer():
        yield from _of(line, AT)


def _of(line: Subscription, end: datetime) -> Iterator[tuple[str, Kind, tuple[str, ...], Subscription, datetime]]:
    yield f"{line.subscription} line", Kind.LINE, (), line, end
    yield f"{line.subscription} port-out", Kind.PORT_OUT, (), line, end
    if active := [item.item for item in line.items if item.active]:
        yield f"{line.subscription} {active[-1]}", Kind.PRODUCT, (active[-1],), line, end


def told(pack: Pack, kind: Kind, items: tuple[str, ...], line: Subscription, end: datetime) -> Told | str:
    try:
        offer = quote(kind, items, line, end, 1, AT, pack)
    except (ValueError, LookupError) as error:
        return str(error).replace(pack.id, pack.pack)
    found = _short(offer, without={"policy", "version"})
    return dict(found) | ({"bill": _short(_account(offer, line, pack))} if kind is Kind.LINE else {})


def _account(offer: Quote, line: Subscription, pack: Pack) -> FinalAccount:
    """All fees of the quote but the first are paid; the first is argued about."""
    usage = sum((each.amount for each in line.charges if each.kind == "usage"), pack.money(0))
    own = sum((each.amount for each in line.balances if each.origin == "own"), pack.money(0))
    bill = FinalBill(
        request_id="00000000-0000-4000-8000-000000000001",
        subscription=line.subscription,
        reference="b-1",
        unbilled_usage=usage,
        own_balance=own,
        charges=line.charges,
        balances=line.balances,
    )
    return final(bill, offer, [each.line for each in offer.lines[:1]], pack)


def _short(value: Any, without: set[str] | None = None) -> Any:
    """Texts as `zh | en`, money as `CNY 1234`; what is empty is left out."""
    if isinstance(value, Value):
        names = type(value).model_fields.keys()
        if names == {"zh", "en"}:
            return f"{value.zh} | {value.en}"  # type: ignore[attr-defined]
        if names == {"minor", "currency"}:
            return f"{value.currency} {value.minor}"  # type: ignore[attr-defined]
        fields = {name: _short(getattr(value, name)) for name in names if name not in (without or ())}
        return {name: each for name, each in fields.items() if each not in ("", None, [], {})}
    if isinstance(value, tuple):
        return [_short(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value if value is None else _plain(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | dict) else str(value)


def every() -> dict[str, dict[str, Told | str]]:
    return {name: {key: told(pack(), *what) for key, *what in asked()} for name, pack in PACKS.items()}  # type: ignore[arg-type]


def written() -> dict[str, dict[str, Told | str]]:
    """Of all of them those that say something which none before them says with other numbers."""
    seen: set[str] = set()
    kept: dict[str, dict[str, Told | str]] = {}
    for pack, quotes in every().items():
        for key, found in quotes.items():
            if new := set(_sentences(found, "")) - seen:
                seen |= new
                kept.setdefault(pack, {})[key] = found
    return kept


def _sentences(found: Any, name: str) -> Iterator[str]:
    if isinstance(found, dict):
        for key, each in found.items():
            yield from _sentences(each, key)
    elif isinstance(found, list):
        for each in found:
            yield from _sentences(each, name)
    elif name not in ("item", "line", "name", "needs"):
        yield f"{name} {re.sub('[0-9.,]+', '0', str(found))}"


if __name__ == "__main__":
    FILE.write_text(yaml.safe_dump(written(), allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    sys.stdout.write(f"{FILE} is written\n")
