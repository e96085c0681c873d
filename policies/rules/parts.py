"""So many of so many days or months of a price: exactly, or by the price of one that is rounded first."""

from decimal import Decimal
from fractions import Fraction

from policies.rules.core import Given, Outcome, rounded
from policies.rules.words import money, plain, sum_of


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
