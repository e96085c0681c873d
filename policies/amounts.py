"""Amounts as people read and type them, in their own currency: `¥12.30` in Chinese, `CNY 12.30` in English."""

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_currency, get_currency_name, get_currency_precision, list_currencies

from contracts.words import LARGEST_MINOR, Money, Text

WRITTEN = re.compile(r"\b([A-Z]{3}) (\d[\d,]*(?:\.\d+)?)")
CURRENCIES = list_currencies()
TYPED = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,9}))?")
BARE_LETTERS = re.compile(r"([^\W\d_])0")  # letters for a sign: `KWD0` is not read


def shown(amount: Money, language: str) -> str:
    return written(amount.minor, amount.currency, language)


def written(minor: int, currency: str, language: str) -> str:
    places, form = _money_form(currency, language)
    return ("-" if minor < 0 else "") + form.replace("0", _digits(abs(minor), places), 1)


def number(minor: int, currency: str) -> str:
    """Below a heading that names the currency, in as many decimals as it has: `-1,234.50`, of yen `-123,450`."""
    return ("-" if minor < 0 else "") + _digits(abs(minor), _money_form(currency, "en")[0])


def _digits(minor: int, places: int) -> str:
    whole, rest = divmod(minor, 10**places)
    return f"{whole:,}.{rest:0{places}d}" if places else f"{whole:,}"


def in_chinese(text: str) -> str:
    """`CNY 99.00 x 5` -> `¥99.00 x 5`: the one form that amounts have in a Chinese letter."""
    return WRITTEN.sub(_chinese, text)


def _chinese(found: re.Match[str]) -> str:
    return _money_form(found[1], "zh")[1].replace("0", found[2], 1) if found[1] in CURRENCIES else found[0]


def amount(money: Mapping[str, Any], language: str = "en") -> str:
    """`{"minor": 36500, "currency": "CNY"}` as letters have it: `CNY 365.00`, in Chinese `¥365.00`."""
    return written(money["minor"], money["currency"], language)


def currency_name(currency: str, language: str) -> str:
    """`人民币` in Chinese, `CNY` in English."""
    return get_currency_name(currency, locale="zh") if language == "zh" else currency


def in_both(amount: Money) -> Text:
    return Text(zh=shown(amount, "zh"), en=shown(amount, "en"))


class NotAnAmount(ValueError):
    """`why` says in both languages what is wrong with what was typed, and what to type."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


def typed(text: str, currency: str) -> Money:
    """`152` and `152.00` of yuan are both 15200 fen; nothing is rounded, nothing guessed. Raises `NotAnAmount`."""
    if currency not in CURRENCIES:
        raise NotAnAmount(Text(zh=f"没有货币 {currency}", en=f"there is no currency {currency}"))
    places, found = get_currency_precision(currency), TYPED.fullmatch(text)
    whole, rest = found.groups("") if found else ("", "")
    if not found or len(rest) > places or int(whole + rest.ljust(places, "0")) > LARGEST_MINOR:
        raise NotAnAmount(_how_to_type(currency, places))
    return Money(minor=int(whole + rest.ljust(places, "0")), currency=currency)


def example(currency: str) -> str:
    """How an amount is typed: `152.00`, of yen `152`, of dinars `152.000`."""
    places = get_currency_precision(currency)
    return f"{152:.{places}f}"


def _how_to_type(currency: str, places: int) -> Text:
    like = " 152 " + (f"或 {example(currency)}" if places else "")
    or_like = " or " + example(currency) if places else ""
    return Text(
        zh=f"请按{currency_name(currency, 'zh')}的主单位填写数字，"
        f"如{like.rstrip()}，最多 {places} 位小数，不写负号、千分位或单位",
        en=f"is digits in whole {currency}, such as 152{or_like}: at most {places} decimals, no sign, no separator",
    )


@lru_cache(maxsize=64)
def _money_form(currency: str, language: str) -> tuple[int, str]:
    """Decimal places, and where the number goes: `("¥0", 2)`. Asking Babel for each amount costs 90 µs."""
    places = get_currency_precision(currency)
    pattern = None if language == "zh" else "¤¤ #,##0"
    form = format_currency(Decimal(0), currency, pattern, language, currency_digits=False, decimal_quantization=False)
    return places, BARE_LETTERS.sub(r"\1 0", form.replace("0.00", "0"))
