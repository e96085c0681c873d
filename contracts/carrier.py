"""What a carrier's systems are asked and must answer: CRM, charging, provisioning, messaging, over HTTP.

Every POST carries `Idempotency-Key`: the same key and body get the same answer and are carried out once. An answer
repeats the request, subscription and amount it is about; one that does not match is refused, never believed.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.visible import PLAIN, clean
from contracts.words import (
    FIRST_YEAR,
    LAST_YEAR,
    ClauseId,
    ItemId,
    Language,
    Moment,
    Money,
    Reference,
    RequestId,
    Route,
    SubscriptionRef,
    Text,
    Value,
    says_nothing,
)

OUTAGES = {408, 425, 429}  # and every 5xx


def not_now(status: int) -> bool:
    """An outage, to be asked again under the same key; every other status that is no answer is a refusal."""
    return status >= 500 or status in OUTAGES


def _told_clean(name: Text) -> Text:
    """It goes into events, pages and letters: nothing in it acts, and a second line's number is nobody's to read."""
    plain = PLAIN.fullmatch(name.zh + name.en)  # as nearly all are: one look at both
    return name if plain else Text(zh=clean(name.zh), en=clean(name.en))


Name = Annotated[Text, AfterValidator(_told_clean)]


ExitGroundName = Annotated[
    str, Field(pattern=r"^[a-z0-9-]{2,60}$", description="a ground of the policy pack's `exit_grounds`, such as moved")
]


class FreeExit(Value):
    """That the customer may leave a contract free of charge, as the carrier or a person of its has found already."""

    ground: ExitGroundName
    from_day: Annotated[
        date | None, Field(description="the first day that need not be served, such as the day after a move")
    ] = None


class Contract(Value):
    """A commitment on one item. `lock_in` is true only where the contract says so in words (CN-19).

    `end` is exclusive: of a contract whose last day is 10 May it is 11 May.
    """

    contract: Reference
    start: Annotated[date, Field(description="the first day of the term")]
    end: Annotated[date, Field(description="the first day after the term, when no fee is due any more; not its last")]
    lock_in: bool
    clause: ClauseId
    fee_rule: Annotated[str, Field(description="a fee rule of the policy pack, such as share-of-remaining")]
    full_fee: Money = Money(minor=0)
    terms_changed_on: Annotated[date | None, Field(description="when worse terms were announced, if they were")] = None
    concluded: Annotated[
        date | None, Field(description="the day it was agreed, where that is not `start`: rights run from then")
    ] = None
    free_exit: Annotated[
        FreeExit | None,
        Field(description="where it was found that leaving it is free, and on which ground", exclude_if=says_nothing),
    ] = None


class PriceChange(Value):
    """What an item costs a month from a day on."""

    from_day: date
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
        date | None,
        Field(
            description="the day from which a change of this item that is ordered already takes effect, "
            "if there is one",
            exclude_if=says_nothing,
        ),
    ] = None
    contract: Contract | None = None
    depends_on: tuple[ItemId, ...] = ()
    shared_with: Annotated[int, Field(ge=0, le=1_000_000, description="other lines that use this item")] = 0


def _not_below_zero(amount: Money) -> Money:
    if amount.minor < 0:
        raise ValueError("is never below zero")
    return amount


Amount = Annotated[Money, AfterValidator(_not_below_zero)]
Origin = Literal["own", "deposit", "pre-deposit", "gift", "third-party"]


class Balance(Value):
    """Money on the account by where it came from: a gift is never paid out, a third party's goes back to it (CN-14).

    Of a pre-deposit `amount` is what was paid in and is still there; so many of its equal monthly parts are released.
    """

    origin: Origin
    amount: Money
    release_months: Annotated[
        int, Field(ge=1, le=36_600, description="a pre-deposit is released over so many months")
    ] = 1
    months_released: Annotated[int, Field(ge=0, le=36_600, description="parts that are the customer's own by now")] = 0


class AccountCharge(Value):
    """One thing owed on an account and not paid yet. Of a period fee, the whole month's: its share is worked out."""

    charge: Annotated[ItemId, Field(description="its name on this account, such as bill-2026-02")]
    kind: Literal["arrears", "usage", "period-fee", "device"]
    name: Name
    amount: Amount
    days_overdue: Annotated[int, Field(ge=0, le=36_600, description="of arrears: days after the due day")] = 0
    disputed: Annotated[bool, Field(description="argued about already: held out until that is decided")] = False


