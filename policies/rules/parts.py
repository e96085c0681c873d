"""So many of so many days or months of a price: exactly, or by the price of one that is rounded first."""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from contracts.words import Text
from policies.rules.core import AtLeastOne, Given, Outcome, Rounding, rounded
from policies.rules.words import money, plain, said, sum_of

UnitMultiple = Annotated[
    AtLeastOne | None,
    Field(
        description="the part of one unit is first brought to whole multiples of so many minor units, by rounding, "
        "then taken as often as units are left, never above the whole, taxed or not like the fee; left out: exact"
    ),
]


def parts_of(fee: Fraction, units: Decimal, whole: Decimal, multiple: int | None, rounding: Rounding) -> int:
    """So many of so many parts of a fee; where they come in multiples, each is brought to one first."""
    if multiple is None:
        return rounded(fee * Fraction(units) / Fraction(whole), rounding)
    one = _unit(fee, whole, multiple, rounding)
    return min(rounded(fee, rounding), rounded(one * Fraction(units), rounding))


def _unit(fee: Fraction, whole: Decimal, multiple: int, rounding: Rounding) -> int:
    return rounded(fee / Fraction(whole) / multiple, rounding) * multiple


def parts_in_words(
    fee: Fraction, units: Decimal, whole: Decimal, multiple: int | None, given: Given, full: str, share: str = ""
) -> tuple[int, tuple[Text, ...]]:
    """The fee is a `share` of the `full` one; whoever works out what is said gets what is charged."""
    minor = parts_of(fee, units, whole, multiple, given.rounding)
    shown = money(minor, given.currency)
    if multiple is None:
        return minor, (sum_of(f"{full} x {plain(units)} / {plain(whole)}{share} = {shown}"),)
    one = _unit(fee, whole, multiple, given.rounding)
    each = money(one, given.currency)
    worked = f"{each} x {plain(units)}"
    if rounded(one * Fraction(units), given.rounding) > minor:
        worked = f"min({shown}, {worked})"
    parts, of = plain(whole), sum_of(f"{full}{share}")
    first = said(f"{of.zh} 分为 {parts} 份，每份取 {each}", f"each of {parts} parts of {of.en} is taken as {each}")
    return minor, (first, sum_of(f"{worked} = {shown}"))


def part_of(price: int, units: Decimal, whole: Decimal, given: Given, one_first: bool) -> Outcome:
    """Never more than the price; `one_first`: the price of one is rounded."""
    full = money(price, given.currency)
    if one_first:
        one = rounded(Fraction(price) / Fraction(whole), given.rounding)
        minor, shown = rounded(one * Fraction(units), given.rounding), money(one, given.currency)
        first, worked = f"{full} / {plain(whole)} = {shown}; ", f"{shown} x {plain(units)}"
    else:
        minor = rounded(price * Fraction(units) / Fraction(whole), given.rounding)
        first, worked = "", f"{full} x {plain(units)} / {plain(whole)}"
    if minor > price:
        minor, worked = price, f"min({full}, {worked})"
    return Outcome(amount_minor=minor, steps=(sum_of(f"{first}{worked} = {money(minor, given.currency)}"),))
