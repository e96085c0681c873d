"""The monthly fees left: less discount and cost saved, a share of them, VAT out, early receipt (FV-01, 03, 41)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, NamedTuple, Self

from pydantic import Field, StrictInt, model_validator

from contracts.words import Text, Value
from policies.rules.core import Count, Given, Minor, Months, Outcome, Row, Share, ascending, percent, rounded
from policies.rules.prices import Prices, rows_of
from policies.rules.words import money, plain, said, sum_of


class ShareFrom(Row):
    share_percent: Annotated[Share, Field(description="which share is charged from then on, percent")]


class ShareLeft(Value):
    from_left: Annotated[Months, Field(description="where so many months or more are left")]
    share_percent: Annotated[Share | None, Field(description="which share is charged then, percent")] = None
    fee_minor: Annotated[
        Minor | None,
        Field(description="so much then while any is left, in place of a share, with nothing off it, minor units"),
    ] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.share_percent is None) is (self.fee_minor is None):
            raise ValueError("share_percent: a row has it or fee_minor, one of the two")
        return self


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
        Field(
            description="rows, each greater in from_month: the share where it falls, before the first row its "
            "own; in place of share_percent"
        ),
    ] = ()
    share_by_months_left: Annotated[
        tuple[ShareLeft, ...],
        Field(description="rows, each smaller in from_left: the share by the months that are left; below the last 0"),
    ] = ()
    share_of_months: Annotated[
        tuple[ShareFrom, ...],
        Field(
            description="rows, each greater in from_month: of each month left the share that its place in the "
            "term has, before the first row its own"
        ),
    ] = ()
    completed_months: Annotated[
        Count, Field(description="months that are over, for share_by_month and share_of_months")
    ] = 0
    most_months: Annotated[
        Months | None, Field(gt=0, description="so many of the months left are charged at most; left out: all")
    ] = None
    least_months: Annotated[
        Months, Field(description="while any is left, so many months are charged at least, though fewer are left")
    ] = Decimal(0)
    vat_included_percent: Annotated[
        Share, Field(description="VAT inside the monthly fee that is taken out, percent")
    ] = Decimal(0)
    early_receipt_percent: Annotated[Share, Field(description="taken off because it is paid at once, percent")] = (
        Decimal(0)
    )

    @model_validator(mode="after")
    def _rows_fit(self) -> Self:
        ascending(self.share_by_month, "share_by_month")
        ascending(self.share_of_months, "share_of_months")
        left = [row.from_left for row in self.share_by_months_left]
        if left != sorted(set(left), reverse=True):
            raise ValueError("share_by_months_left: each from_left is smaller than the one before")
        if len(said := [name for name in SHARES if getattr(self, name) not in ((), Decimal(100))]) > 1:
            raise ValueError(f"{said[0]}: is not used beside {said[1]}; leave one of the two out")
        if self.most_months is not None and self.least_months > self.most_months:
            raise ValueError(f"least_months: {plain(self.least_months)} are more than the most_months")
        if self.prices and sum(row.months for row in self.prices) != self.months_left:
            raise ValueError(f"prices: their months are not the {plain(self.months_left)} of months_left")
        return self

    @property
    def charged_months(self) -> Decimal:
        most = self.months_left if self.most_months is None else min(self.months_left, self.most_months)
        return max(most, self.least_months) if self.months_left else most

    @property
    def row_left(self) -> ShareLeft | None:
        return next((row for row in self.share_by_months_left if row.from_left <= self.months_left), None)

    @property
    def share(self) -> Decimal:
        """Before the first row the first one; 100 where each month has its own."""
        if self.share_by_months_left:
            return (self.row_left and self.row_left.share_percent) or Decimal(0)
        reached = [row for row in self.share_by_month if row.from_month <= self.completed_months]
        rows = reached[-1:] or self.share_by_month[:1]
        return rows[0].share_percent if rows else self.share_percent


SHARES = ("share_percent", "share_by_month", "share_by_months_left", "share_of_months")


class RemainingOutcome(Outcome):
    monthly_net_minor: Annotated[StrictInt, Field(description="a month's fee after discount and cost saved")]
    remaining_minor: Annotated[StrictInt, Field(description="of all months left, times the share")]
    net_minor: Annotated[StrictInt, Field(description="the same with VAT taken out")]


class Part(NamedTuple):
    """Months left at one price after what comes off it, and the share of them that is charged."""

    months: Decimal
    monthly: int
    share: Decimal


def remaining_fees(given: RemainingFees) -> RemainingOutcome:
    """The monthly fee, less discount and cost saved, times the months left, times a share; VAT out; early receipt off.

    Everything is exact until the end: each named amount is rounded once.
    """
    row, parts, vat = given.row_left, list(_parts(given)), 1 + percent(given.vat_included_percent)
    if row and row.fee_minor is not None and given.months_left:
        return _set_fee(given, row.fee_minor, parts[0].monthly)
    remaining = sum((Fraction(each.months) * each.monthly * percent(each.share) for each in parts), Fraction(0))
    net = sum((Fraction(p.months) * _net(given, p.monthly, vat) * percent(p.share) for p in parts), Fraction(0))
    owed = net * (1 - percent(given.early_receipt_percent))
    return RemainingOutcome(
        amount_minor=rounded(owed, given.rounding),
        monthly_net_minor=parts[0].monthly,
        remaining_minor=rounded(remaining, given.rounding),
        net_minor=rounded(net, given.rounding),
        steps=tuple(_steps(given, parts, remaining, net, owed)),
    )


def _set_fee(given: RemainingFees, fee: int, monthly: int) -> RemainingOutcome:
    left, amount = plain(given.months_left), money(fee, given.currency)
    steps = (said(f"剩余 {left} 个月，定额 {amount}", f"{left} months are left: {amount}, whatever they cost"),)
    parts = {"monthly_net_minor": monthly, "remaining_minor": fee, "net_minor": fee}
    return RemainingOutcome(amount_minor=fee, steps=steps, **parts)


def _parts(given: RemainingFees) -> Iterator[Part]:
    """In order, cut where the price or the share changes."""
    place = Decimal(given.completed_months)
    for months, price in rows_of(given, given.charged_months):
        monthly = _less(given, price)
        if not given.share_of_months:
            yield Part(months, monthly, given.share)
            continue
        for part, share in _in_shares(given, place, months):
            yield Part(part, monthly, share)
        place += months


def _in_shares(given: RemainingFees, place: Decimal, months: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
    """So many months from a place in the term on, and the share each of them has; before the first row its share."""
    rows, end = given.share_of_months, place + months
    for number, row in enumerate(rows):
        begins = Decimal(row.from_month) if number else Decimal(0)
        until = Decimal(rows[number + 1].from_month) if number + 1 < len(rows) else end
        if (part := min(end, until) - max(place, begins)) > 0 or (not months and not number):
            yield max(part, Decimal(0)), row.share_percent


def _less(given: RemainingFees, monthly: int) -> int:
    return max(0, monthly - given.discount_minor - given.saved_minor)


def _net(given: RemainingFees, monthly: int, vat: Fraction) -> Fraction:
    """Of one month, without tax: only then can a cost that is known without tax be taken off."""
    return max(Fraction(0), monthly / vat - given.saved_net_minor)


def _steps(given: RemainingFees, parts: list[Part], remaining: Fraction, net: Fraction, owed: Fraction) -> list[Text]:
    def shown(exact: Fraction | int) -> str:
        return money(rounded(exact, given.rounding), given.currency)

    steps = [*_other_months(given)]
    if given.discount_minor or given.saved_minor:
        steps.append(_a_month(given, shown(parts[0].monthly)))
    steps.append(sum_of(f"{_left(parts, shown)} = {shown(remaining)}"))
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


def _other_months(given: RemainingFees) -> Iterator[Text]:
    if given.charged_months != given.months_left:
        left, charged = plain(given.months_left), plain(given.charged_months)
        yield said(f"剩余 {left} 个月，按 {charged} 个月收取", f"{left} months are left, {charged} are charged")


def _left(parts: list[Part], shown: Callable[[int], str]) -> str:
    """`CNY 30.00 x 6 x 25%`; one share for all of them stands behind their sum."""
    shares = {each.share for each in parts}
    if len(shares) > 1:
        return " + ".join(f"{shown(each.monthly)} x {plain(each.months)} x {plain(each.share)}%" for each in parts)
    left, share = " + ".join(f"{shown(each.monthly)} x {plain(each.months)}" for each in parts), shares.pop()
    if share == 100:
        return left
    return f"({left}) x {plain(share)}%" if len(parts) > 1 else f"{left} x {plain(share)}%"


def _a_month(given: RemainingFees, result: str) -> Text:
    discount, saved = money(given.discount_minor, given.currency), money(given.saved_minor, given.currency)
    full = money(given.monthly_minor, given.currency)
    return said(
        f"每月 {full}，减优惠 {discount}，减节省成本 {saved}：{result}",
        f"a month {full}, less discount {discount}, less cost saved {saved}: {result}",
    )
