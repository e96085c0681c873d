"""Money on the account by where it came from, and what becomes of a pre-deposit (FV-37, FV-38, CN-14, N12)."""

from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from policies.rules.core import AtLeastOne, Count, Given, Minor, Outcome, rounded
from policies.rules.words import money, said

DISPUTE_RISK = "dispute_risk"


class BalancesByOrigin(Given):
    own_minor: Annotated[Minor, Field(description="the customer's own money, minor units")]
    gift_minor: Annotated[Minor, Field(description="given by the operator, minor units")] = 0
    third_party_minor: Annotated[Minor, Field(description="paid in by somebody else for them, minor units")] = 0
    pre_deposit_minor: Annotated[Minor, Field(description="a pre-deposit already released, minor units")] = 0
    usage_minor: Annotated[Minor, Field(description="used and not billed yet, minor units")] = 0
    gift_pays_usage: Annotated[
        StrictBool, Field(description="true where the promotion lets the gift pay for usage, after own money")
    ] = False


class BalancesOutcome(Outcome):
    own_minor: Annotated[StrictInt, Field(description="own money and released pre-deposit paid out")]
    gift_minor: Annotated[StrictInt, Field(description="paid out of the gift: always 0")]
    gift_used_minor: Annotated[StrictInt, Field(description="of the gift, used up for usage")]
    gift_lost_minor: Annotated[StrictInt, Field(description="of the gift, gone")]
    third_party_minor: Annotated[StrictInt, Field(description="back to whoever paid it in")]
    owed_minor: Annotated[StrictInt, Field(description="usage that nothing covers: the customer owes it")]


def balances_by_origin(given: BalancesByOrigin) -> BalancesOutcome:
    """Usage comes off own money and released pre-deposit; the rest of these is the amount. A gift is never paid out."""
    held = given.own_minor + given.pre_deposit_minor
    own = max(0, held - given.usage_minor)
    uncovered = max(0, given.usage_minor - held)
    gift_used = min(uncovered, given.gift_minor) if given.gift_pays_usage else 0
    mine, usage, paid = (money(minor, given.currency) for minor in (held, given.usage_minor, own))
    gift = money(given.gift_minor, given.currency)
    return BalancesOutcome(
        amount_minor=own,
        own_minor=own,
        gift_minor=0,
        gift_used_minor=gift_used,
        gift_lost_minor=given.gift_minor - gift_used,
        third_party_minor=given.third_party_minor,
        owed_minor=uncovered - gift_used,
        steps=(
            said(
                f"自有余额 {mine} 减未出账使用 {usage}，退还 {paid}",
                f"own {mine} less unbilled usage {usage}: paid out {paid}",
            ),
            said(f"赠送金 {gift} 不退还", f"the gift of {gift} is not paid out"),
        ),
    )


class PreDeposit(Given):
    deposit_minor: Annotated[Minor, Field(description="what was paid in at the start, minor units")]
    release_months: Annotated[AtLeastOne, Field(description="over so many months it is released")]
    months_released: Annotated[Count, Field(description="parts released so far")]
    each_minor: Annotated[
        Minor | None,
        Field(
            description="released each month, the last of them releases the rest, minor units; left out: equal parts"
        ),
    ] = None
    rest: Annotated[Literal["returned", "forfeited"], Field(description="what the contract says of the rest")]

    @model_validator(mode="after")
    def _no_more_than_all_is_released(self) -> Self:
        if self.months_released > self.release_months:
            raise ValueError(
                f"months_released: {self.months_released} is more than the {self.release_months} in which all of it is "
                "released (release_months); of one that is released whole both are the same"
            )
        return self

    @model_validator(mode="after")
    def _the_last_part_is_not_below_nothing(self) -> Self:
        before = (self.each_minor or 0) * (self.release_months - 1)
        if before > self.deposit_minor:
            raise ValueError(
                f"each_minor: {self.release_months - 1} times {self.each_minor} is {before}, more than the "
                f"{self.deposit_minor} that were paid in (deposit_minor); leave it out for equal parts"
            )
        return self

    @property
    def released(self) -> Fraction:
        if self.each_minor is None or self.months_released == self.release_months:
            return Fraction(self.deposit_minor * self.months_released, self.release_months)
        return Fraction(self.each_minor * self.months_released)


class PreDepositOutcome(Outcome):
    released_minor: Annotated[StrictInt, Field(description="released so far")]
    unreleased_minor: Annotated[StrictInt, Field(description="the rest; both are the deposit")]
    forfeited_minor: Annotated[StrictInt, Field(description="of the rest, kept by the operator")]


def pre_deposit(given: PreDeposit) -> PreDepositOutcome:
    """A deposit released in monthly parts: the rest goes back, or is forfeited, which invites a dispute."""
    released = rounded(given.released, given.rounding)
    rest = given.deposit_minor - released
    kept = rest if given.rest == "forfeited" else 0
    paid, left = money(released, given.currency), money(rest, given.currency)
    fate = ("不退还", "is forfeited") if kept else ("也退还", "is returned too")
    return PreDepositOutcome(
        amount_minor=rest - kept,
        released_minor=released,
        unreleased_minor=rest,
        forfeited_minor=kept,
        flags=(DISPUTE_RISK,) if kept else (),
        steps=(
            said(f"已按月释放 {paid}，未释放的 {left} {fate[0]}", f"released {paid}; the rest, {left}, {fate[1]}")
            if rest
            else said(f"{paid} 已全部释放", f"all of it, {paid}, is released"),
        ),
    )
