"""A part that is rounded before it is multiplied, and how many of the months left are charged at most and at least."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.early_end import priced
from policies.pack import load
from policies.rules.contract_facts import ContractOnDay
from policies.rules.core import RuleError, rounded
from policies.rules.registry import apply
from policies.rules.remaining import RemainingFees, RemainingOutcome, remaining_fees


@given(
    fee=st.integers(0, 10**7),
    term=st.integers(1, 60),
    used=st.integers(0, 60),
    unit=st.sampled_from([1, 5, 10, 100]),
    rounding=st.sampled_from(["half-up", "half-even", "down", "up"]),
)
def test_a_part_in_multiples_is_taken_as_often_as_months_are_left(
    fee: int, term: int, used: int, unit: int, rounding: Any
) -> None:
    facts = {"unit_multiple_of_minor": unit, "rounding": rounding}
    left = max(0, term - used)
    minor = apply("reducing", {"fee_minor": fee, "term_units": term, "used_units": used, **facts}).amount_minor
    assert minor == min(fee, rounded(Fraction(fee, term * unit), rounding) * unit * left)
    device = {"device_minor": fee, "table_months": term, "completed_months": used, **facts}
    assert apply("device-residual", device).amount_minor == minor


@pytest.mark.parametrize(("unit", "owed"), [(None, 33333), (1, 33336), (10, 33360), (100, 33600)])
def test_a_thousand_over_three_years_with_twelve_months_left(unit: int | None, owed: int) -> None:
    facts = {} if unit is None else {"unit_multiple_of_minor": unit}
    outcome = apply("reducing", {"fee_minor": 100000, "term_units": 36, "used_units": 24, **facts})
    assert outcome.amount_minor == owed
    assert any("36 parts" in step.en for step in outcome.steps) is (unit is not None)


def test_a_table_has_no_parts() -> None:
    facts = {"device_minor": 200, "table_months": 2, "completed_months": 1, "table_minor": [200, 100]}
    with pytest.raises(RuleError, match="unit_multiple_of_minor: is not used beside table_minor"):
        apply("device-residual", {**facts, "unit_multiple_of_minor": 10})


def fees(left: str, **facts: Any) -> RemainingOutcome:
    return remaining_fees(RemainingFees.model_validate({"monthly_minor": 1399, "months_left": left, **facts}))


@pytest.mark.parametrize(
    ("left", "facts", "owed"),
    [
        ("12.5", {"most_months": 3}, 4197),
        ("12.5", {"most_months": 3, "vat_included_percent": 20}, 3498),  # a ruling from Sofia: three fees without VAT
        ("2", {"most_months": 3, "vat_included_percent": 20}, 2332),
        ("0.5", {"least_months": 1}, 1399),
        ("0", {"least_months": 1}, 0),
        ("4", {"least_months": 1, "most_months": 1}, 1399),
        ("4", {"most_months": 3, "share_by_months_left": [{"from_left": 4, "share_percent": 50}]}, 2099),
        (
            "4",
            {"most_months": 3, "prices": [{"months": 1, "monthly_minor": 1000}, {"months": 3, "monthly_minor": 2000}]},
            5000,
        ),
        ("1", {"least_months": 3, "prices": [{"months": 1, "monthly_minor": 1000}]}, 3000),
    ],
)
def test_so_many_of_the_months_left_are_charged(left: str, facts: dict[str, Any], owed: int) -> None:
    outcome = fees(left, **facts)
    assert outcome.amount_minor == owed
    other = RemainingFees.model_validate({"monthly_minor": 1399, "months_left": left, **facts}).charged_months
    assert any("are charged" in step.en for step in outcome.steps) is (str(other) != left)


def test_not_more_at_least_than_at_most() -> None:
    with pytest.raises(RuleError, match="least_months: 4 are more than the most_months"):
        apply("remaining-fees", {"monthly_minor": 1, "months_left": 9, "least_months": 4, "most_months": 3})


@pytest.mark.parametrize(
    ("facts", "owed"),
    [
        ({"minimum_minor": 1000, "spent_minor": 200, "days": 15, "days_of_month": 31}, 284),
        ({"minimum_minor": 1000, "spent_minor": 200, "days": 15, "days_of_month": 31, "rounding": "down"}, 283),
        ({"minimum_minor": 1000, "spent_minor": 484, "days": 15, "days_of_month": 31}, 0),
        ({"minimum_minor": 1000, "spent_minor": 0, "days": 0, "days_of_month": 31}, 0),
        ({"minimum_minor": 1000, "spent_minor": 200}, 800),
    ],
)
def test_a_minimum_is_promised_for_the_days_of_the_month_that_count(facts: dict[str, Any], owed: int) -> None:
    """Lago 994: 1,000 of 31 days, fifteen of them, less 200."""
    assert apply("minimum-spend", facts).amount_minor == owed


@pytest.mark.parametrize(
    ("facts", "fault"),
    [
        ({"days": 3}, "days_of_month: is missing"),
        ({"days_of_month": 30}, "days: is missing"),
        ({"days": 31, "days_of_month": 30}, "days: 31 are more than the 30 of days_of_month"),
    ],
)
def test_days_and_the_month_are_said_together(facts: dict[str, int], fault: str) -> None:
    with pytest.raises(RuleError, match=fault):
        apply("minimum-spend", {"minimum_minor": 1, "spent_minor": 0, **facts})


@pytest.mark.parametrize(("rounding", "owed"), [("half-up", 1), ("half-even", 0), ("down", 0), ("up", 1)])
def test_half_a_month_beside_benefits_is_rounded_as_the_pack_says(rounding: str, owed: int) -> None:
    facts = {"benefits_minor": [9], "monthly_minor": 1, "months_left": 0.5, "rounding": rounding}
    assert apply("benefits-or-remaining", facts).amount_minor == owed


@pytest.mark.parametrize(("full", "owed", "told"), [(24000, 18000, False), (240, 900, True), (0, 0, False)])
def test_a_least_fee_is_told_where_it_holds(full: int, owed: int, told: bool) -> None:
    pack = load("cn-carrier")
    rule = pack.fee_rule("share-of-remaining").model_copy(update={"at_least_minor": 900})
    term = {"start": date(2026, 1, 1), "end_of_term": date(2028, 1, 1), "leaves_on": date(2026, 7, 1)}
    fee = priced(rule, ContractOnDay(fee_minor=full, **term), pack).fee
    assert (fee.amount_minor, "at least CNY 9.00" in [step.en for step in fee.steps]) == (owed, told)
