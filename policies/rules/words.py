"""Amounts, numbers and rates as they stand in the steps of a quote: each language has one form of an amount."""

from decimal import Decimal
from fractions import Fraction

from contracts.words import Text
from policies.amounts import in_chinese, written
from policies.rules.core import rounded


def said(zh: str, en: str) -> Text:
    """Both in one call, the amounts in each as `money` has them; spaces around signs are the caller's."""
    return Text(zh=in_chinese(zh), en=en)


def sum_of(formula: str) -> Text:
    """A line of pure arithmetic: only signs and amounts are written otherwise."""
    return said(formula.replace(" x ", " × ").replace(" / ", " ÷ "), formula)


def money(minor: int | Fraction, currency: str) -> str:
    """`CNY 12.30`; an exact value between two minor units is shown rounded half up."""
    return written(rounded(minor), currency, "en")


def plain(number: Decimal | int) -> str:
    """`6.5`, `10`, never `1E+1`."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
