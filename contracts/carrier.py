"""What a carrier's systems are asked and must answer: CRM, charging, provisioning, messaging, over HTTP.

Every POST carries `Idempotency-Key`: the same key and body get the same answer and are carried out once. An answer
repeats the request, subscription and amount it is about; one that does not match is refused, never believed.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.words import (
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
)


class Contract(Value):
    """A commitment on one item. `lock_in` is true only where the contract says so in words (CN-19)."""

    contract: Reference
    start: date
    end: date
    lock_in: bool
    clause: ClauseId
    fee_rule: Annotated[str, Field(description="a fee rule of the policy pack, such as share-of-remaining")]
    full_fee: Money = Money(minor=0)


class ItemKind(StrEnum):
    PLAN = "plan"
    PACKAGE = "package"
    ADD_ON = "add-on"


class Item(Value):
    """One switchable part of a line and what hangs on it."""

    item: ItemId
    name: Text
    kind: ItemKind
    active: bool = True
    monthly_fee: Money = Money(minor=0)
    contract: Contract | None = None
    depends_on: tuple[ItemId, ...] = ()
    shared_with: Annotated[int, Field(ge=0, description="other lines that use this item")] = 0


class Balance(Value):
    """Money on the account by where it came from: only the customer's own is paid out (CN-14)."""

    origin: Literal["own", "gift", "pre-deposit", "third-party"]
    amount: Money


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
    ported_in_on: date | None = None
    language: Language = Language.ZH
    routes: tuple[Route, ...] = (Route.SMS,)


class Ask(Value):
    """What every POST to the carrier names."""

    request_id: RequestId
    subscription: SubscriptionRef


class MoneyAsk(Ask):
    """Charge, refund or waive `amount` (always positive; the address says which way it flows)."""

    amount: Money
    purpose: Literal["settlement", "final-bill", "withdrawal", "dispute", "delay", "wrong-switch-off", "reopening"]


class Receipt(Ask):
    reference: Reference
    amount: Money
    at: Moment


class FinalBillAsk(Ask):
    charge_end: Moment


class FinalBill(Ask):
    """The account's last word: what was used and not billed yet, and the customer's own money left on it."""

    reference: Reference
    unbilled_usage: Money
    own_balance: Money


class SwitchAsk(Ask):
    item: ItemId


class Switched(Ask):
    reference: Reference
    item: ItemId
    active: bool
    at: Moment


class PortCode(Ask):
    """The authorisation code for another carrier; told to the customer, never written to a topic."""

    reference: Reference
    valid_until: Moment


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
    at: Moment


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
