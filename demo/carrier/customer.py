"""One customer of the stand-in: the line the CRM shows, the person behind it, and what is odd about them."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from contracts.carrier.accounts import AccountCharge, Balance
from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, ItemKind, Subscription
from contracts.words import Money, Text, Value

LOCK_IN_CLAUSE = "CN-30"  # the contract forbids leaving early, in words
NO_LOCK_IN_CLAUSE = "CN-19"  # a term or a promotion alone is no lock-in


Quirks = Mapping[str, tuple[str, ...]]


class Person(NamedTuple):
    """Personal data. It exists in this database only; every part is a canary whose disguise elsewhere is a leak."""

    name: str
    number: str
    email: str


class Customer(Value):
    """`quirks` names what goes wrong next, in order: of `payment`, `route:<route>`, `item:<item>`, `restore:<item>`.

    A word that starts with `always-` stays until someone cures it: decline, undeliverable, refuse, busy (503),
    lost (answered as done, never done), cross:<item> (another item goes off instead).
    """

    journey: str
    story: str
    line: Subscription
    unbilled_minor: int = 0
    quirks: Annotated[Quirks, Field(default_factory=dict)]


def person(subscription: str) -> Person:
    """The person behind a line, made from its reference. No Chinese mobile number starts with 120."""
    digest = sha256(subscription.encode()).digest()
    code = "".join("BCDFGHJKLMNPQRSTVWXZ"[byte % 20] for byte in digest[:8])
    number = f"120{int.from_bytes(digest[8:16], 'big') % 10**8:08d}"
    return Person(f"金丝雀{code}", number, f"canary.{code.lower()}@mail.invalid")


def canaries(subscriptions: Iterable[str]) -> tuple[str, ...]:
    """Every name, number and address that must never be seen outside the carrier (I15)."""
    return tuple(part for subscription in subscriptions for part in person(subscription))


def customer(
    subscription: str,
    journey: str,
    story: str,
    *items: Item,
    unbilled_minor: int = 0,
    quirks: Quirks | None = None,
    **known: Any,
) -> Customer:
    """`known` is whatever else the CRM knows of the line, as in `Subscription`."""
    number = person(subscription).number
    known = {"status": "active", "account": "open", "masked_number": f"{number[:3]}****{number[-4:]}"} | known
    line = Subscription(subscription=subscription, items=items, **known)
    return Customer(journey=journey, story=story, line=line, unbilled_minor=unbilled_minor, quirks=quirks or {})


def plan(contract: Contract | None = None, monthly_minor: int = 9900, **more: Any) -> Item:
    return _item("plan-basic", "99元畅享套餐", "Basic plan", ItemKind.PLAN, monthly_minor, contract, more)


def package(item: str, zh: str, en: str, monthly_minor: int, contract: Contract | None = None, **more: Any) -> Item:
    return _item(item, zh, en, ItemKind.PACKAGE, monthly_minor, contract, more)


def add_on(item: str, zh: str, en: str, monthly_minor: int, contract: Contract | None = None, **more: Any) -> Item:
    return _item(item, zh, en, ItemKind.ADD_ON, monthly_minor, contract, more)


def _item(item: str, zh: str, en: str, kind: ItemKind, monthly: int, contract: Contract | None, more: Any) -> Item:
    name = Text(zh=zh, en=en)
    return Item(item=item, name=name, kind=kind, monthly_fee=Money(minor=monthly), contract=contract, **more)


def contract(today: date, *, days_in: int, days_left: int, full_fee_minor: int, lock_in: bool = True) -> Contract:
    """A commitment that began `days_in` days ago; `days_left` is negative for one that has ended."""
    return Contract(
        contract=f"contract-{days_in + days_left}-days",
        start=today - timedelta(days=days_in),
        end=today + timedelta(days=days_left),
        lock_in=lock_in,
        clause=LOCK_IN_CLAUSE if lock_in else NO_LOCK_IN_CLAUSE,
        fee_rule="share-of-remaining" if lock_in else "none",
        full_fee=Money(minor=full_fee_minor),
    )


def balance(origin: str, minor: int, **released: int) -> Balance:
    return Balance.model_validate({"origin": origin, "amount": Money(minor=minor)} | released)


def charge(name: str, kind: str, zh: str, en: str, minor: int, **more: Any) -> AccountCharge:
    known = {"charge": name, "kind": kind, "name": Text(zh=zh, en=en), "amount": Money(minor=minor)}
    return AccountCharge.model_validate(known | more)
