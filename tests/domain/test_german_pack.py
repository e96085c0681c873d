"""What the German Telecommunications Act says of days and fees, asked of whole quotes of the pack `de`."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import FreeExit
from contracts.carrier.subscriptions import Subscription
from contracts.offer import Quote
from contracts.words import Kind
from policies.pack import load
from services.billing.quoting import quote
from tests.domain.test_published_money import line

PACK = load("de")
NOW = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
TODAY, DAY = NOW.date(), timedelta(days=1)


def asked(kind: Kind = Kind.LINE, rule: str = "fees-left", end: str = "2027-03-15", **contract: Any) -> Quote:
    known = line(PACK, "2025-03-15", end, 0, 2999, rule=rule, concluded=date(2025, 3, 15))
    items = tuple(
        item.model_copy(update={"contract": item.contract.model_copy(update=contract)}) if item.contract else item
        for item in known.items
    )
    bound: Subscription = known.model_copy(update={"items": items})
    return quote(kind, (), bound, NOW, 1, NOW, PACK)


def test_within_the_first_term_the_fees_left_are_owed_after_a_month_of_notice() -> None:
    offer = asked()
    assert (offer.service_end.date(), offer.total.minor) == (date(2026, 10, 20), 4 * 2999)


def test_once_the_first_term_is_over_a_month_is_enough_and_nothing_is_owed() -> None:
    offer = asked(end="2026-09-15")
    assert (offer.service_end.date(), offer.total.minor) == (date(2026, 10, 20), 0)


@pytest.mark.parametrize(
    ("told", "owed"), [(date(2026, 6, 20), 0), (date(2026, 6, 19), 4 * 2999), (date(2026, 9, 20), 0)]
)
def test_changed_terms_let_the_customer_go_for_three_months(told: date, owed: int) -> None:
    offer = asked(terms_changed_on=told)
    assert offer.total.minor == owed


@pytest.mark.parametrize("ground", ["bad-service", "changed-terms"])
def test_low_speed_and_changed_terms_that_were_found_need_no_notice(ground: str) -> None:
    offer = asked(free_exit=FreeExit(ground=ground))
    assert (offer.service_end, offer.total.minor) == (NOW, 0)
    assert "DE-57" in offer.clauses


@pytest.mark.parametrize(("out", "owed"), [(None, 0), (date(2026, 10, 20), 0), (date(2026, 10, 21), 4 * 2999)])
def test_a_move_takes_a_month_of_notice_and_is_free_from_the_moving_out_on(out: date | None, owed: int) -> None:
    offer = asked(free_exit=FreeExit(ground="moved", from_day=out))
    assert (offer.service_end.date(), offer.total.minor) == (date(2026, 10, 20), owed)


def test_a_number_is_ported_at_any_time_with_a_day_of_notice() -> None:
    assert asked(Kind.PORT_OUT).service_end == NOW + DAY
