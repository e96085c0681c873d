"""What an early end gives back of an invoice: what was overpaid refunded, the rest credited (FV-26 to FV-33, 53)."""

from fractions import Fraction
from typing import Annotated, NamedTuple, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from contracts.words import Text
from policies.rules.core import Count, Minor, Outcome, Share, percent, rounded
from policies.rules.period import PaidPeriod
from policies.rules.words import money, plain, said, sum_of


class CreditOrRefund(PaidPeriod):
    price_minor: Annotated[Minor, Field(description="the price of the whole period before tax, minor units")]
    tax_percent: Annotated[Share, Field(description="tax on top, percent")]
    paid_minor: Annotated[Minor, Field(description="what was paid of the whole invoice, tax included, minor units")]
    invoice_total_minor: Annotated[
        Minor | None, Field(description="the whole invoice, tax included, minor units; left out: only this line")
    ] = None
    invoiced: Annotated[StrictBool, Field(description="false while the fee is not on an invoice yet")] = True
    trial_days: Annotated[Count, Field(description="free days at the start of the period, never invoiced")] = 0
    coupon_minor: Annotated[Minor, Field(description="a coupon on the invoice before tax, minor units")] = 0
    coupon_base_minor: Annotated[
        Minor | None, Field(description="what it is spread over, before coupon and tax; left out: only this line")
    ] = None
    earlier_credit_minor: Annotated[
        Minor, Field(description="credit notes on this line so far, before coupon and tax, minor units")
    ] = 0
    earlier_refund_minor: Annotated[Minor, Field(description="refunds of this line so far, tax included")] = 0

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if self.coupon_minor > (base := self.price_minor if self.coupon_base_minor is None else self.coupon_base_minor):
            raise ValueError(f"coupon_minor: at most what it is spread over, {base}")
        if self.invoice_total_minor is not None and self.paid_minor > self.invoice_total_minor:
            raise ValueError(f"paid_minor: at most invoice_total_minor, {self.invoice_total_minor}")
        return self


class CreditOutcome(Outcome):
    net_minor: Annotated[StrictInt, Field(description="given back, before tax")]
    tax_minor: Annotated[StrictInt, Field(description="its tax; net and tax are the amount")]
    refund_minor: Annotated[StrictInt, Field(description="paid out")]
    credit_minor: Annotated[StrictInt, Field(description="set off; refund and credit are the amount")]
    unused_units: Annotated[StrictInt, Field(description="unused days, or months")]
    used_minor: Annotated[StrictInt, Field(description="what was used, after coupon, tax included")]
    paid_share_minor: Annotated[StrictInt, Field(description="this line's part of what was paid")]


class _Parts(NamedTuple):
    net: int
    tax: int

    @property
    def gross(self) -> int:
        return self.net + self.tax


def credit_or_refund(given: CreditOrRefund) -> CreditOutcome:
    """The unused part of a line with its tax: refunded as far as more was paid than used, else credited.

    Earlier credit notes come off first, then the coupon's share; that is rounded, then the tax on it. Refunded is the
    line's share of what was paid, less what was used (the line less its unused part), at most the amount. Without an
    invoice nothing is given back. A line that was free for some days was invoiced for the others only.
    """
    found, first_paid = given.unused(), max(0, given.whole_units - given.trial_days)
    units = min(found.units, first_paid)
    unused = Fraction(given.price_minor * units, found.whole)
    line = _with_tax(Fraction(given.price_minor * first_paid, found.whole), given)
    back = _with_tax(max(Fraction(0), unused - given.earlier_credit_minor) if given.invoiced else Fraction(0), given)
    used = line.gross - _with_tax(unused, given).gross
    share = _paid_share(given, line.gross)
    refund = max(0, min(back.gross, share - used - given.earlier_refund_minor))
    return CreditOutcome(
        amount_minor=back.gross,
        net_minor=back.net,
        tax_minor=back.tax,
        refund_minor=refund,
        credit_minor=back.gross - refund,
        unused_units=units,
        used_minor=used,
        paid_share_minor=share,
        reason="" if given.invoiced else "not_invoiced",
        steps=tuple(_steps(given, units, back, share, used, refund)),
    )


def _with_tax(exact: Fraction, given: CreditOrRefund) -> _Parts:
    """After the coupon's share; rounded before tax, so that net and tax are the whole."""
    base = given.price_minor if given.coupon_base_minor is None else given.coupon_base_minor
    kept = 1 - (Fraction(given.coupon_minor, base) if base else Fraction(0))
    net = rounded(exact * kept, given.rounding)
    return _Parts(net, rounded(net * percent(given.tax_percent), given.rounding))


def _paid_share(given: CreditOrRefund, line: int) -> int:
    whole = line if given.invoice_total_minor is None else given.invoice_total_minor
    paid = min(given.paid_minor, whole)
    return rounded(Fraction(paid * line, whole), given.rounding) if whole else 0


def _steps(given: CreditOrRefund, units: int, back: _Parts, share: int, used: int, refund: int) -> list[Text]:
    if not given.invoiced:
        return [said("尚未出账，无可退回", "Not invoiced yet: there is nothing to give back")]
    shown = [money(minor, given.currency) for minor in (given.price_minor, back.net, back.tax, back.gross)]
    whole, rate = given.whole_units, plain(given.tax_percent)
    steps = [
        said(f"终止日 {given.last_day}，未用 {units}/{whole}", f"ended on {given.last_day}, {units} of {whole} unused")
    ]
    if given.earlier_credit_minor or given.coupon_minor:
        earlier, coupon = (money(m, given.currency) for m in (given.earlier_credit_minor, given.coupon_minor))
        steps.append(
            said(
                f"减此前抵扣 {earlier}，减优惠券 {coupon} 的份额",
                f"less earlier credit {earlier}, less the share of coupon {coupon}",
            )
        )
    steps.append(sum_of(f"{shown[0]} x {units} / {whole} ... {shown[1]} + {rate}% {shown[2]} = {shown[3]}"))
    paid, spent, out, rest = (money(m, given.currency) for m in (share, used, refund, back.gross - refund))
    steps.append(
        said(
            f"已付份额 {paid}，已用 {spent}：退款 {out}，抵扣 {rest}",
            f"paid {paid}, used {spent}: refund {out}, credit {rest}",
        )
    )
    return steps
