"""Amounts as people read them, whatever the currency."""

import ast
from pathlib import Path

import pytest
from rich.console import Console

from contracts.words import Money
from demo.summary import Summary, numbers_table
from policies.amounts import NotAnAmount, amount, in_chinese, shown, typed

ROOT = Path(__file__).parents[2]
UNDER_A_HEADING = {"cli/curve.py", "demo/summary.py"}  # that names the currency of all its numbers


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("CNY", "¥123.45"), ("KWD", "KWD 12.345"), ("CHF", "CHF 123.45"), ("JPY", "JP¥12,345"), ("USD", "US$123.45")],
)
def test_a_sign_stands_at_its_number_and_letters_have_a_blank_between(currency: str, amount: str) -> None:
    minor = Money(minor=12345, currency=currency)
    assert shown(minor, "zh") == amount
    assert in_chinese(f"{shown(minor, 'en')} x 5") == f"{amount} x 5"
    assert in_chinese(amount) == amount


@pytest.mark.parametrize("currency", ["CNY", "KWD", "CHF", "JPY", "USD"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("minor", [0, 1, -12345, 1_234_567])
def test_pages_and_commands_write_an_amount_as_the_letters_do(currency: str, language: str, minor: int) -> None:
    money = Money(minor=minor, currency=currency)
    assert amount(money.model_dump(), language) == shown(money, language)


def test_a_number_of_money_without_its_currency_stands_only_where_a_heading_names_it() -> None:
    files = [
        each
        for part in ("cli", "demo", "evidence", "insight", "services")
        for each in ROOT.joinpath(part).rglob("*.py")
    ]
    taken = {each.relative_to(ROOT).as_posix() for each in files if "number" in _of_amounts(each)}
    assert taken == UNDER_A_HEADING


def _of_amounts(file: Path) -> set[str]:
    """What a module takes from `policies.amounts`."""
    brought = (each for each in ast.walk(ast.parse(file.read_text())) if isinstance(each, ast.ImportFrom))
    return {each.name for one in brought if one.module == "policies.amounts" for each in one.names}


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
