"""What a fee rule is told of a contract on a day: months and days left by each way of counting, each at its price."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from policies.rules.contract_facts import ContractOnDay, MonthsCounted, facts_of
from policies.rules.prices import PriceChange

START, END = date(2025, 1, 15), date(2026, 1, 15)
LEAVES = date(2025, 5, 10)
DEARER = (PriceChange(from_day=date(2025, 9, 1), monthly_minor=4000),)


def facts(months: MonthsCounted, leaves_on: date = LEAVES, end: date = END, changes: Any = DEARER) -> dict[str, Any]:
    known = {"fee_minor": 24000, "monthly_minor": 3000, "start": START, "end_of_term": end}
    return facts_of(months, ContractOnDay.model_validate(known | {"leaves_on": leaves_on, "price_changes": changes}))


def rows(found: dict[str, Any]) -> list[tuple[Decimal, int]]:
    return [(row.months, row.monthly_minor) for row in found["prices"]]


@pytest.mark.parametrize(
    ("months", "unit", "done", "left", "prices"),
    [
        ("started", "started-month", 4, "8", [("4", 3000), ("4", 4000)]),
        ("completed", "completed-month", 3, "9", [("5", 3000), ("4", 4000)]),
        ("half", "half-month", 3, "8.5", [("4.5", 3000), ("4", 4000)]),
        ("started-half", "started-half-month", 4, "8", [("4", 3000), ("4", 4000)]),
        ("calendar", "month", 4, "8", [("4", 3000), ("4", 4000)]),
    ],
)
def test_each_way_of_counting_has_its_months_left_and_their_prices(
    months: MonthsCounted, unit: str, done: int, left: str, prices: list[tuple[str, int]]
) -> None:
    found = facts(months)
    assert (found["unit"], found["completed_months"], found["months_left"]) == (unit, done, Decimal(left))
    assert (found["term_months"], found["table_months"], found["periods"]) == (12, 12, 12 - done)
    assert (found["days_left"], found["paid_to"], found["leaves_on"]) == (250, LEAVES, LEAVES)
    assert found["commitment_end"] == END - timedelta(days=1) and found["device_minor"] == 24000
    assert rows(found) == [(Decimal(count), price) for count, price in prices]
    assert facts(months, changes=())["prices"] == ()


@pytest.mark.parametrize(
    ("months", "day", "first"),
    [("calendar", 1, 4), ("calendar", 2, 5), ("completed", 15, 5), ("completed", 16, 6), ("started", 15, 4)],
)
def test_a_month_has_the_price_of_its_first_day_which_for_billing_months_is_the_first(
    months: MonthsCounted, day: int, first: int
) -> None:
    found = facts(months, changes=(PriceChange(from_day=date(2025, 9, day), monthly_minor=4000),))
    assert rows(found)[0] == (Decimal(first), 3000)


@pytest.mark.parametrize(("leaves_on", "left", "days"), [(START, 12, 365), (START - timedelta(days=9), 12, 365)])
def test_who_leaves_before_the_start_has_all_of_it_left(leaves_on: date, left: int, days: int) -> None:
    found = facts("completed", leaves_on)
    assert (found["leaves_on"], found["months_left"], found["days_left"]) == (START, left, days)
    assert (found["completed_months"], found["periods"]) == (0, 12)


@pytest.mark.parametrize("leaves_on", [END, END + timedelta(days=40)])
def test_from_the_end_on_nothing_is_left(leaves_on: date) -> None:
    for months in ("started", "completed", "half", "started-half", "calendar"):
        found = facts(months, leaves_on)
        assert (found["months_left"], found["days_left"], found["periods"], rows(found)) == (0, 0, 0, [])
        assert found["completed_months"] == 12


@pytest.mark.parametrize(
    ("days", "unit", "term"), [(30, "day", 1), (31, "completed-month", 1), (59, "completed-month", 2)]
)
def test_of_less_than_a_month_the_days_are_counted(days: int, unit: str, term: int) -> None:
    found = facts("completed", START + timedelta(days=3), START + timedelta(days=days))
    assert (found["unit"], found["term_months"], found["table_months"]) == (unit, term, term)
    assert found["days_left"] == days - 3
