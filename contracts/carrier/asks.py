"""What a carrier's systems are asked and must answer.

An answer repeats the request, subscription and amount it is about; one that does not match is refused, never believed.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from contracts.carrier.accounts import Balance, Charges
from contracts.words import (
    FIRST_YEAR,
    LAST_YEAR,
    ItemId,
    Language,
    Moment,
    Money,
    Reference,
    RequestId,
    Route,
    SubscriptionRef,
    Value,
)


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


class SubscriptionAsk(Value):
    subscription: SubscriptionRef
