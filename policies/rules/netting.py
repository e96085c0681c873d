"""One settlement out of everything owed and everything held, disputed fees kept out of it (FV-47, FV-48, N17)."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from contracts.words import Text, Value
from policies.rules.core import Given, Minor, Outcome
from policies.rules.words import money, said

ORDER = ("tax", "arrears", "late-fee", "usage", "period-fee", "early-termination", "device")


NAMES = {
    "arrears": Text(zh="欠费", en="arrears"),
    "late-fee": Text(zh="滞纳金", en="late fee"),
    "usage": Text(zh="使用费", en="usage"),
    "period-fee": Text(zh="月费", en="monthly fee"),
    "early-termination": Text(zh="提前终止费", en="early termination fee"),
    "device": Text(zh="设备余款", en="rest of the device"),
    "tax": Text(zh="税款", en="tax"),
    "deposit": Text(zh="押金", en="deposit"),
    "prepaid": Text(zh="自有余额", en="own money"),
    "pre-deposit": Text(zh="预存款", en="pre-deposit"),
    "gift": Text(zh="赠送金", en="gift"),
}


class Charge(Value):
    kind: Annotated[str, Field(description="one of `order`, such as arrears or device")]
    amount_minor: Annotated[Minor, Field(description="what is owed, minor units, before tax")]
    tax_minor: Annotated[Minor, Field(description="its tax, minor units")] = 0
    disputed: Annotated[StrictBool, Field(description="true holds it out while it is argued about")] = False

    @property
    def gross(self) -> int:
        return self.amount_minor + self.tax_minor


class Netting(Given):
    charges: Annotated[tuple[Charge, ...], Field(description="rows: what is owed")]
    deposit_minor: Annotated[Minor, Field(description="the deposit, minor units")] = 0
    prepaid_minor: Annotated[Minor, Field(description="own prepaid money, minor units")] = 0
    pre_deposit_minor: Annotated[Minor, Field(description="released or returned pre-deposit, minor units")] = 0
    gift_minor: Annotated[Minor, Field(description="a gift, minor units")] = 0
    gift_offsets: Annotated[StrictBool, Field(description="true where the promotion lets a gift pay fees")] = False
    order: Annotated[
        tuple[str, ...],
        Field(description="a list: what is paid first; tax is the tax of every charge"),
    ] = ORDER

    @model_validator(mode="after")
    def _kinds_are_in_the_order(self) -> Self:
        allowed = [kind for kind in self.order if kind != "tax"]
        for number, charge in enumerate(self.charges):
            if charge.kind not in allowed:
                raise ValueError(f"charges/{number}/kind: {charge.kind!r} is not in order: {', '.join(allowed)}")
        return self


class NettingOutcome(Outcome):
    payable_minor: Annotated[StrictInt, Field(description="to be paid before the end")]
    refund_minor: Annotated[StrictInt, Field(description="to be paid out")]
    held_minor: Annotated[StrictInt, Field(description="disputed, in neither of them")]
    gift_used_minor: Annotated[StrictInt, Field(description="of the gift, set off; the rest is never paid out")]
    open_minor: Annotated[dict[str, StrictInt], Field(description="by kind: what is still unpaid; adds up to payable")]


def netting(given: Netting) -> NettingOutcome:
    """All undisputed charges less deposit, own money and pre-deposit, then less a gift where it may offset.

    The amount is what is to be paid; negative: it is paid out.
    """
    owed = sum(charge.gross for charge in given.charges if not charge.disputed)
    own = given.deposit_minor + given.prepaid_minor + given.pre_deposit_minor
    gift = min(max(0, owed - own), given.gift_minor) if given.gift_offsets else 0
    net = owed - own - gift
    held = sum(charge.gross for charge in given.charges if charge.disputed)
    return NettingOutcome(
        amount_minor=net,
        payable_minor=max(0, net),
        refund_minor=max(0, -net),
        held_minor=held,
        gift_used_minor=gift,
        open_minor=_open(given, own + gift),
        flags=("held_in_dispute",) if held else (),
        steps=tuple(_steps(given, net, held, gift)),
    )


def _open(given: Netting, reach: int) -> dict[str, int]:
    """What the reach do not reach, going down the order."""
    left: dict[str, int] = {}
    for kind in dict.fromkeys(given.order):
        rows = [charge for charge in given.charges if not charge.disputed and kind in ("tax", charge.kind)]
        due = sum(row.tax_minor if kind == "tax" else row.amount_minor for row in rows)
        if "tax" not in given.order:
            due = sum(row.gross for row in rows)
        paid = min(due, reach)
        reach -= paid
        if due > paid:
            left[kind] = due - paid
    return left


def _steps(given: Netting, net: int, held: int, gift: int) -> list[Text]:
    def shown(minor: int) -> str:
        return money(minor, given.currency)

    rows = [(charge.kind, shown(charge.gross)) for charge in given.charges if not charge.disputed]
    own = {"deposit": given.deposit_minor, "prepaid": given.prepaid_minor, "pre-deposit": given.pre_deposit_minor}
    less = [(name, shown(minor)) for name, minor in {**own, "gift": gift}.items() if minor]
    zh, en = (_sum(rows, less, language, shown(0)) for language in ("zh", "en"))
    result = f" = {shown(net)}" if rows or less else ""
    steps = [said(f"结算：{zh}{result}", f"settlement: {en}{result}")]
    if held:
        steps.append(said(f"争议金额 {shown(held)} 暂不收取", f"disputed, not charged now: {shown(held)}"))
    return steps


def _sum(rows: list[tuple[str, str]], less: list[tuple[str, str]], language: str, nothing: str) -> str:
    owed = " + ".join(f"{named(kind, language)} {amount}" for kind, amount in rows) or nothing
    return owed + "".join(f" - {named(kind, language)} {amount}" for kind, amount in less)


def named(kind: str, language: str) -> str:
    """A pack may count kinds of its own: these have no other name."""
    return NAMES[kind].in_language(language) if kind in NAMES else kind