def _named_once(charges: tuple[AccountCharge, ...]) -> tuple[AccountCharge, ...]:
    names = [f"{each.kind}/{each.charge}" for each in charges]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise ValueError(f"{twice} is there twice; each charge has a name of its own")
    return charges


Charges = Annotated[tuple[AccountCharge, ...], AfterValidator(_named_once)]


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
    ported_in_on: date | None = None
    language: Language = Language.ZH
    routes: tuple[Route, ...] = (Route.SMS,)
    closed_at: Annotated[
        Moment | None, Field(description="of a closed line: when it was closed, or its number left for another carrier")
    ] = None


class Ask(Value):
    """What every POST to the carrier names."""

    request_id: RequestId
    subscription: SubscriptionRef


THESE_YEARS = f"the years {FIRST_YEAR} to {LAST_YEAR}"


def _of_these_years(moment: datetime) -> datetime:
    """The year 1 or 9999 is what a system writes that does not know: nothing may be settled or told by it."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"lies outside of {THESE_YEARS}")
    return moment


Told = Annotated[Moment, AfterValidator(_of_these_years), Field(description=f"within {THESE_YEARS}, with a zone")]

Purpose = Literal[
    "settlement",
    "final-bill",
    "third-party",
    "reopening",
    "contract-goes-on",
    "withdrawal",
    "dispute",
    "account-dispute",
    "delay",
    "wrong-switch-off",
]


class MoneyAsk(Ask):
    """Charge, refund or waive `amount` (always positive; the address says which way it flows)."""

    amount: Money
    purpose: Purpose


class Receipt(Ask):
    reference: Reference
    amount: Money
    at: Told


class FinalBillAsk(Ask):
    charge_end: Moment


class FinalBill(Ask):
    """The account's last word: what is owed on it and what lies on it.

    `charges` and `balances`, where given, are all of it, the usage and the own money included.
    """

    reference: Reference
    unbilled_usage: Money
    own_balance: Money
    charges: Charges = ()
    balances: tuple[Balance, ...] = ()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        usage = sum(each.amount.minor for each in self.charges if each.kind == "usage")
        own = sum(each.amount.minor for each in self.balances if each.origin == "own")
        if self.charges and usage != self.unbilled_usage.minor:
            raise ValueError(f"charges: usage adds up to {usage}, unbilled_usage is {self.unbilled_usage.minor}")
        if self.balances and own != self.own_balance.minor:
            raise ValueError(f"balances: own adds up to {own}, own_balance is {self.own_balance.minor}")
        return self


class SwitchAsk(Ask):
    item: ItemId


class Switched(Ask):
    reference: Reference
    item: ItemId
    active: bool
    at: Told


class PortCode(Ask):
    """The authorisation code for another carrier; told to the customer, never written to a topic."""

    reference: Reference
    valid_until: Told


class MessageAsk(Ask):
    """A finished text for one contact route; the carrier knows the address."""

    route: Route
    language: Language
    notice: str
    subject: str
    body: str


class Delivered(Ask):
    reference: Reference
    route: Route
    at: Told


class CarrierProblem(Value):
    """RFC 9457, with our stable code: 4xx is a refusal for good, 429 and 5xx mean try again."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = ""


class Operation(Value):
    """One remote operation: how to reach it and the shapes on both sides."""

    name: str
    system: Literal["crm", "charging", "provisioning", "messaging"]
    method: Literal["GET", "POST"]
    path: str
    ask: type[Value]
    answer: type[Value]


class SubscriptionAsk(Value):
    subscription: SubscriptionRef


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation(
            name="look-up",
            system="crm",
            method="GET",
            path="/crm/subscriptions/{subscription}",
            ask=SubscriptionAsk,
            answer=Subscription,
        ),
        *(
            Operation(name=name, system=system, method="POST", path=path, ask=ask, answer=answer)
            for name, system, path, ask, answer in (
                ("charge", "charging", "/charging/charges", MoneyAsk, Receipt),
                ("refund", "charging", "/charging/refunds", MoneyAsk, Receipt),
                ("waive", "charging", "/charging/waivers", MoneyAsk, Receipt),
                ("final-bill", "charging", "/charging/final-bills", FinalBillAsk, FinalBill),
                ("switch-off", "provisioning", "/provisioning/switch-offs", SwitchAsk, Switched),
                ("restore", "provisioning", "/provisioning/restores", SwitchAsk, Switched),
                ("port-code", "provisioning", "/provisioning/port-codes", Ask, PortCode),
                ("send", "messaging", "/messaging/messages", MessageAsk, Delivered),
            )
        ),
    )
}
