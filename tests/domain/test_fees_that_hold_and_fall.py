"""Fees that hold at first, discounts so far, days left, late fees with a cap, clocks: to the unit and the word."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.faults.conflicts import late_fee_rates
from policies.pack import FOLDER, load
from policies.rules.core import RuleError
from policies.rules.registry import apply

YEARS = {"start": "2025-01-01", "end_of_term": "2027-01-01"}  # 730 days


@pytest.mark.parametrize(
    ("leaves", "held", "minor"),
    [
        ("2025-01-01", 180, 60000),
        ("2025-06-30", 180, 60000),  # the 180th day
        ("2025-07-01", 180, 59891),  # 549 / 550
        ("2026-12-31", 180, 109),  # 1 / 550
        ("2027-01-01", 180, 0),
        ("2026-12-31", 730, 60000),  # held to the end of the term
        ("2027-01-01", 730, 0),
        ("2025-07-01", 0, 45123),  # 549 / 730
    ],
)
def test_a_fee_holds_for_its_first_days_and_falls_to_nothing_then(leaves: str, held: int, minor: int) -> None:
    facts = YEARS | {"fee_minor": 60000, "leaves_on": leaves, "unit": "day", "held_units": held}
    outcome = apply("reducing-by-date", facts)
    assert outcome.amount_minor == minor
    assert any("falling to nothing" in step.en for step in outcome.steps) == bool(held)


@pytest.mark.parametrize(
    ("leaves", "months", "more", "minor"),
    [
        ("2025-03-02", 2, {"held_days": 90}, 2500),
        ("2025-07-01", 6, {"held_days": 90}, 6434),  # 549 of 640
        ("2025-07-01", 6, {}, 5640),  # 549 of 730
        ("2025-07-01", 6, {"share_by_month": [{"from_month": 6, "share_percent": 130}]}, 9750),
        ("2025-06-01", 5, {"share_by_month": [{"from_month": 6, "share_percent": 130}]}, 0),
        ("2027-01-01", 24, {"held_days": 90}, 0),
    ],
)
def test_discounts_so_far_go_back_by_the_term_that_is_left(
    leaves: str, months: int, more: dict[str, Any], minor: int
) -> None:
    facts = YEARS | {"discount_minor": 1250, "completed_months": months, "leaves_on": leaves} | more
    assert apply("discounts-so-far", facts).amount_minor == minor


def test_two_ways_to_count_discounts_are_not_mixed() -> None:
    rows = [{"from_month": 6, "share_percent": 20}]
    facts = YEARS | {"discount_minor": 1, "completed_months": 1, "leaves_on": "2025-02-01", "share_by_month": rows}
    with pytest.raises(RuleError, match="held_days: is not used beside share_by_month"):
        apply("discounts-so-far", facts | {"held_days": 90})


@pytest.mark.parametrize(
    ("more", "minor", "says"),
    [
        ({}, 4932, "CNY 15.00 x 12 / 365 x 100 = CNY 49.32"),
        ({"days_of_year": 360}, 5000, "CNY 15.00 x 12 / 360 x 100 = CNY 50.00"),
        ({"discount_minor": 500, "share_percent": 50}, 1644, "CNY 10.00 x 12 / 365 x 100 x 50% = CNY 16.44"),
        ({"vat_included_percent": 20, "early_receipt_percent": 4}, 3945, "x 100 x 96% / 120% = CNY 39.45"),
        ({"leaves_on": "2025-12-01"}, 1500, "never more than by whole months: CNY 15.00"),
        ({"discount_minor": 9999}, 0, "CNY 0.00 x 12 / 365 x 100 = CNY 0.00"),
        ({"leaves_on": "2026-01-01"}, 0, "CNY 15.00 x 12 / 365 x 0 = CNY 0.00"),
        ({"leaves_on": "2026-02-01"}, 0, "CNY 15.00 x 12 / 365 x 0 = CNY 0.00"),
    ],
)
def test_days_left_cost_a_days_part_of_twelve_monthly_fees(more: dict[str, Any], minor: int, says: str) -> None:
    facts = {"monthly_minor": 1500, "leaves_on": "2025-09-23", "end_of_term": "2026-01-01"}
    outcome = apply("remaining-days", facts | more)
    assert outcome.amount_minor == minor
    assert says in outcome.steps[-1].en


def test_each_day_left_has_the_price_of_that_day() -> None:
    changes = [{"from_day": day, "monthly_minor": 1800} for day in ("2025-10-01",)]
    facts = {"monthly_minor": 1500, "leaves_on": "2025-09-23", "end_of_term": "2026-01-01", "days_of_year": 360}
    outcome = apply("remaining-days", facts | {"price_changes": changes, "share_percent": 50})
    assert outcome.amount_minor == 2960
    assert outcome.steps[-1].en.startswith("(CNY 15.00 x 12 / 360 x 8 + CNY 18.00 x 12 / 360 x 92) x 50%")


@given(arrears=st.integers(0, 10**7), late=st.integers(0, 2000), most=st.integers(0, 200), once=st.integers(0, 10))
@settings(max_examples=60, deadline=None)
def test_a_late_fee_is_never_above_its_limit_and_nothing_before_it_is_late(
    arrears: int, late: int, most: int, once: int
) -> None:
    facts = {"arrears_minor": arrears, "days_late": late, "law_per_mille": 3, "once_percent": once}
    free, capped = apply("late-fee", facts), apply("late-fee", facts | {"at_most_percent": most})
    limit = (arrears * most * 2 + 100) // 200
    assert capped.amount_minor == min(free.amount_minor, limit)
    assert late or not free.amount_minor
    assert any("at most" in step.en for step in capped.steps) == (capped.amount_minor < free.amount_minor)


@pytest.mark.parametrize(
    ("terms", "once", "most"),
    [
        ("late_fee_per_mille_a_day: 3", "0", None),
        ("late_fee_per_mille_a_day: 3, late_fee_once_percent: 2", "2", None),
        ("late_fee_per_mille_a_day: 3, late_fee_at_most_percent: 100", "0", "100"),
    ],
)
def test_a_clause_says_what_a_late_fee_is_once_and_at_most(
    tmp_path: Path, terms: str, once: str, most: str | None
) -> None:
    (tmp_path / "mine").mkdir()
    text = (FOLDER / "cn-carrier" / "clauses.yaml").read_text(encoding="utf-8")
    text = text.replace("terms: {late_fee_per_mille_a_day: 3}", f"terms: {{{terms}}}", 1)
    (tmp_path / "mine" / "clauses.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "mine" / "pack.yaml").write_text("extends: cn-carrier\npack: mine\nversion: '1'\n", encoding="utf-8")
    rates = late_fee_rates(load("mine", (FOLDER, tmp_path)), "CN-14-late-fee", date(2026, 12, 1))
    assert rates is not None and str(rates.once) == once
    assert (None if rates.at_most is None else str(rates.at_most)) == most


@pytest.mark.parametrize(
    ("begins", "span", "zone", "day"),
    [
        ("2024-04-10T12:00:00+02:00", "1 month to the end of the month", "Europe/Vienna", "2024-05-31"),
        ("2024-01-31T12:00:00+01:00", "1 month", "Europe/Vienna", "2024-02-29"),
        ("2024-02-29T23:59:00+08:00", "P1Y", "Asia/Shanghai", "2025-02-28"),
        ("2026-12-11T12:00:00+01:00", "P14D or the next working day", "Europe/Brussels", "2026-12-25"),
        ("2026-12-12T12:00:00+01:00", "P14D or the next working day", "Europe/Brussels", "2026-12-28"),
        ("2026-12-01T00:00:00+01:00", "P0D to the end of the month", "Europe/Brussels", "2026-11-30"),
    ],
)
def test_a_clock_runs_out_on_the_customers_day(begins: str, span: str, zone: str, day: str) -> None:
    outcome = apply("due", {"begins": begins, "span": span, "time_zone": zone})
    assert outcome.day == date.fromisoformat(day)  # type: ignore[attr-defined]


def test_a_span_that_is_none_is_refused_with_what_may_be_written() -> None:
    with pytest.raises(RuleError, match=r"span: .*write a duration such as P30D"):
        apply("due", {"begins": "2024-04-10T12:00:00+02:00", "span": "soon", "time_zone": "Europe/Vienna"})


@pytest.mark.parametrize(
    ("rule", "facts", "amount", "says"),
    [
        ("stepped-by-days-left", {"steps": [{"from_days": 10, "fee_minor": 5}], "days_left": 9}, 0, "剩 9 天，不收费"),
        ("rounded-ratio", {"price_minor": 300, "part": 1, "whole": 3, "places": 2}, 99, "¥3.00 × 0.33 = ¥0.99"),
        ("tax-included", {"gross_minor": 10600, "tax_percent": 6}, 10000, "¥106.00 ÷ (1 + 6%) = ¥100.00"),
        ("unused-share", {"price_minor": 2000, "whole_units": 2678400, "unused_units": 1339200}, 1000, "2678400"),
    ],
)
def test_a_rule_tells_how_in_chinese(rule: str, facts: dict[str, Any], amount: int, says: str) -> None:
    outcome = apply(rule, facts)
    assert outcome.amount_minor == amount
    assert says in "".join(step.zh for step in outcome.steps)
