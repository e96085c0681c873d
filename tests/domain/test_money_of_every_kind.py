"""Least amounts, caps of a whole term, shares by the months left, ways to round, currencies with other decimals."""

from datetime import datetime
from typing import Any

import pytest

from policies.amounts import number, written
from policies.money_terms import FeeRule
from policies.owners.vectors import Vector, VectorResult, run
from policies.pack import Pack, load
from policies.rules.core import RuleError
from policies.rules.registry import apply
from policies.templates import ENVIRONMENT, zone_name

LINE: dict[str, Any] = {"fee_minor": 0, "monthly_minor": 10000, "start": "2025-01-01", "end_of_term": "2028-01-01"}


def asked(leaves: str, **fee: Any) -> VectorResult:
    pack: Pack = load("cn-carrier")
    named = {"rule": "mine", "name": {"zh": "费", "en": "Fee"}, "clause": pack.fees[0].clause}
    own = pack.model_copy(update={"fees": (FeeRule.model_validate(named | fee),)})
    minor = fee.pop("minor", None)
    vector = Vector(id="v", rule="fees/mine", given=LINE | {"leaves_on": leaves}, expect={"amount_minor": minor or 0})
    (result,) = run([vector], own)
    return result


def answer(leaves: str, **fee: Any) -> int:
    result = asked(leaves, **fee)
    assert result.faults == ()
    return 0 if result.passed else int(result.differences[0].got)


@pytest.mark.parametrize(
    ("leaves", "fee", "minor"),
    [
        ("2027-10-01", {"parameters": {"share_percent": 40}, "at_least_minor": 20000}, 20000),
        ("2027-07-01", {"parameters": {"share_percent": 40}, "at_least_minor": 20000}, 24000),
        ("2028-01-01", {"parameters": {"share_percent": 40}, "at_least_minor": 20000}, 0),  # nothing is owed at all
        ("2027-10-01", {"parameters": {"share_percent": 0}, "at_least_minor": 20000}, 0),
        ("2025-02-01", {"at_most_term_percent": 50}, 180000),
        ("2027-10-01", {"at_most_term_percent": 50}, 30000),
        ("2027-12-01", {"at_least_minor": 20000, "at_most_months": 1}, 10000),  # a cap wins over a least amount
        ("2027-01-01", {"parameters": {"share_by_months_left": [{"from_left": 12, "share_percent": 10}]}}, 12000),
        ("2027-02-01", {"parameters": {"share_by_months_left": [{"from_left": 12, "share_percent": 10}]}}, 0),
        ("2025-07-01", {"parameters": {"share_of_months": [{"from_month": 0, "share_percent": 100},
                                                           {"from_month": 12, "share_percent": 25}]}}, 120000),
        ("2026-07-01", {"parameters": {"share_of_months": [{"from_month": 0, "share_percent": 100},
                                                           {"from_month": 12, "share_percent": 25}]}}, 45000),
    ],
)  # fmt: skip
def test_what_a_fee_is_at_least_and_at_most(leaves: str, fee: dict[str, Any], minor: int) -> None:
    assert answer(leaves, family="remaining-fees", **fee) == minor


@pytest.mark.parametrize(
    ("leaves", "minor"),
    [
        ("2027-01-01", 36000),  # 100.00 x 12 x 30 % against 100.00 x 2
        ("2027-07-01", 20000),  # 180.00 against 200.00
        ("2028-01-01", 0),
    ],
)
def test_the_higher_of_a_share_and_some_months(leaves: str, minor: int) -> None:
    """孰高: never less than two monthly fees, without a fixed sum in the pack."""
    share = {"family": "remaining-fees", "parameters": {"share_percent": 30}}
    two_months = {"family": "remaining-fees", "at_most_months": 2}
    assert answer(leaves, family="higher-of", of=[share, two_months]) == minor


@pytest.mark.parametrize(
    ("fee", "minor"),
    [
        ({"multiple_of_minor": 100}, 4400),  # 44.44
        ({"multiple_of_minor": 5}, 4445),
        ({"multiple_of_minor": 1000}, 4000),
        ({"multiple_of_minor": 100, "at_least_minor": 4450}, 4450),
        ({"multiple_of_minor": 100, "at_most_minor": 4350}, 4350),
    ],
)
def test_a_fee_in_whole_yuan_is_rounded_before_its_limits(fee: dict[str, Any], minor: int) -> None:
    monthly = {"monthly_minor": 1111, "share_percent": 40}
    assert answer("2027-03-01", family="remaining-fees", parameters=monthly, **fee) == minor


