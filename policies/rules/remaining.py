"""The monthly fees left: less discount and cost saved, a share of them, VAT out, early receipt (FV-01, 03, 41)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from contracts.words import Text
from policies.rules.core import Count, Given, Minor, Months, Outcome, Row, Share, ascending, percent, rounded
from policies.rules.prices import Prices, rows_of
from policies.rules.words import money, plain, said, sum_of


class ShareFrom(Row):
    share_percent: Annotated[Share, Field(description="which share is charged from then on, percent")]


class RemainingFees(Given):
    monthly_minor: Annotated[
        Minor, Field(description="the monthly fee, with the tax inside that vat_included_percent names, minor units")
    ]
    months_left: Annotated[Months, Field(description="months to the end of the term; 6.5 is six and a half")]
    prices: Prices = ()
    discount_minor: Annotated[
        Minor, Field(description="a discount a month, with the same tax inside as the monthly fee, minor units")
    ] = 0
    saved_minor: Annotated[
        Minor,
        Field(description="cost the operator saves a month, with the same tax inside as the monthly fee, minor units"),
    ] = 0
    saved_net_minor: Annotated[
        Minor, Field(description="cost the operator saves a month that is known without tax, minor units")
    ] = 0
    share_percent: Annotated[Share, Field(description="which share of it is charged, percent")] = Decimal(100)
    share_by_month: Annotated[
        tuple[ShareFrom, ...],
        Field(description="rows, each greater in from_month: the share where it falls; in place of share_percent"),
    ] = ()
    completed_months: Annotated[Count, Field(description="months that are over, for share_by_month")] = 0
    vat_included_percent: Annotated[
        Share, Field(description="VAT inside the monthly fee that is taken out, percent")
    ] = Decimal(0)
    early_receipt_percent: Annotated[Share, Field(description="taken off because it is paid at once, percent")] = (
        Decimal(0)
    )

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        ascending(self.share_by_month, "share_by_month")
        if self.share_by_month and self.share_percent != 100:
            raise ValueError("share_percent: is not used beside share_by_month; leave one of the two out")
        if self.prices and sum(row.months for row in self.prices) != self.months_left:
            raise ValueError(f"prices: their months are not the {plain(self.months_left)} of months_left")
        return self

    @property
    def share(self) -> Decimal:
        """Before the first row the first one."""
        reached = [row for row in self.share_by_month if row.from_month <= self.completed_months]
        rows = reached[-1:] or self.share_by_month[:1]
        return rows[0].share_percent if rows else self.share_percent


class RemainingOutcome(Outcome):
    monthly_net_minor: Annotated[StrictInt, Field(description="a month's fee after discount and cost saved")]
    remaining_minor: Annotated[StrictInt, Field(description="of all months left, times the share")]
    net_minor: Annotated[StrictInt, Field(description="the same with VAT taken out")]


def remaining_fees(given: RemainingFees) -> RemainingOutcome:
    """The monthly fee, less discount and cost saved, times the months left, times a share; VAT out; early receipt off.

    Everything is exact until the end: each named amount is rounded once.
    """
    rows = [(count, _less(given, price)) for count, price in rows_of(given, given.months_left)]
    share, vat = percent(given.share), 1 + percent(given.vat_included_percent)
    remaining = sum((Fraction(count) * monthly for count, monthly in rows), Fraction(0)) * share
    net = sum((Fraction(count) * _net(given, monthly, vat) for count, monthly in rows), Fraction(0)) * share
    owed = net * (1 - percent(given.early_receipt_percent))
    return RemainingOutcome(
        amount_minor=rounded(owed, given.rounding),
        monthly_net_minor=rows[0][1],
        remaining_minor=rounded(remaining, given.rounding),
        net_minor=rounded(net, given.rounding),
        steps=tuple(_steps(given, rows, remaining, net, owed)),
    )


def _less(given: RemainingFees, monthly: int) -> int:
    return max(0, monthly - given.discount_minor - given.saved_minor)


def _net(given: RemainingFees, monthly: int, vat: Fraction) -> Fraction:
    """Of one month, without tax: only then can a cost that is known without tax be taken off."""
    return max(Fraction(0), monthly / vat - given.saved_net_minor)


def _steps(
    given: RemainingFees, rows: list[tuple[Decimal, int]], remaining: Fraction, net: Fraction, owed: Fraction
) -> list[Text]:
    def shown(exact: Fraction | int) -> str:
        return money(rounded(exact, given.rounding), given.currency)

    steps = [_a_month(given, shown(rows[0][1]))] if given.discount_minor or given.saved_minor else []
    left = " + ".join(f"{shown(monthly)} x {plain(count)}" for count, monthly in rows)
    left = f"({left})" if given.share != 100 and len(rows) > 1 else left
    share = "" if given.share == 100 else f" x {plain(given.share)}%"
    steps.append(sum_of(f"{left}{share} = {shown(remaining)}"))
    if given.saved_net_minor:
        saved = money(given.saved_net_minor, given.currency)
        steps.append(
            said(
                f"税前，每月再减节省成本 {saved}：{shown(net)}", f"before tax, less {saved} saved a month: {shown(net)}"
            )
        )
    elif given.vat_included_percent:
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
