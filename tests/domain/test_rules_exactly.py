"""The rules beside plain fractions: half a unit off at most, days that add up, and never more back than was worth."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume
from hypothesis import strategies as st

from policies.rules.caps import Chosen, LowerOf, higher_of, lower_of
from policies.rules.dates import completed_months, half_months, months_later, started_half_months, started_months
from policies.rules.registry import apply
from tests.domain.test_rules_properties import CHARGES, amount, days, for_all, minor, months, percent, term

HALF = Fraction(1, 2)
halves = st.integers(0, 96).map(lambda n: n / 2)


def exactly(rule: str, exact: Fraction, **facts: Any) -> None:
    """Half up is the exact amount to half a unit, half even too; both agree where there is no half."""
    up, even = (amount(rule, **facts, rounding=mode) for mode in ("half-up", "half-even"))
    assert abs(up - exact) <= HALF and abs(even - exact) <= HALF
    assert up == even or abs(up - exact) == HALF


@for_all(minor, minor, minor, halves, percent, percent, percent)
def test_fees_left_are_one_product_rounded_once(
    monthly: int, discount: int, saved: int, left: float, share: Any, vat: Any, early: Any
) -> None:
    exact = max(0, monthly - discount - saved) * Fraction(left) * Fraction(share) / 100
    exact = exact / (1 + Fraction(vat) / 100) * (1 - Fraction(early) / 100)
    facts = {"monthly_minor": monthly, "discount_minor": discount, "saved_minor": saved, "months_left": left}
    facts |= {"share_percent": share, "vat_included_percent": vat, "early_receipt_percent": early}
    exactly("remaining-fees", exact, **facts)


@for_all(minor, st.integers(0, 400), percent)
def test_a_late_fee_is_one_product_rounded_once(arrears: int, late: int, rate: Any) -> None:
    facts = {"arrears_minor": arrears, "days_late": late, "law_per_mille": rate}
    exactly("late-fee", Fraction(rate) * arrears * late / 1000, **facts)


@for_all(minor, term, months)
def test_a_device_by_equal_parts_is_one_ratio_rounded_once(device: int, over: int, served: int) -> None:
    exact = Fraction(device * max(0, over - served), over)
    exactly("device-residual", exact, device_minor=device, table_months=over, completed_months=served)


a_month = st.tuples(st.just("monthly"), st.integers(28, 31))
any_time = st.tuples(st.just("total-price"), st.integers(1, 800))


@for_all(minor, a_month | any_time, st.integers(0, 14))
def test_a_withdrawal_pays_the_days_used_and_never_more_than_the_price(
    price: int, price_is_for: tuple[str, int], used: int
) -> None:
    base, over = price_is_for
    facts = {"base": base, "price_minor": price, "price_days": over, "days_used": used}
    exactly("withdrawal", Fraction(price * min(used, over), over), **facts)
    assert 0 <= amount("withdrawal", **facts) <= price
    assert amount("withdrawal", **facts, asked_to_start=False) == 0


@for_all(minor, days)
def test_the_closing_days_of_a_month_are_the_month(monthly: int, day: date) -> None:
    facts = {"monthly_minor": monthly, "closes_on": day}
    daily = [amount("closing-month", **facts, method="daily", closing_day=each) for each in ("unused", "used")]
    assert 0 <= daily[0] <= daily[1] <= amount("closing-month", **facts, method="full-month") == monthly
    last = months_later(day.replace(day=1), 1) - timedelta(days=1)
    assert amount("closing-month", monthly_minor=monthly, closes_on=last, method="daily") == monthly


@for_all(minor, days, st.integers(1, 800), st.integers(0, 800))
def test_days_used_and_days_unused_are_the_period(price: int, start: date, length: int, used: int) -> None:
    assume(1 <= used <= length)
    facts = {"period_start": start, "next_period_start": start + timedelta(days=length), "price_minor": price}
    ended = start + timedelta(days=used - 1)
    said = apply("unused-time", facts | {"ended_on": ended}).model_dump()
    assert (said["unused_units"] + used, said["whole_units"]) == (length, length)
    exactly("unused-time", Fraction(price * (length - used), length), **facts, ended_on=ended)
    one_day_more = apply("unused-time", facts | {"ended_on": ended, "end_day": "unused"}).model_dump()
    assert one_day_more["unused_units"] == said["unused_units"] + 1


OCTOBER = {"period_start": date(2026, 10, 1), "next_period_start": date(2026, 11, 1)}


@for_all(minor, percent, st.lists(minor, max_size=3), st.integers(1, 31), st.data())
def test_credit_notes_one_after_the_other_never_give_back_more_than_the_line_was_worth(
    price: int, tax: Any, earlier: list[int], used: int, data: st.DataObject
) -> None:
    """With whatever was credited before, coupon and tax included, to a unit for each rounding."""
    coupon, paid = data.draw(st.integers(0, price)), data.draw(minor)
    facts = OCTOBER | {"price_minor": price, "tax_percent": tax, "coupon_minor": coupon, "paid_minor": paid}
    facts |= {"ended_on": date(2026, 10, used)}
    whole = apply("credit-or-refund", facts | {"ended_on": date(2026, 9, 30)}).model_dump()
    for credited in accumulate(earlier, initial=0):
        said = apply("credit-or-refund", facts | {"earlier_credit_minor": credited}).model_dump()
        kept = (1 - Fraction(coupon, price) if price else 1) * (1 + Fraction(tax) / 100)
        assert said["amount_minor"] <= max(0, whole["amount_minor"] - credited * kept) + 3
        assert said["used_minor"] + said["amount_minor"] <= whole["amount_minor"]
        assert said["refund_minor"] <= max(0, said["paid_share_minor"] - said["used_minor"])


@for_all(st.lists(st.tuples(st.text(min_size=1), minor), min_size=1, max_size=6))
def test_the_lower_of_some_is_the_least_of_them_by_its_name(rows: list[tuple[str, int]]) -> None:
    said = apply("lower-of", {"amounts": [{"name": name, "amount_minor": each} for name, each in rows]}).model_dump()
    assert said["amount_minor"] == min(each for _, each in rows)
    assert (said["chosen"], said["amount_minor"]) in rows


@for_all(minor, days, st.integers(0, 200), st.integers(0, 200), st.sampled_from(["real-days", "fixed-30"]))
def test_a_delay_cut_in_two_costs_what_it_costs_whole(monthly: int, day: date, one: int, two: int, count: str) -> None:
    middle, end = day + timedelta(days=one), day + timedelta(days=one + two)
    facts = {"monthly_minor": monthly, "day_count": count}
    spans = ((day, middle), (middle, end))
    parts = [amount("delay-waiver", **facts, promised_on=first, ended_on=last) for first, last in spans]
    assert abs(sum(parts) - amount("delay-waiver", **facts, promised_on=day, ended_on=end)) <= 1
    assert amount("delay-waiver", **facts, promised_on=end, ended_on=day) == 0


@for_all(CHARGES, minor)
def test_what_stays_unpaid_is_the_last_in_the_order(charges: list[dict[str, Any]], prepaid: int) -> None:
    facts = {"charges": charges, "prepaid_minor": prepaid}
    order = ["tax", "arrears", "late-fee", "usage", "period-fee", "early-termination", "device"]
    unpaid = apply("netting", facts).model_dump()["open_minor"]
    owed = dict.fromkeys(order, 0)
    for row in (each for each in charges if not each["disputed"]):
        owed[row["kind"]] += row["amount_minor"]
        owed["tax"] += row["tax_minor"]
    touched = next((place for place, kind in enumerate(order) if unpaid.get(kind, 0)), len(order))
    assert all(unpaid.get(kind, 0) == owed[kind] for kind in order[touched + 1 :])


@for_all(days, st.integers(0, 2000))
def test_months_counted_three_ways_keep_their_order_and_never_fall(start: date, length: int) -> None:
    end, next_day = start + timedelta(days=length), start + timedelta(days=length + 1)
    for count in (completed_months, half_months, started_half_months, started_months):
        assert 0 <= count(start, end) <= count(start, next_day)
    assert completed_months(start, end) <= half_months(start, end) <= started_half_months(start, end)
    assert started_half_months(start, end) <= half_months(start, end) + Decimal("0.5")
    assert started_half_months(start, end) <= started_months(start, end)
    assert months_later(start, completed_months(start, end)) <= end


@for_all(days, st.integers(0, 200), st.integers(-5, 205), minor)
def test_a_number_is_free_on_one_day_and_can_be_reopened_before_it(day: date, kept: int, asks: int, fee: int) -> None:
    facts = {"closed_on": day, "quarantine_days": kept, "reopen_fee_minor": fee}
    assume(asks >= 0)
    said = apply("quarantine", facts | {"asks_on": day + timedelta(days=asks)}).model_dump()
    assert said["free_on"] == day + timedelta(days=kept)
    assert (said["can_reopen"], said["amount_minor"]) == ((asks < kept), fee if asks < kept else 0)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Brussels", "America/New_York", "Asia/Kathmandu", "UTC"])
@for_all(day=st.dates(date(1995, 1, 1), date(2099, 12, 31)))
def test_a_customers_day_begins_at_their_midnight_also_when_the_clocks_change(zone: str, day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for moment, expected in ((midnight, day), (midnight - timedelta(seconds=1), day - timedelta(days=1))):
        said = apply("customers-day", {"moment": moment, "time_zone": zone}).model_dump()
        assert said["day"] == expected


@pytest.mark.parametrize(
    ("of", "zh", "en"),
    [
        (lower_of, "取最低：a CNY 1.00、b CNY 2.00 → CNY 1.00", "the lowest of a CNY 1.00, b CNY 2.00: CNY 1.00"),
        (higher_of, "取最高：a CNY 1.00、b CNY 2.00 → CNY 2.00", "the highest of a CNY 1.00, b CNY 2.00: CNY 2.00"),
    ],
)
def test_what_was_chosen_is_said_in_both_languages(of: Callable[[LowerOf], Chosen], zh: str, en: str) -> None:
    amounts = [{"name": "a", "amount_minor": 100}, {"name": "b", "amount_minor": 200}]
    [step] = of(LowerOf.model_validate({"amounts": amounts, "currency": "CNY"})).steps
    assert (step.zh, step.en) == (zh.replace("CNY ", "¥"), en)


def test_a_charge_to_the_end_of_a_commitment_says_each_amount_in_its_currency() -> None:
    facts = {"paid_to": date(2026, 10, 31), "commitment_end": date(2026, 12, 15), "leaves_on": date(2026, 10, 15)}
    step = apply("charge-to-commitment-end", {"monthly_minor": 5000, "currency": "EUR", **facts}).steps[-1]
    assert step.en == "1 x EUR 50.00 + 15 / 31 x EUR 50.00 = EUR 74.19"
