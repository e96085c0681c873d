"""What the carrier knows of an account: money on it by origin, and what is owed on it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.carrier.commitments import Name
from contracts.words import ItemId, Money, Value, says_nothing


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
    reminders: Annotated[
        int | None, Field(ge=0, le=36_600, description="of arrears: how many were sent", exclude_if=says_nothing)
    ] = None
    disputed: Annotated[bool, Field(description="argued about already: held out until that is decided")] = False


def _named_once(charges: tuple[AccountCharge, ...]) -> tuple[AccountCharge, ...]:
    names = [f"{each.kind}/{each.charge}" for each in charges]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise ValueError(f"{twice} is there twice; each charge has a name of its own")
    return charges


Charges = Annotated[tuple[AccountCharge, ...], AfterValidator(_named_once)]
