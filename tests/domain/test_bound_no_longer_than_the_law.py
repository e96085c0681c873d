"""A term longer than the law lets it be binds nobody after that: no fee, no lock-in, no notice, no day to wait for."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.subscriptions import Subscription
from contracts.quotes import QuoteAsk
from contracts.words import Kind
from policies.conditions import facts, holding
from policies.pack import Pack, load
from services.billing.curve import simulate
from services.billing.quoting import quote
from tests.domain.test_published_money import line

BEGINS, AGREED = "2024-01-01", "2027-01-01"  # 36 months, of which 24 are lawful in the European Union
LAWFUL = date(2026, 1, 1)
EU = load("eu")


def of_three_years(pack: Pack = EU, **more: Any) -> Subscription:
    return line(pack, BEGINS, AGREED, 36000, concluded=date.fromisoformat(BEGINS), **more)


def truths(day: date, pack: Pack = EU, known: Subscription | None = None) -> dict[str, Any]:
    return facts(Kind.PORT_OUT, (), known or of_three_years(pack), day, pack, (), {"exit_ground_en": "moved"})


@pytest.mark.parametrize(("day", "bound"), [(date(2025, 12, 31), True), (LAWFUL, False), (date(2026, 12, 31), False)])
def test_nobody_is_locked_in_by_the_months_that_the_law_takes_away(day: date, bound: bool) -> None:
    found = truths(day)
    assert (found["locked_in"], found["inside_contract"], found["free_exit_claimed"]) == (bound, bound, bound)


def test_a_number_leaves_in_the_third_year_as_if_no_contract_ran() -> None:
    rejected = [
        row.rule for row in holding(EU, Kind.PORT_OUT, truths(LAWFUL) | {"days_since_port_in": 99999}, ("reject",))
    ]
    assert rejected == []


def test_its_notice_is_that_of_a_contract_that_is_over() -> None:
    spans = EU.clocks.notice_period[Kind.LINE]
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    other = EU.clocks.model_copy(
        update={
            "notice_period": EU.clocks.notice_period
            | {
                Kind.LINE: spans.model_copy(
                    update={"inside_contract": timedelta(days=60), "outside_contract": timedelta(days=2)}
                )
            }
        }
    )
    pack = EU.model_copy(update={"clocks": other})
    offer = quote(Kind.LINE, (), of_three_years(pack), now, 1, now, pack)
    assert (offer.service_end, offer.total.minor) == (now + timedelta(days=2), 0)


def test_the_day_from_which_it_is_free_is_offered_and_not_the_carriers() -> None:
    now = datetime(2025, 6, 2, 9, tzinfo=UTC)
    ask = QuoteAsk(kind=Kind.LINE, subscription="sub-money01")
    answer = simulate(ask, of_three_years(), now, EU)
    ends = {each.requested_end.astimezone(EU.zone).date() for each in answer.dates}
    assert LAWFUL in ends and date.fromisoformat(AGREED) not in ends
    [free] = [each for each in answer.dates if each.requested_end.astimezone(EU.zone).date() == LAWFUL]
    assert free.fee.minor == 0


def with_longest(months: int | None) -> Pack:
    rule = next(each for each in EU.fees if each.rule == "share-of-remaining")
    own = rule.model_copy(update={"longest_term_months": months})
    return EU.model_copy(update={"fees": tuple(own if each is rule else each for each in EU.fees)})


@pytest.mark.parametrize(("months", "over"), [(12, date(2025, 1, 1)), (30, LAWFUL), (None, LAWFUL)])
def test_a_fee_rule_may_name_a_shorter_term_and_never_a_longer_one(months: int | None, over: date) -> None:
    """Finland: a phone binds for twelve months, broadband for 24."""
    pack = with_longest(months)
    assert truths(over - timedelta(days=1), pack)["inside_contract"] is True
    assert truths(over, pack)["inside_contract"] is False


def test_the_clause_that_cut_the_term_is_named_with_the_fee() -> None:
    pack = with_longest(12)
    now = datetime(2024, 5, 30, 9, tzinfo=UTC)
    end = datetime(2024, 7, 1, 12, tzinfo=UTC)
    [fee] = quote(Kind.LINE, (), of_three_years(pack), end, 1, now, pack).lines
    cut = next(each for each in pack.fees if each.rule == fee.rule).clause
    assert cut in fee.clauses and fee.inputs["end_of_term"] == "2025-01-01"
    assert "longer than the law allows" in fee.steps[0].en
