"""Monthly fees that change inside a term: which months come at which price, and what so many of them are (N1)."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Protocol

from pydantic import Field

from contracts.words import Text, Value
from policies.rules.core import Day, Minor, Months
from policies.rules.words import money, plain, sum_of

PRICES = "rows: the months left, in order, where the price changes on the way; they take the place of monthly_minor"


class PriceChange(Value):
    """The monthly fee from a day on."""

    from_day: Annotated[Day, Field(description="the first day at this price")]
    monthly_minor: Annotated[Minor, Field(description="the monthly fee from then on, with tax as it was, minor units")]


class PricedMonths(Value):
    """So many months in a row at one price."""

    months: Annotated[Months, Field(gt=0, description="how many months")]
    monthly_minor: Annotated[Minor, Field(description="the monthly fee of each, taxed like monthly_minor, minor units")]


Prices = Annotated[tuple[PricedMonths, ...], Field(description=PRICES)]


class Priced(Protocol):
    @property
    def monthly_minor(self) -> int: ...
    @property
    def prices(self) -> tuple[PricedMonths, ...]: ...
    @property
    def currency(self) -> str: ...


def two_prices(changes: Iterable[tuple[date, int]]) -> str:
    """What is wrong where one day begins two prices, or nothing; the same one said twice is one."""
    known: dict[date, int] = {}
    for day, minor in changes:
        if known.setdefault(day, minor) != minor:
            return f"from {day} on the monthly fee is {known[day]} and {minor} minor units; one day begins one price"
    return ""


def price_on(day: date, monthly: int, changes: Iterable[PriceChange]) -> int:
    return in_force(day, monthly, [(each.from_day, each.monthly_minor) for each in changes])


def in_force(day: date, monthly: int, changes: Iterable[tuple[date, int]]) -> int:
    """The price that began last: of two from one day on, the first that is named."""
    begun = [each for each in changes if each[0] <= day]
    return max(begun, key=itemgetter(0))[1] if begun else monthly


def in_a_row(
    starts: Iterable[tuple[date, Decimal]], monthly: int, changes: tuple[PriceChange, ...]
) -> Iterator[PricedMonths]:
    """`starts`: the day each month begins, and how much of it is left. A month has the price of its first day."""
    each = ((price_on(day, monthly, changes), part) for day, part in starts)
    for price, run in groupby(each, key=lambda month: month[0]):
        yield PricedMonths(months=sum((part for _, part in run), Decimal(0)), monthly_minor=price)


def rows_of(given: Priced, months: Decimal) -> list[tuple[Decimal, int]]:
    """So many months with their prices, the first ones first; beyond the last row its price goes on."""
    rows, left = [], months
    for row in given.prices:
        rows.append((min(left, row.months), row.monthly_minor))
        left -= rows[-1][0]
    last = given.prices[-1].monthly_minor if given.prices else given.monthly_minor
    found = [(count, price) for count, price in (*rows, (left, last)) if count]
    return found or [(Decimal(0), last)]


def fees_of(given: Priced, months: Decimal) -> Fraction:
    return sum((Fraction(count) * price for count, price in rows_of(given, months)), Fraction(0))


def in_words(given: Priced, months: Decimal) -> str:
    """`CNY 30.00 x 1 + CNY 31.50 x 12`."""
    rows = rows_of(given, months)
    return " + ".join(f"{money(price, given.currency)} x {plain(count)}" for count, price in rows)


def step_of(given: Priced, months: Decimal, minor: int) -> Text:
    return sum_of(f"{in_words(given, months)} = {money(minor, given.currency)}")
