"""Unused time of a paid period given back: by days, months, at once or at its end, capped (FV-19 to FV-25, FV-43)."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, StrictInt, model_validator

from policies.rules.core import Given, Minor, Outcome, UnitPrice, rounded
from policies.rules.parts import part_of
from policies.rules.period import PaidPeriod
from policies.rules.words import money, plain, said, sum_of

COUNTED = {
    "real-days": ("按实际天数", "by real days"),
    "fixed-30": ("每月按 30 天", "every month has 30 days"),
    "30/360": ("30/360", "30/360"),
    "whole-months": ("按整月", "by whole months"),
}
TakesEffect = Literal["at-once", "end-of-period", "start-of-period"]


class UnusedTime(PaidPeriod):
    price_minor: Annotated[Minor, Field(description="what was charged for the period, minor units")]
    takes_effect: Annotated[
        TakesEffect,
        Field(description="at-once; end-of-period gives nothing back; start-of-period gives everything back"),
    ] = "at-once"
    adjusted_minor: Annotated[
        Minor, Field(description="already taken off this charge by earlier adjustments; it is worth that much less")
    ] = 0
    ratio_places: Annotated[
        StrictInt | None,
        Field(ge=0, le=18, description="round the share of unused time to so many decimals; left out: exact"),
    ] = None


class UnusedOutcome(Outcome):
    unused_units: Annotated[StrictInt, Field(description="unused days, or months")]
    whole_units: Annotated[StrictInt, Field(description="days, or months, of the whole period")]
    uncapped_minor: Annotated[StrictInt, Field(description="before the cap by earlier adjustments")]


def unused_time(given: UnusedTime) -> UnusedOutcome:
    """The price times the unused share of the period, at most what the charge is still worth after adjustments."""
    found = given.unused()
    units = {"at-once": found.units, "end-of-period": 0, "start-of-period": found.whole}[given.takes_effect]
    ratio = _ratio(Fraction(units, found.whole), given.ratio_places)
    uncapped = rounded(given.price_minor * ratio, given.rounding)
    minor = min(uncapped, max(0, given.price_minor - given.adjusted_minor))
    share = f"{units} / {found.whole}"
    zh, en = COUNTED[given.day_count]
    steps = [said(f"终止日 {found.ended_on}（{zh}）", f"ended on {found.ended_on}, {en}")]
    if given.ratio_places is not None:
        share, exact = plain(Decimal(ratio.numerator) / ratio.denominator), share
        steps.append(said(f"未用比例 {exact}，取 {share}", f"unused {exact}, taken as {share}"))
    worked = f"{money(given.price_minor, given.currency)} x {share} = {money(uncapped, given.currency)}"
    steps.append(sum_of(worked))
    if minor < uncapped:
        least = money(minor, given.currency)
        steps.append(said(f"此前已调整，最多 {least}", f"after earlier adjustments at most {least}"))
    return UnusedOutcome(
        amount_minor=minor,
        unused_units=units,
        whole_units=found.whole,
        uncapped_minor=uncapped,
        flags=("capped",) if minor < uncapped else (),
        steps=tuple(steps),
    )


def _ratio(exact: Fraction, places: int | None) -> Fraction:
    return exact if places is None else Fraction(rounded(exact * 10**places), 10**places)


Parts = Annotated[Decimal, Field(ge=0, le=4_000_000_000, decimal_places=9)]  # a hundred years of seconds


class UnusedShare(Given):
    price_minor: Annotated[Minor, Field(description="what was charged for all of it, minor units")]
    whole_units: Annotated[Parts, Field(gt=0, description="months, days, hours or seconds that were paid")]
    unused_units: Annotated[Parts, Field(description="how many of them are unused")]
    unit_price: UnitPrice = "exact"
    used_each_minor: Annotated[
        Minor | None,
        Field(description="what is used costs so much each, as who pays by the month; the rest of the price is left"),
    ] = None

    @model_validator(mode="after")
    def _one_way_to_count(self) -> Self:
        if self.used_each_minor is not None and self.unit_price == "rounded":
            raise ValueError("unit_price: rounded is not used beside used_each_minor; leave one of the two out")
        return self


def unused_share(given: UnusedShare) -> Outcome:
    """The same where only numbers are known: the price times unused over whole, never more than the price."""
    units = min(given.unused_units, given.whole_units)
    if given.used_each_minor is not None:
        return _less_the_used(given, given.whole_units - units, given.used_each_minor)
    return part_of(given.price_minor, units, given.whole_units, given, given.unit_price == "rounded")


def _less_the_used(given: UnusedShare, used: Decimal, each: int) -> Outcome:
    """Whoever used more than was paid owes nothing beside it."""
    left = given.price_minor - each * Fraction(used)
    minor = rounded(max(Fraction(0), left), given.rounding)
    paid, unit = money(given.price_minor, given.currency), money(each, given.currency)
    worked = f"{paid} - {unit} x {plain(used)}"
    worked = worked if left >= 0 else f"max(0, {worked})"
    return Outcome(amount_minor=minor, steps=(sum_of(f"{worked} = {money(minor, given.currency)}"),))
