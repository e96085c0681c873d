"""Discounts that go back by days: the month that runs counts in part, and the rate falls by the days served."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.words import Kind, Language
from policies.faults.unused_keys import unused
from policies.money_terms import FeeRule
from policies.notices import render
from policies.pack import Pack, load
from policies.rules.core import RuleError
from policies.rules.dates import days_in_month, months_later
from policies.rules.registry import apply
from policies.rules.words import money
from services.billing.quoting import quote
from tests.domain.test_money_holds_together import issued
from tests.domain.test_published_money import line

EU = load("eu")
START, END = date(2025, 1, 15), date(2027, 1, 15)
TERM, NAMES = "month-of-the-term", "month-of-the-calendar"
ALL = [{"from_month": 0, "rate_percent": 100}]
BANDS = [{"from_month": 0, "rate_percent": 100}, {"from_month": 6, "rate_percent": 60}]
BY_DAYS = [{"from_days": 0, "rate_percent": 100}, {"from_days": 180, "rate_percent": -50}]


def returned(leaves: date, days_of: str | None, **rates: Any) -> int:
    known = {"discount_minor": 12500, "start": START, "leaves_on": leaves, "completed_months": 99, "term_months": 24}
    return apply("returned-discounts", known | {"days_of": days_of} | rates).amount_minor


@pytest.mark.parametrize(
    ("leaves", "days_of", "rates", "owed"),
    [
        (date(2025, 3, 1), TERM, {"rates": ALL}, 18750),  # a month, and 14 of 28 days
        (date(2025, 3, 1), NAMES, {"rates": ALL}, 19355),  # 17 of 31 days, and February: 6854.84 + 12500
        (date(2025, 8, 1), TERM, {"rates": BANDS}, 79113),  # six months, and 17 of 31 days at 60 %: 4112.90
        (date(2025, 8, 1), NAMES, {"rates": BANDS}, 79113),  # up to 15 July 6854.84 + 5 x 12500 + 5645.16
        (date(2025, 7, 15), TERM, {"rates": BANDS}, 75000),
        (date(2025, 7, 14), TERM, {"rates_by_days": BY_DAYS}, 74583),  # the 180th day: 5 months and 29 of 30 days
        (date(2025, 7, 24), TERM, {"rates_by_days": BY_DAYS}, 72560),  # the last ten days take half of theirs off
        (START, TERM, {"rates": ALL}, 0),
    ],
)
def test_discounts_are_taken_apart_by_days(leaves: date, days_of: str, rates: dict[str, Any], owed: int) -> None:
    assert returned(leaves, days_of, **rates) == owed


@pytest.mark.parametrize(
    ("leaves", "more", "owed"),
    [
        (date(2025, 7, 14), {"held_days": 180}, 74583),  # all of them while nothing comes off
        (date(2025, 12, 15), {"held_days": 180}, 99000),  # 137,500 x 396 / 550
        (
            date(2025, 7, 14),
            {"share_by_days": [{"from_days": 0, "share_percent": 100}, {"from_days": 181, "share_percent": 50}]},
            74583,
        ),
        (
            date(2025, 7, 15),
            {"share_by_days": [{"from_days": 0, "share_percent": 100}, {"from_days": 181, "share_percent": 50}]},
            37500,
        ),
        (date(2025, 7, 15), {"share_by_month": [{"from_month": 6, "share_percent": 20}]}, 15000),
        (date(2025, 7, 14), {"share_by_month": [{"from_month": 6, "share_percent": 20}]}, 0),
    ],
)
def test_all_discounts_until_now_by_days_and_their_share(leaves: date, more: dict[str, Any], owed: int) -> None:
    known = {"discount_minor": 12500, "start": START, "end_of_term": END, "leaves_on": leaves, "completed_months": 99}
    assert apply("discounts-so-far", known | {"days_of": TERM} | more).amount_minor == owed


def pack_with(family: str, **parameters: Any) -> Pack:
    usual = EU.fees[0]
    own = {"rule": "mine", "family": family, "name": usual.name, "clause": usual.clause, "parameters": parameters}
    clocks = EU.clocks.model_copy(
        update={
            "notice_period": {
                kind: spans.model_copy(update={"inside_contract": timedelta(0)})
                for kind, spans in EU.clocks.notice_period.items()
            }
        }
    )
    return EU.model_copy(update={"fees": (FeeRule.model_validate(own),), "clocks": clocks, "cooling_off": None})


def plain(leaves: date) -> Fraction:
    """Day by day, each a part of its own month."""
    days = (START + timedelta(days=n) for n in range((leaves - START).days))
    return sum((Fraction(1, days_in_month(day)) for day in days), Fraction(0))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 729), st.sampled_from([300, 12500, 99999]))
def test_a_quote_is_the_plain_sum_of_the_days_and_its_letter_names_it(day: int, discount: int) -> None:
    leaves = START + timedelta(days=day)
    pack = pack_with("returned-discounts", discount_minor=discount, rates=ALL, days_of=NAMES)
    known = line(pack, str(START), str(END), 0, rule="mine")
    at = datetime(leaves.year, leaves.month, leaves.day, 11, tzinfo=UTC)
    offer = quote(Kind.LINE, (), known, at, 1, at, pack)
    assert offer.total.minor == int(discount * plain(leaves) + Fraction(1, 2))
    if offer.total.minor:
        letter = render(pack, issued(offer, known, at), Language.EN)
        assert letter is not None and money(offer.total.minor, "EUR") in letter.body


def test_a_day_more_never_takes_a_discount_of_the_same_rate_back() -> None:
    sums = [returned(START + timedelta(days=n), days_of, rates=ALL) for days_of in (TERM, NAMES) for n in range(729)]
    assert sums[:729] == sorted(sums[:729]) and sums[729:] == sorted(sums[729:])
    assert returned(months_later(START, 23), TERM, rates=ALL) == 23 * 12500


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rates": ALL, "rates_by_days": BY_DAYS}, "rates: say either rates or rates_by_days"),
        ({}, "rates: say either rates or rates_by_days"),
        ({"rates_by_days": BY_DAYS, "days_of": None}, "days_of: is missing: rates_by_days"),
        ({"rates_by_days": BY_DAYS[::-1]}, "rates_by_days: each from_days is greater"),
        ({"rates": ALL, "start": None}, "start: is missing, or leaves_on is"),
        ({"rates": ALL, "leaves_on": date(2024, 1, 1)}, "leaves_on: 2024-01-01 is before the start"),
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, Any], told: str) -> None:
    known = {"discount_minor": 1, "start": START, "leaves_on": END, "completed_months": 1, "term_months": 24}
    with pytest.raises(RuleError, match=told):
        apply("returned-discounts", known | {"days_of": TERM} | changes)


@pytest.mark.parametrize(
    "more",
    [
        {"held_days": 3, "share_by_days": [{"from_days": 1, "share_percent": 1}]},
        {
            "share_by_month": [{"from_month": 1, "share_percent": 1}],
            "share_by_days": [{"from_days": 1, "share_percent": 1}],
        },
    ],
)
def test_two_ways_for_one_share_are_refused(more: dict[str, Any]) -> None:
    known = {"discount_minor": 1, "start": START, "end_of_term": END, "leaves_on": END, "completed_months": 1}
    with pytest.raises(RuleError, match="is not used beside"):
        apply("discounts-so-far", known | more)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [("returned-discounts", {"discount_minor": 1, "rates": ALL}), ("discounts-so-far", {"discount_minor": 1})],
)
def test_months_that_days_make_useless_are_told(family: str, parameters: dict[str, Any]) -> None:
    pack = pack_with(family, **parameters, days_of=TERM)
    told = pack.model_copy(
        update={
            "fees": (pack.fees[0].model_validate(pack.fees[0].model_dump(exclude_unset=True) | {"months": "started"}),)
        }
    )
    [found] = [each for each in unused(told) if each.place[-1] == "months"]
    assert "parameters/days_of says how time is counted" in found.what.en
    assert not [each for each in unused(pack) if each.place[-1] == "months"]


def test_before_a_month_is_served_no_discount_goes_back_and_the_step_says_so() -> None:
    facts = {"discount_minor": 1000, "rates": [{"from_month": 0, "rate_percent": 100}], "term_months": 24}
    outcome = apply("returned-discounts", facts | {"completed_months": 0})
    assert (outcome.amount_minor, [step.en for step in outcome.steps]) == (0, ["0 = CNY 0.00"])
