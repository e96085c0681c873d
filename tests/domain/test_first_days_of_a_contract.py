"""Until when a young contract is withdrawn from, and what was used of it: whole lines, to the day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, PriceChange
from contracts.fee_lines import FeeLine
from contracts.words import Kind, Money
from demo.carrier.customer import add_on, contract, customer, plan
from policies.money_terms import CoolingOff
from policies.pack import Pack, load
from policies.rules.calendars import Calendar
from policies.rules.core import RuleError
from policies.rules.registry import apply
from services.billing.cooling_off import FREE, NAME, used_so_far, withdrawn_from
from services.billing.quoting import quote

DAY = timedelta(days=1)
START = date(2026, 3, 10)  # a Tuesday; fourteen days on it is one as well
WORKED = date(2026, 3, 29)  # a Sunday
CALENDAR = Calendar(
    first_day=date(2026, 1, 1),
    last_day=date(2026, 12, 31),
    holidays=(date(2026, 3, 24), date(2026, 3, 25)),
    working_weekends=(WORKED,),
)
CN = load("cn-carrier")


def pack(free_day: Any = "counts", base: Any = "monthly", calendar: Calendar | None = None, days: int = 14) -> Pack:
    terms = CoolingOff(days=days, base=base, clauses=("CN-19",), free_day=free_day)
    return CN.model_copy(update={"cooling_off": terms, "calendar": calendar})


def signed(start: date = START, concluded: date | None = None, days: int = 730) -> Contract:
    made = contract(start, days_in=0, days_left=days, full_fee_minor=60000)
    return made.model_copy(update={"concluded": concluded})


def change(days: int, monthly: Money) -> PriceChange:
    return PriceChange(from_day=START + days * DAY, monthly_fee=monthly)


def last_day_of(known: Contract, terms: Pack) -> date:
    """The last day on which asking withdraws."""
    item, line = plan(known), customer("sub-young01", "J2", "A young contract.", plan(known)).line
    days = [START + n * DAY for n in range(-40, 60)]
    found = [day for day in days if withdrawn_from((item,), line, day, terms)]
    assert found == [day for day in days if day <= found[-1]]
    return found[-1]


@pytest.mark.parametrize(
    ("free_day", "calendar", "start", "last"),
    [
        ("counts", None, START, date(2026, 3, 24)),
        ("counts", CALENDAR, START, date(2026, 3, 24)),  # a holiday, and it counts
        ("next-working-day", None, START, date(2026, 3, 24)),
        ("next-working-day", CALENDAR, START, date(2026, 3, 26)),
        ("next-working-day", CALENDAR, START + 2 * DAY, date(2026, 3, 26)),
        ("next-working-day", None, date(2026, 3, 14), date(2026, 3, 30)),  # ends on a Saturday
        ("next-working-day", CALENDAR, date(2026, 3, 14), WORKED),
        ("next-working-day", CALENDAR, date(2026, 3, 15), WORKED),
        ("counts", None, date(2026, 3, 14), date(2026, 3, 28)),
    ],
)
def test_the_last_day_is_so_many_after_the_first_and_worked_where_the_pack_says(
    free_day: str, calendar: Calendar | None, start: date, last: date
) -> None:
    assert last_day_of(signed(start, concluded=start), pack(free_day, calendar=calendar)) == last


@pytest.mark.parametrize(
    ("concluded", "last"),
    [(None, START + 14 * DAY), (START - 20 * DAY, START - 6 * DAY), (START + 3 * DAY, START + 17 * DAY)],
)
def test_the_days_count_from_the_conclusion_or_from_the_start(concluded: date | None, last: date) -> None:
    assert last_day_of(signed(concluded=concluded), pack()) == last


def test_nobody_withdraws_from_what_has_no_contract_or_under_a_pack_without_the_right() -> None:
    items = (plan(signed()), add_on("video-pack", "视频会员", "Video pack", 1500))
    line = customer("sub-young01", "J2", "A young contract.", *items).line
    assert withdrawn_from(items, line, START, pack()) == items[:1]
    assert withdrawn_from(items, line, START, CN) == ()
    assert withdrawn_from(items, line.model_copy(update={"segment": "business"}), START, pack()) == ()


@pytest.mark.parametrize(
    ("base", "days", "price", "span"),
    [
        ("monthly", 730, 9900, 30),
        ("total-price", 730, 24 * 9900, 730),
        ("total-price", 365, 12 * 9900, 365),
        ("total-price", 20, 9900, 20),  # of less than a month, a month's fee
    ],
)
@pytest.mark.parametrize(("asked", "used"), [(-3, 0), (0, 0), (1, 1), (14, 14)])
def test_what_was_used_is_a_share_of_the_month_or_of_the_whole_price(
    base: str, days: int, price: int, span: int, asked: int, used: int
) -> None:
    item, terms = plan(signed(days=days)), pack(base=base)
    facts = {"base": base, "price_minor": price, "price_days": span, "days_used": used}
    facts |= {"days_since_conclusion": max(0, asked), "window_days": 14}
    owed = apply("withdrawal", facts)
    expected = FeeLine(
        line="cooling-off/plan-basic",
        rule="withdrawal",
        item="plan-basic",
        name=NAME,
        amount=Money(minor=owed.amount_minor),
        steps=(FREE, *owed.steps),
        clauses=("CN-19",),
        inputs={name: str(value) for name, value in facts.items()} | {"asked_to_start": "True"},
    )
    assert used_so_far(item, START + asked * DAY, terms) == expected


@pytest.mark.parametrize(("concluded", "asked"), [(START - 5 * DAY, 9), (START - 5 * DAY, 0), (None, 14)])
def test_service_is_paid_from_its_start_and_the_window_runs_from_the_conclusion(
    concluded: date | None, asked: int
) -> None:
    line = used_so_far(plan(signed(concluded=concluded)), START + asked * DAY, pack())
    since = asked + (5 if concluded else 0)
    assert (line.inputs["days_used"], line.inputs["days_since_conclusion"]) == (str(asked), str(since))
    assert line.amount.minor == 9900 * asked // 30


EURO = Money(minor=1, currency="EUR")
STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "two prices from one day on": (
        {"price_changes": (change(40, Money(minor=100)), change(40, Money(minor=200)))},
        f"price_changes: at plan-basic from {START + 40 * DAY} on the monthly fee is 100 and 200 minor units",
    ),
    "a price in another currency": ({"price_changes": (change(40, EURO),)}, "price_changes: is in EUR"),
    "a price below nothing": ({"price_changes": (change(40, Money(minor=-1)),)}, "price_changes: -1 is below zero"),
    "a monthly fee in another currency": ({"monthly_fee": EURO}, "monthly_fee: is in EUR"),
    "a monthly fee below nothing": ({"monthly_fee": Money(minor=-1)}, "monthly_fee: -1 is below zero"),
}


@pytest.mark.parametrize(("changed", "named"), STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("base", ["monthly", "total-price"])
def test_prices_that_make_no_sense_are_named_where_the_contract_is_withdrawn_from_as_well(
    base: str, changed: dict[str, Any], named: str
) -> None:
    item = plan(signed())
    with pytest.raises(RuleError, match=f"^contracts/{signed().contract}/{named}"):
        used_so_far(item.model_copy(update=changed), START + 3 * DAY, pack(base=base))


def other(days_left: int) -> Item:
    made = contract(START, days_in=300, days_left=days_left, full_fee_minor=100)
    return add_on("video-pack", "视频会员", "Video pack", 1500, made)


@pytest.mark.parametrize(
    ("items", "notice"),
    [
        ((plan(signed()),), 0),
        ((plan(signed()), add_on("video-pack", "视频会员", "Video pack", 1500)), 0),
        ((plan(signed()), other(100)), 30),
        ((plan(signed()), other(0)), 0),
    ],
)
def test_who_withdraws_needs_no_notice_unless_another_contract_goes_with_it(
    items: tuple[Item, ...], notice: int
) -> None:
    now = datetime.combine(START + DAY, time(9), CN.zone).astimezone(UTC)
    terms = pack().model_copy(update={"charge_end": dict.fromkeys(Kind, "month-end")})
    offer = quote(Kind.LINE, (), customer("sub-young01", "J2", "Young.", *items).line, now, 1, now, terms)
    assert offer.service_end == offer.charge_end == now + notice * DAY
    assert offer.cooling_off == ("plan-basic",)
    assert offer.lines[0].rule == "withdrawal"


@pytest.mark.parametrize(
    ("base", "from_day", "price"),
    [
        ("monthly", 0, 12000),
        ("monthly", 1, 9900),  # what was agreed for the first day counts, whatever comes within the fourteen
        ("total-price", 0, 24 * 12000),
        ("total-price", 31, 9900 + 23 * 12000),  # the second month begins on this very day
        ("total-price", 32, 2 * 9900 + 22 * 12000),
        ("total-price", 730, 24 * 9900),
    ],
)
def test_each_month_of_the_whole_price_has_the_price_of_the_day_on_which_it_begins(
    base: str, from_day: int, price: int
) -> None:
    item = plan(signed()).model_copy(update={"price_changes": (change(from_day, Money(minor=12000)),)})
    line = used_so_far(item, START + 6 * DAY, pack(base=base))
    assert line.inputs["price_minor"] == str(price)
    assert line.amount.minor == round(price * 6 / (30 if base == "monthly" else 730))
