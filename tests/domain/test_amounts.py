"""Amounts as people read them, whatever the currency."""

import pytest
from rich.console import Console

from contracts.words import Money
from demo.summary import Summary, numbers_table
from policies.amounts import NotAnAmount, in_chinese, shown, typed


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


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("152", "CNY", 15200),
        ("152.00", "CNY", 15200),
        ("152.5", "CNY", 15250),
        ("152.05", "CNY", 15205),
        ("0", "CNY", 0),
        ("0.01", "CNY", 1),
        ("152", "JPY", 152),
        ("152", "KWD", 152000),
        ("1.234", "KWD", 1234),
        ("10000000000000", "CNY", 10**15),
    ],
)
def test_an_amount_is_typed_in_the_main_unit_of_its_currency(text: str, currency: str, minor: int) -> None:
    assert typed(text, currency) == Money(minor=minor, currency=currency)


NO_AMOUNTS = [
    "",
    " ",
    "152 ",
    "-5",
    "+5",
    "²",
    "１５２",
    "1e3",
    "1,200",
    "1 200",
    "152.",
    ".5",
    "0152",
    "¥5",
    "NaN",
    "0x9",
]


@pytest.mark.parametrize("text", [*NO_AMOUNTS, "152.005", "152.000", "1.2.3", "5\n", "10000000000000.01", "9" * 5000])
def test_what_is_no_plain_amount_is_refused_and_never_rounded(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        typed(text, "CNY")
    assert "152.00" in refused.value.why.zh and "152.00" in refused.value.why.en


@pytest.mark.parametrize(("text", "currency"), [("152.0", "JPY"), ("1.2345", "KWD"), ("152", "XQX"), ("152", "cny")])
def test_an_amount_has_no_more_decimals_than_a_currency_that_exists(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount, match=currency):
        typed(text, currency)
