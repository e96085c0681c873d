"""What a clause says of late fees: a rate a day, a share once, at least so much, and what the law leaves of them."""

from datetime import date
from typing import Any

import pytest

from policies.clauses import ClauseTerms
from policies.faults.conflicts import late_fee_rates
from policies.faults.unused_keys import unused
from policies.pack import Pack, load
from policies.rules.late_fee import LateFee, LateFeeOutcome, late_fee
from policies.rules.registry import apply

CN = load("cn-carrier")
DAY = date(2026, 11, 30)
MINE = "mine"


def pack_with(law: dict[str, Any] | None, **terms: Any) -> Pack:
    """One clause of the contract, and one law or none."""
    example = CN.clauses[0]
    mine = example.model_copy(update={"clause": MINE, "status": "contract", "terms": ClauseTerms(**terms)})
    laws = (
        (example.model_copy(update={"clause": "law", "status": "verified", "terms": ClauseTerms(**law)}),)
        if law
        else ()
    )
    open_ended = [each.model_copy(update={"in_force_from": None, "in_force_until": None}) for each in (mine, *laws)]
    return CN.model_copy(update={"clauses": tuple(open_ended)})


def charged(arrears: int, days: int, law: dict[str, Any] | None, **terms: Any) -> int | None:
    rates = late_fee_rates(pack_with(law, **terms), MINE, DAY)
    if rates is None:
        return None
    given = LateFee(
        arrears_minor=arrears,
        days_late=days,
        law_per_mille=rates.law,
        contract_per_mille=rates.contract,
        once_percent=rates.once,
        law_once_percent=rates.law_once,
        at_most_percent=rates.at_most,
        at_least_minor=rates.at_least,
    )
    return late_fee(given).amount_minor


THREE = {"late_fee_per_mille_a_day": 3}


@pytest.mark.parametrize(
    ("arrears", "days", "law", "terms", "owed"),
    [
        (10000, 10, None, {}, None),
        (10000, 10, None, {"late_fee_per_mille_a_day": 1}, 100),
        (10000, 10, None, {"late_fee_once_percent": 2}, 200),  # a share once, and no rate a day
        (10000, 0, None, {"late_fee_once_percent": 2}, 0),
        (10000, 10, None, {"late_fee_at_least_minor": 1500}, 1500),  # a fixed late fee
        (10000, 0, None, {"late_fee_at_least_minor": 1500}, 0),
        (0, 10, None, {"late_fee_at_least_minor": 1500}, 0),
        (80000, 5, None, {"late_fee_once_percent": 5, "late_fee_at_least_minor": 5000}, 5000),
        (200000, 5, None, {"late_fee_once_percent": 5, "late_fee_at_least_minor": 5000}, 10000),
        (1000, 5, None, {"late_fee_at_least_minor": 5000, "late_fee_at_most_percent": 100}, 1000),
        (10000, 10, THREE, {"late_fee_at_least_minor": 1500}, 300),  # the law knows a rate a day and no least
        (10000, 10, THREE | {"late_fee_at_least_minor": 400}, {"late_fee_at_least_minor": 1500}, 300),
        (10000, 10, THREE, {"late_fee_per_mille_a_day": 1, "late_fee_at_least_minor": 200}, 200),
        (10000, 10, THREE, {"late_fee_per_mille_a_day": 30}, 300),
        (10000, 10, THREE, {"late_fee_once_percent": 5}, 300),  # the law knows a rate a day and no share once
        (10000, 16, THREE, {"late_fee_once_percent": 5}, 480),
        (10000, 17, THREE, {"late_fee_once_percent": 5}, 500),
        (10000, 10, THREE | {"late_fee_once_percent": 2}, {"late_fee_once_percent": 5}, 200),
        (10000, 10, THREE | {"late_fee_once_percent": 2}, {"late_fee_per_mille_a_day": 9}, 500),
        (10000, 10, {"late_fee_once_percent": 2}, {"late_fee_once_percent": 5}, 200),
    ],
)
def test_what_is_charged_for_being_late(
    arrears: int, days: int, law: dict[str, Any] | None, terms: dict[str, Any], owed: int | None
) -> None:
    assert charged(arrears, days, law, **terms) == owed


def test_without_a_law_nothing_is_said_by_the_law() -> None:
    outcome = late_fee(LateFee(arrears_minor=10000, days_late=10, contract_per_mille=1, at_least_minor=500))
    assert (outcome.amount_minor, outcome.law_minor, outcome.conflict) == (500, 500, False)
    assert [step.en.partition(":")[0] for step in outcome.steps[:2]] == [
        "contract",
        "by the contract at least CNY 5.00",
    ]


def test_somebody_has_to_say_a_rate() -> None:
    with pytest.raises(ValueError, match="law_per_mille: is missing, and so is contract_per_mille"):
        apply("late-fee", {"arrears_minor": 1, "days_late": 1})


def test_the_law_alone_is_the_rate_of_a_contract_that_names_none() -> None:
    outcome = apply("late-fee", {"arrears_minor": 10000, "days_late": 10, "law_per_mille": 3})
    assert isinstance(outcome, LateFeeOutcome)
    assert (outcome.law_minor, outcome.contract_minor, outcome.conflict) == (300, 300, False)


@pytest.mark.parametrize(
    ("given", "law", "owed"),
    [
        ({"once_percent": 5}, 800, 800),  # the law's own figures, nothing of the contract's apart
        ({"once_percent": 5, "contract_per_mille": 0}, 300, 300),
        ({"once_percent": 5, "contract_per_mille": 0, "law_once_percent": 5}, 800, 500),
        ({"once_percent": 5, "law_once_percent": 0}, 300, 300),
        ({"once_percent": 5, "contract_per_mille": 3, "law_once_percent": 2}, 500, 500),
    ],
)
def test_the_laws_rate_a_day_wins_over_a_share_once(given: dict[str, Any], law: int, owed: int) -> None:
    outcome = apply("late-fee", {"arrears_minor": 10000, "days_late": 10, "law_per_mille": 3} | given)
    assert isinstance(outcome, LateFeeOutcome)
    assert (outcome.law_minor, outcome.amount_minor) == (law, owed)
    assert outcome.conflict is (outcome.contract_minor > law)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({}, True),
        ({"late_fee_at_most_percent": 100}, True),
        ({"late_fee_per_mille_a_day": 1}, False),
        ({"late_fee_once_percent": 2}, False),
        ({"late_fee_at_least_minor": 1500}, False),
    ],
)
def test_a_clause_that_asks_for_no_late_fee_at_all_is_told(terms: dict[str, Any], told: bool) -> None:
    pack = pack_with(None, **terms)
    account = pack.final_account.model_copy(update={"late_fee_clause": MINE})
    places = [each.place for each in unused(pack.model_copy(update={"final_account": account}))]
    assert (("final_account", "late_fee_clause") in places) is told


@pytest.mark.parametrize(("method", "told"), [("daily", False), ("half-month", True), ("full-month", True)])
def test_a_price_of_a_day_is_told_where_the_last_month_is_not_paid_by_days(method: str, told: bool) -> None:
    account = CN.final_account.model_copy(update={"closing_month": method, "unit_price": "rounded"})
    places = [each.place for each in unused(CN.model_copy(update={"final_account": account}))]
    assert (("final_account", "unit_price") in places) is told
