"""Amounts as people read them, whatever the currency."""

import pytest
from rich.console import Console

from contracts.words import Money
from demo.summary import Summary, numbers_table
from policies.amounts import in_chinese, shown


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("CNY", "¥123.45"), ("KWD", "KWD 12.345"), ("CHF", "CHF 123.45"), ("JPY", "JP¥12,345"), ("USD", "US$123.45")],
)
def test_a_sign_stands_at_its_number_and_letters_have_a_blank_between(currency: str, amount: str) -> None:
    minor = Money(minor=12345, currency=currency)
    assert shown(minor, "zh") == amount
    assert in_chinese(f"{shown(minor, 'en')} x 5") == f"{amount} x 5"
    assert in_chinese(amount) == amount


@pytest.mark.parametrize(
    ("currency", "sums"),
    [("CNY", "1,234.50, refunded 0.05, waived 0.00"), ("JPY", "123,450, refunded 5"), ("KWD", "123.450, refunded 0.0")],
)
def test_the_demos_table_counts_by_the_currency_of_its_pack(currency: str, sums: str) -> None:
    money = {"charged": 123450, "refunded": 5, "waived": 0, "conserved": True}
    summary = Summary(1, {}, 0, {}, money, [], 1.0, 0, 1.0, [], currency)
    console = Console(width=120)
    with console.capture() as captured:
        console.print(numbers_table(summary))
    assert f"money ({currency})" in captured.get() and f"charged {sums}" in captured.get()