@pytest.mark.parametrize(
    ("fee", "named"),
    [
        ({"family": "fixed", "at_least_minor": 2, "at_most_minor": 1}, "at_least_minor: 2 is above at_most_minor, 1"),
        (
            {"family": "remaining-fees", "parameters": {"share_percent": 30, "share_of_months": [
                {"from_month": 0, "share_percent": 50}]}},
            "share_percent: is not used beside share_of_months",
        ),
        (
            {"family": "remaining-fees", "parameters": {"share_by_months_left": [
                {"from_left": 1, "share_percent": 50}, {"from_left": 6, "share_percent": 50}]}},
            "each from_left is smaller",
        ),
        (
            {"family": "stepped-by-days-left", "parameters": {"steps": [
                {"from_days": 1, "fee_minor": 1}, {"from_days": 9, "fee_minor": 1}]}},
            "each from_days is smaller",
        ),
        ({"family": "returned-discounts", "parameters": {"discount_minor": 1, "rates": [
            {"from_month": 0, "rate_percent": -1001}]}}, "rate_percent"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_by_name(fee: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        asked("2027-01-01", **fee)


@pytest.mark.parametrize(
    ("exact", "half_up", "half_even", "down", "up"),
    [
        ("12.5", 13, 12, 12, 13),
        ("13.5", 14, 14, 13, 14),
        ("-12.5", -13, -12, -12, -13),
        ("12.51", 13, 13, 12, 13),
        ("12.01", 12, 12, 12, 13),
        ("-0.4", 0, 0, 0, -1),
        ("12", 12, 12, 12, 12),
    ],
)
def test_the_four_ways_to_round(exact: str, half_up: int, half_even: int, down: int, up: int) -> None:
    ways = ("half-up", "half-even", "down", "up")
    found = [apply("rounding", {"exact_minor": exact, "rounding": way}).amount_minor for way in ways]
    assert found == [half_up, half_even, down, up]


@pytest.mark.parametrize(
    ("minor", "currency", "zh", "en"),
    [
        (936, "JPY", "JP¥936", "JPY 936"),
        (12345, "KWD", "KWD 12.345", "KWD 12.345"),
        (1234567, "KRW", "₩1,234,567", "KRW 1,234,567"),
        (-6109, "EUR", "-€61.09", "-EUR 61.09"),
        (5, "BHD", "BHD 0.005", "BHD 0.005"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(minor: int, currency: str, zh: str, en: str) -> None:
    assert written(minor, currency, "en") == en
    assert written(minor, currency, "zh") == zh


def test_a_fee_in_dinars_is_worked_out_in_fils() -> None:
    given = LINE | {"currency": "KWD", "months_left": "2.5", "monthly_minor": 7499}
    facts = {name: given[name] for name in ("currency", "months_left", "monthly_minor")}
    outcome = apply("remaining-fees", facts)
    assert outcome.amount_minor == 18748 and outcome.steps[-1].en == "KWD 7.499 x 2.5 = KWD 18.748"


def test_a_price_of_a_day_that_is_cut_off_first_never_gives_more_than_the_month() -> None:
    whole = {"price_minor": 100, "whole_units": 3, "unused_units": 3, "unit_price": "rounded", "rounding": "half-up"}
    assert apply("unused-share", whole).amount_minor == 99
    assert apply("unused-share", whole | {"price_minor": 101}).amount_minor == 101
    month = {"monthly_minor": 1512, "closes_on": "2016-02-18", "method": "daily", "rounding": "down"}
    assert apply("closing-month", month | {"unit_price": "rounded"}).amount_minor == 936


def test_a_rule_that_needs_a_fact_names_it() -> None:
    with pytest.raises(RuleError, match="spent_minor: is missing"):
        apply("minimum-spend", {"minimum_minor": 100})


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-10-25T00:30+00:00", "25 October 2026 02:30 (UTC+02:00)"),  # 02:30 comes twice that night
        ("2026-10-25T01:30+00:00", "25 October 2026 02:30 (UTC+01:00)"),
        ("2026-10-25T02:30+00:00", "25 October 2026 03:30"),
        ("2026-03-29T01:30+00:00", "29 March 2026 03:30"),
    ],
)
def test_a_time_that_comes_twice_says_which_one_it_is(moment: str, told: str) -> None:
    seen = {"it": datetime.fromisoformat(moment), "language": "en", "pack": load("eu")}
    assert ENVIRONMENT.from_string("{{ it | moment }}").render(seen) == told


@pytest.mark.parametrize(
    ("name", "zh", "en"), [("cn-carrier", "中国时间", "China Time"), ("eu", "中欧时间", "Central European Time")]
)
def test_a_zone_has_a_name_in_both_languages(name: str, zh: str, en: str) -> None:
    pack = load(name)
    assert (zone_name(pack.time_zone, "zh"), zone_name(pack.time_zone, "en")) == (zh, en)
    assert zone_name("Etc/GMT+3", "en") == "Etc/GMT+3"


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123450, "CNY", "1,234.50"),
        (-1250, "CNY", "-12.50"),
        (-5, "EUR", "-0.05"),
        (123450, "JPY", "123,450"),
        (12345, "KWD", "12.345"),
    ],
)
def test_a_number_has_the_decimals_of_its_currency(minor: int, currency: str, shown: str) -> None:
    assert number(minor, currency) == shown
