"""A day is a day where the customers are, wherever the machine stands and whatever hour it is."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock

import pytest

from contracts.words import Kind
from demo.carrier.customer import contract, customer, plan
from policies.account_terms import FreeExit
from policies.spans import Months
from services.billing.free_exit import days_after_worse_terms
from services.billing.quoting import quote
from tests.domain.words_of_quotes import AT, otherwise, plain

EARLY, LATE = clock(0, 30), clock(23, 30)  # one day in Shanghai, two in Greenwich
FAR = AT + timedelta(days=90)
TODAY = AT.astimezone(otherwise().zone).date()
BOUND = contract(TODAY, days_in=10, days_left=720, full_fee_minor=60000)


def fee(end: datetime, now: datetime, worse_on: date | None = None) -> int:
    bound = BOUND.model_copy(update={"terms_changed_on": worse_on})
    line = customer("sub-days01", "J2", "Bound for two years.", plan(bound)).line
    return quote(Kind.LINE, (), line, end, 1, now, otherwise()).total.minor


def hours_of(day: date) -> tuple[datetime, datetime]:
    early, late = (datetime.combine(day, hour, otherwise().zone) for hour in (EARLY, LATE))
    return early, late


def test_every_hour_of_the_day_one_leaves_on_costs_the_same() -> None:
    days = [TODAY + timedelta(days=ahead) for ahead in range(1, 8)]
    fees = [[fee(end, AT) for end in hours_of(day)] for day in days]
    assert all(early == late for early, late in fees)
    assert len({early for early, _ in fees}) > 2  # the days of withdrawal end among them


def test_every_hour_of_the_day_one_asks_on_costs_the_same() -> None:
    days = [TODAY - timedelta(days=back) for back in range(25, 36)]
    fees = [[fee(FAR, now, worse_on=day) for now in hours_of(TODAY)] for day in days]
    assert all(early == late for early, late in fees)
    assert {early == 0 for early, _ in fees} == {True, False}  # so does the time of the free exit


@pytest.fixture(params=["WEST+12", "EAST-14"])
def machine_elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where noon of Shanghai is another day; written so that no file of zones is needed."""
    usual = os.environ.get("TZ")
    _set_zone(request.param)
    yield
    _set_zone(usual)


def _set_zone(name: str | None) -> None:
    os.environ.pop("TZ", None)
    if name is not None:
        os.environ["TZ"] = name
    time.tzset()


@pytest.mark.usefixtures("machine_elsewhere")
def test_the_zone_of_the_machine_moves_no_end_of_a_free_exit() -> None:
    terms = FreeExit(within=Months(months=1), clause="CN-20")
    assert days_after_worse_terms(date(2026, 3, 10), otherwise().model_copy(update={"free_exit": terms})) == 31


@pytest.mark.usefixtures("machine_elsewhere")
@pytest.mark.parametrize("hour", [EARLY, LATE])
def test_the_zone_of_the_machine_asks_no_notice_of_a_contract_that_is_not_running(hour: clock) -> None:
    """Of one that runs for this day only, and of those of the day before and the day after."""
    now, pack = datetime.combine(TODAY, hour, plain().zone), plain()
    days = [contract(TODAY + timedelta(days=ahead), days_in=0, days_left=1, full_fee_minor=0) for ahead in (-1, 0, 1)]
    lines = [customer("sub-days02", "J2", "Bound for a day.", plan(each)).line for each in days]
    ends = [quote(Kind.LINE, (), line, now, 1, now, pack).service_end for line in lines]
    assert [(end - now).days for end in ends] == [0, 30, 0]
