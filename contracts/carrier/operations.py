"""Every remote operation of a carrier's systems: CRM, charging, provisioning, messaging, over HTTP.

Every POST carries `Idempotency-Key`: the same key and body get the same answer and are carried out once.
"""

from typing import Literal

from contracts.carrier.asks import (
    Ask,
    Delivered,
    FinalBill,
    FinalBillAsk,
    MessageAsk,
    MoneyAsk,
    PortCode,
    Purpose,
    Receipt,
    SubscriptionAsk,
    SwitchAsk,
    Switched,
)
from contracts.carrier.subscriptions import Subscription
from contracts.words import Value

LARGEST_ANSWER_BYTES = 64 * 1024  # what a line is goes into records, with more beside it
OUTAGES = {408, 425, 429}  # and every 5xx


def not_now(status: int) -> bool:
    """An outage, to be asked again under the same key; every other status that is no answer is a refusal."""
    return status >= 500 or status in OUTAGES


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
    says: tuple[tuple[str, bool], ...] = ()  # what an answer must say: else it was not done


PURPOSES: dict[str, tuple[Purpose, ...]] = {
    "charge": ("settlement", "final-bill", "reopening", "dispute", "account-dispute"),
    "refund": (
        "withdrawal",
        "final-bill",
        "third-party",
        "reopening",
        "contract-goes-on",
        "dispute",
        "account-dispute",
    ),
    "waive": ("delay", "wrong-switch-off"),
}  # what for, at each address
AFTER = {"switch-off": (("active", False),), "restore": (("active", True),)}

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
            Operation(
                name=name, system=system, method="POST", path=path, ask=ask, answer=answer, says=AFTER.get(name, ())
            )
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
