"""Amounts, numbers and rates as they stand in the steps of a quote; zh and en differ only in the words around them."""

from decimal import Decimal
from fractions import Fraction

from contracts.words import Text
from policies.rules.core import rounded

PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def said(zh: str, en: str) -> Text:
    """Both in one call; spaces around signs are the caller's."""
    return Text(zh=zh, en=en)


def sum_of(formula: str) -> Text:
    """A line of pure arithmetic reads the same in both languages."""
    return Text(zh=formula.replace(" x ", " × ").replace(" / ", " ÷ "), en=formula)


def money(minor: int | Fraction, currency: str) -> str:
    """`CNY 12.30`; an exact value between two minor units is shown rounded half up."""
    places = PLACES.get(currency, 2)
    whole = rounded(minor)
    return f"{currency} {Decimal(whole).scaleb(-places):.{places}f}"


def plain(number: Decimal | int) -> str:
    """`6.5`, `10`, never `1E+1`."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
