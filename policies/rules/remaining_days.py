"""The fees of the days that are left: a day is the year's share of twelve monthly fees, whatever month it lies in."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, NamedTuple

from pydantic import Field

from policies.rules.core import Count, Day, Given, Minor, Outcome, Share, percent, rounded
from policies.rules.dates import days_between, started_months
from policies.rules.prices import PriceChange, price_on
from policies.rules.words import money, plain, said, sum_of

MONTHS = 12


class RemainingDays(Given):
    monthly_minor: Annotated[
        Minor, Field(description="the monthly fee, with the tax inside that vat_included_percent names, minor units")
    ]
    price_changes: Annotated[
        tuple[PriceChange, ...], Field(description="rows: monthly fees that are agreed from later days on")
    ] = ()
    leaves_on: Annotated[Day, Field(description="the first day that is left")]
    end_of_term: Annotated[Day, Field(description="the first day after the term, when no fee is due any more")]
    days_of_year: Annotated[
        Count,
        Field(ge=360, le=366, description="a day is twelve monthly fees over so many; 360: a thirtieth of a month"),
    ] = 365
    discount_minor: Annotated[
        Minor, Field(description="a discount a month, with the same tax inside as the monthly fee, minor units")
    ] = 0
    share_percent: Annotated[Share, Field(description="which share of it is charged, percent")] = Decimal(100)
    vat_included_percent: Annotated[
        Share, Field(description="VAT inside the monthly fee that is taken out, percent")
    ] = Decimal(0)
    early_receipt_percent: Annotated[Share, Field(description="taken off because it is paid at once, percent")] = (
        Decimal(0)
    )


class Days(NamedTuple):
    """So many days in a row at one monthly fee after its discount."""

    days: int
    monthly: int


def remaining_days(given: RemainingDays) -> Outcome:
    """The monthly fee less discount, by the day for the days left, times a share; VAT out; early receipt off."""
    rows = _rows(given)
    net = sum((Fraction(row.days * row.monthly * MONTHS, given.days_of_year) for row in rows), Fraction(0))
    minor, most = _charged(given, net), _charged(given, _of_whole_months(given))
    left = sum(row.days for row in rows)
    steps = [said(f"剩余 {left} 天", f"{left} days are left")]
    steps.append(sum_of(f"{_formula(given, rows)} = {money(minor, given.currency)}"))
    if minor > most:
        whole = money(most, given.currency)
        steps.append(said(f"不超过按月计算的 {whole}", f"never more than by whole months: {whole}"))
    return Outcome(amount_minor=min(minor, most), steps=tuple(steps))


def _charged(given: RemainingDays, fees: Fraction) -> int:
    net = fees * percent(given.share_percent) / (1 + percent(given.vat_included_percent))
    return rounded(net * (1 - percent(given.early_receipt_percent)), given.rounding)


def _of_whole_months(given: RemainingDays) -> Fraction:
    """Every month that is left or begun, at the highest price on the way: months of 31 days cost no more than that."""
    months = max(0, started_months(given.leaves_on, given.end_of_term))
    return Fraction(months * max(row.monthly for row in _rows(given)))


def _formula(given: RemainingDays, rows: list[Days]) -> str:
    """`CNY 15.00 x 12 / 365 x 100`, and what comes off the sum of it."""
    a_day = f"x {MONTHS} / {given.days_of_year} x"
    days = " + ".join(f"{money(row.monthly, given.currency)} {a_day} {row.days}" for row in rows)
    share, receipt = given.share_percent, 100 - given.early_receipt_percent
    after = "".join(f" x {plain(rate)}%" for rate in (share, receipt) if rate != 100)
    after += f" / {plain(100 + given.vat_included_percent)}%" if given.vat_included_percent else ""
    return f"({days}){after}" if len(rows) > 1 and after else f"{days}{after}"


def _rows(given: RemainingDays) -> list[Days]:
    """Cut on the days on which the price changes; where nothing is left, no days at the price of that day."""
    begins, end = given.leaves_on, max(given.leaves_on, given.end_of_term)
    cuts = sorted({day.from_day for day in given.price_changes if begins < day.from_day < end})
    return [Days(days_between(one, until), _price(given, one)) for one, until in pairwise([begins, *cuts, end])]


def _price(given: RemainingDays, day: date) -> int:
    return max(0, price_on(day, given.monthly_minor, given.price_changes) - given.discount_minor)
