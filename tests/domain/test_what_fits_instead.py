"""What is said of one fault found in a vector or a pack: the remedy in our own words, nothing of a library's."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from policies.rules.refusal import meant, shown, what_fits

COLON = "："


@pytest.mark.parametrize(
    ("kind", "message", "value", "place", "told"),
    [
        ("value_error", "Value error, each_minor: no", {}, (), "each_minor: no"),
        ("too_short", "", (), ("rows",), "must not be empty"),
        ("dict_too_short", "", {}, ("rates",), "must not be empty"),
        (
            "string_type",
            "",
            True,
            ("tax",),
            "put it in quotes: without them it is read as true, not as a word（请加引号）",
        ),
        (
            "string_type",
            "",
            2026,
            ("version",),
            'put it in quotes, such as "2026": it is not read as words without them（请加引号）',
        ),
        (
            "string_type",
            "",
            Decimal("2026.10"),
            ("version",),
            'put it in quotes, such as "2026.10": it is not read as words without them（请加引号）',
        ),
        (
            "string_type",
            "",
            date(2026, 1, 2),
            ("version",),
            'put it in quotes, such as "2026-01-02": it is not read as words without them（请加引号）',
        ),
        (
            "model_type",
            "",
            f"a{COLON}1，2",
            ("given",),
            f"the colon in 'a{COLON}1，2' is a full-width {COLON}; write `a: 1, 2`（全角冒号，请改用半角）",
        ),
        ("decimal_parsing", "", "30 %", ("share_percent",), "is a number without a sign, 30, not '30 %'"),
        ("decimal_parsing", "", "3‰", ("law_per_mille",), "is a number without a sign, 3, not '3‰'"),
        (
            "int_type",
            "",
            Decimal("150.00"),
            ("fee_minor",),
            "must be a whole number of minor units, 150.00 is written 15000, not 150.00",
        ),
        (
            "int_type",
            "",
            "7",
            ("rows", 0, "fee_minor"),
            "must be a whole number of minor units, 150.00 is written 15000, not '7'",
        ),
        ("int_from_float", "", Decimal("1.5"), ("periods",), "must be a whole number, not 1.5"),
        ("bool_type", "", "yes", ("disclosed",), "must be true or false, without quotes, not 'yes'"),
        (
            "timezone_aware",
            "",
            "16:30",
            ("moment",),
            "must have its offset, such as 2026-10-15T16:30:00Z or 2026-10-16T00:30:00+08:00, not '16:30'",
        ),
        (
            "decimal_type",
            "Decimal input should be an integer, float",
            [30],
            ("share_percent",),
            "must be a number, not [30]",
        ),
        (
            "string_type",
            "",
            None,
            ("family",),
            "has nothing behind it: write its value, or leave it out（冒号后面没有值）",
        ),
        (
            "invalid_key",
            "",
            False,
            ("name", 0),
            "put the key in quotes: without them it is read as false, not as a word（请给键加引号）",
        ),
        ("less_than_equal", "must be at most 100", Decimal(130), ("share_percent",), "must be at most 100, not 130"),
    ],
)
def test_a_fault_says_what_fits_there_instead(
    kind: str, message: str, value: Any, place: tuple[str | int, ...], told: str
) -> None:
    assert what_fits(kind, message, value, place) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fee_minr", "each_minor, fee_minor, fee_minors (did you mean fee_minor?)"),  # the nearest of two
        ("each_minr", "each_minor, fee_minor, fee_minors (did you mean each_minor?)"),
        ("zebra", "each_minor, fee_minor, fee_minors"),
    ],
)
def test_a_name_that_nobody_knows_gets_all_there_are_and_the_nearest_one(name: str, told: str) -> None:
    assert meant(name, iter(("each_minor", "fee_minor", "fee_minors"))) == told


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (date(2026, 1, 2), "2026-01-02"),
        ({"a": False, "b": [1, "x"]}, "{'a': false, 'b': [1, 'x']}"),
        (Decimal("1E+2"), "100"),
    ],
)
def test_a_value_is_shown_as_somebody_writes_it(value: Any, written: str) -> None:
    assert shown(value) == written
