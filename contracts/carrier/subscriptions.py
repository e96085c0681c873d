"""What the CRM knows of a line: its items, what hangs on them, and the account behind it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.carrier.accounts import Balance, Charges
from contracts.carrier.asks import Told
from contracts.carrier.commitments import Contract, Name
from contracts.words import Day, ItemId, Language, Money, Route, SubscriptionRef, Value, says_nothing


class PriceChange(Value):
    """What an item costs a month from a day on."""

    from_day: Day
    monthly_fee: Money


class ItemKind(StrEnum):
    PLAN = "plan"
    PACKAGE = "package"
    ADD_ON = "add-on"


class Item(Value):
    """One switchable part of a line and what hangs on it."""

    item: ItemId
    name: Name
    kind: ItemKind
    active: bool = True
    monthly_fee: Money = Money(minor=0)
    price_changes: Annotated[
        tuple[PriceChange, ...], Field(description="monthly fees that are agreed already from later days on")
    ] = ()
    change_from: Annotated[
        Day | None,
        Field(
            description="the day from which a change of this item that is ordered already takes effect, "
            "if there is one",
            exclude_if=says_nothing,
        ),
    ] = None
    contract: Contract | None = None
    depends_on: tuple[ItemId, ...] = ()
    shared_with: Annotated[int, Field(ge=0, le=1_000_000, description="other lines that use this item")] = 0


class Subscription(Value):
    """What the CRM knows of a line, without a name or a number: the snapshot decisions are taken on."""

    subscription: SubscriptionRef
    masked_number: Annotated[str, Field(pattern=r"^[0-9]{3}[*]{4}[0-9]{4}$")]
    status: Literal["active", "suspended", "closed"]
    account: Literal["open", "locked"]
    segment: Literal["personal", "business", "guardian"] = "personal"
    real_name_verified: bool = True
    arrears: Money = Money(minor=0)
    items: tuple[Item, ...]
    balances: tuple[Balance, ...] = ()
    charges: Annotated[
        Charges,
        Field(description="owed on the account as known today; `arrears` is what must be paid first, never disputed"),
    ] = ()
    ported_in_on: Day | None = None
    language: Language = Language.ZH
    routes: tuple[Route, ...] = (Route.SMS,)
    closed_at: Annotated[
        Told | None, Field(description="of a closed line: when it was closed, or its number left for another carrier")
    ] = None
