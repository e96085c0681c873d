"""The monthly fees left: less discount and cost saved, a share of them, VAT out, early receipt (FV-01, 03, 41)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field, StrictInt

from contracts.words import Text
from policies.rules.core import Given, Minor, Months, Outcome, Share, percent, rounded
from policies.rules.words import money, plain, said, sum_of


class RemainingFees(Given):
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units")]
    months_left: Annotated[Months, Field(description="months to the end of the term; 6.5 is six and a half")]
    discount_minor: Annotated[
        Minor, Field(description="a discount a month, with the same tax inside as the monthly fee, minor units")
    ] = 0
    saved_minor: Annotated[
        Minor,
        Field(description="cost the operator saves a month, with the same tax inside as the monthly fee, minor units"),
    ] = 0
    share_percent: Annotated[Share, Field(description="which share of it is charged, percent")] = Decimal(100)
    vat_included_percent: Annotated[
        Share, Field(description="VAT inside the monthly fee that is taken out, percent")
    ] = Decimal(0)
    early_receipt_percent: Annotated[Share, Field(description="taken off because it is paid at once, percent")] = (
        Decimal(0)
    )


class RemainingOutcome(Outcome):
    monthly_net_minor: Annotated[StrictInt, Field(description="a month's fee after discount and cost saved")]
    remaining_minor: Annotated[StrictInt, Field(description="of all months left, times the share")]
    net_minor: Annotated[StrictInt, Field(description="the same with VAT taken out")]


def remaining_fees(given: RemainingFees) -> RemainingOutcome:
    """The monthly fee, less discount and cost saved, times the months left, times a share; VAT out; early receipt off.

    Everything is exact until the end: each named amount is rounded once.
    """
    monthly = max(0, given.monthly_minor - given.discount_minor - given.saved_minor)
    remaining = monthly * Fraction(given.months_left) * percent(given.share_percent)
    net = remaining / (1 + percent(given.vat_included_percent))
    owed = net * (1 - percent(given.early_receipt_percent))
    return RemainingOutcome(
        amount_minor=rounded(owed, given.rounding),
        monthly_net_minor=monthly,
        remaining_minor=rounded(remaining, given.rounding),
        net_minor=rounded(net, given.rounding),
        steps=tuple(_steps(given, monthly, remaining, net, owed)),
    )


def _steps(given: RemainingFees, monthly: int, remaining: Fraction, net: Fraction, owed: Fraction) -> list[Text]:
    def shown(exact: Fraction | int) -> str:
        return money(rounded(exact, given.rounding), given.currency)

    steps = [_a_month(given, shown(monthly))] if given.discount_minor or given.saved_minor else []
    share = "" if given.share_percent == 100 else f" x {plain(given.share_percent)}%"
    steps.append(sum_of(f"{shown(monthly)} x {plain(given.months_left)}{share} = {shown(remaining)}"))
    if given.vat_included_percent:
        rate = plain(given.vat_included_percent)
        steps.append(said(f"扣除 {rate}% 增值税后 {shown(net)}", f"{rate}% VAT taken out: {shown(net)}"))
    if given.early_receipt_percent:
        rate = plain(given.early_receipt_percent)
        steps.append(said(f"提前收款减 {rate}%：{shown(owed)}", f"{rate}% off for early receipt: {shown(owed)}"))
    return steps


def _a_month(given: RemainingFees, result: str) -> Text:
    discount, saved = money(given.discount_minor, given.currency), money(given.saved_minor, given.currency)
    full = money(given.monthly_minor, given.currency)
    return said(
        f"每月 {full}，减优惠 {discount}，减节省成本 {saved}：{result}",
        f"a month {full}, less discount {discount}, less cost saved {saved}: {result}",
    )
