"""What holds the rules together for all amounts and days: never negative, falling in time, nothing lost in a split."""

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules.core import rounded
from policies.rules.netting import ORDER
from policies.rules.period import DayCount
from policies.rules.reducing_by_date import Unit
from policies.rules.registry import apply

minor = st.integers(0, 10**9)
months = st.integers(0, 60)
term = st.integers(1, 48)
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
percent = st.decimals(0, 100, places=2)


Test = Callable[..., None]


def for_all(*drawn: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> Callable[[Test], Test]:
    """`given`, often enough to find what a rule forgets, without a clock on a busy machine."""
    often = settings(deadline=None, max_examples=60)
    return lambda test: often(given(*drawn)(test) if drawn else given(**named)(test))


def amount(rule: str, **facts: Any) -> int:
    return apply(rule, facts).amount_minor


@for_all(st.fractions(-(10**9), 10**9))
def test_half_up_rounds_a_credit_as_it_rounds_a_charge(exact: Fraction) -> None:
    assert rounded(-exact) == -rounded(exact)
    assert abs(rounded(exact) - exact) <= Fraction(1, 2)


@for_all(minor, minor, months, term)
def test_a_fee_by_step_falls_and_never_below_zero(fee: int, each: int, served: int, term_months: int) -> None:
    facts = {"fee_minor": fee, "each_minor": each, "term_months": term_months}
    now, later = (amount("reducing-by-step", **facts, completed_months=n) for n in (served, served + 1))
    assert fee >= now >= later >= 0
    assert amount("reducing-by-step", **facts, completed_months=term_months) == 0


@for_all(minor, st.lists(st.tuples(st.integers(0, 30), minor), min_size=1, max_size=5), months, term)
def test_a_scheduled_fee_falls_month_by_month_by_what_the_row_says(
    fee: int, rows: list[tuple[int, int]], served: int, term_months: int
) -> None:
    table = [{"from_month": month, "each_minor": each} for month, each in sorted(dict(rows).items())]
    facts = {"fee_minor": fee, "reductions": table, "term_months": term_months}
    now, later = (amount("reducing-schedule", **facts, completed_months=n) for n in (served, served + 1))
    reached = [row["each_minor"] for row in table if row["from_month"] <= served + 1]
    assert fee >= now >= later >= 0
    if served + 1 < term_months:
        assert later == max(0, now - (reached[-1] if reached else 0))


@for_all(minor, st.lists(percent, min_size=1, max_size=4), months)
def test_a_stepped_fee_falls_where_its_percentages_rise(fee: int, offs: list[Any], served: int) -> None:
    rows = [{"from_month": 6 * place, "percent_off": off} for place, off in enumerate(sorted(offs))]
    now, later = (amount("stepped", fee_minor=fee, schedule=rows, completed_months=n) for n in (served, served + 1))
    assert fee >= now >= later >= 0


@pytest.mark.parametrize("unit", get_args(Unit))
@for_all(fee=minor, start=days, length=st.integers(32, 1100), left=st.integers(0, 1200))
def test_a_fee_by_date_falls_from_the_whole_to_nothing(
    unit: str, fee: int, start: date, length: int, left: int
) -> None:
    end = start + timedelta(days=length)
    facts = {"fee_minor": fee, "start": start, "end_of_term": end, "unit": unit}
    day = start + timedelta(days=left)
    now, later = (amount("reducing-by-date", **facts, leaves_on=d) for d in (day, day + timedelta(days=1)))
    assert fee >= now >= later >= 0
    assert amount("reducing-by-date", **facts, leaves_on=start) == fee
    assert amount("reducing-by-date", **facts, leaves_on=end) == 0


@for_all(minor, minor, minor, st.integers(0, 240), percent, percent, percent)
def test_fees_left_fall_with_the_months_and_with_everything_taken_off(
    monthly: int, discount: int, saved: int, halves: int, share: Any, vat: Any, early: Any
) -> None:
    facts = {"monthly_minor": monthly, "share_percent": share, "vat_included_percent": vat}
    less = facts | {"discount_minor": discount, "saved_minor": saved, "early_receipt_percent": early}
    now, later = (amount("remaining-fees", **less, months_left=n / 2) for n in (halves + 1, halves))
    assert now >= later >= 0
    assert amount("remaining-fees", **facts, months_left=halves / 2) >= later


@for_all(minor, term, months, minor, months)
def test_a_device_costs_less_each_month_and_never_more_than_the_fees_left(
    device: int, table: int, served: int, monthly: int, left: int
) -> None:
    facts = {"device_minor": device, "table_months": table}
    now, later = (amount("device-residual", **facts, completed_months=n) for n in (served, served + 1))
    assert device >= now >= later >= 0
    both = amount("device-or-remaining", **facts, completed_months=served, monthly_minor=monthly, months_left=left)
    assert both == min(now, monthly * left)


@for_all(minor, months, term, st.integers(0, 24))
def test_capped_fees_are_nothing_after_the_cap(monthly: int, served: int, term_months: int, cap: int) -> None:
    facts = {"monthly_minor": monthly, "term_months": term_months, "cap_months": cap}
    now, later = (amount("capped-months", **facts, completed_months=n) for n in (served, served + 1))
    assert cap * monthly >= now >= later >= 0
    assert amount("capped-months", **facts, completed_months=cap) == 0


@pytest.mark.parametrize("day_count", get_args(DayCount))
@pytest.mark.parametrize("end_day", ["used", "unused"])
@for_all(price=minor, start=days, length=st.integers(32, 800), used=st.integers(0, 900), adjusted=minor)
def test_unused_time_is_worth_less_every_day_and_never_more_than_was_paid(
    day_count: str, end_day: str, price: int, start: date, length: int, used: int, adjusted: int
) -> None:
    facts = {
        "price_minor": price,
        "period_start": start,
        "next_period_start": start + timedelta(days=length),
        "day_count": day_count,
        "end_day": end_day,
        "adjusted_minor": adjusted,
    }
    day = start + timedelta(days=used)
    now, later = (amount("unused-time", **facts, ended_on=d) for d in (day, day + timedelta(days=1)))
    assert max(0, price - adjusted) >= now >= later >= 0
    assert amount("unused-time", **facts, ended_on=start + timedelta(days=length)) == 0


@for_all(minor, percent, st.integers(0, 40), st.data())
def test_a_credit_note_is_cut_into_parts_that_are_the_whole(
    price: int, tax: Any, used: int, data: st.DataObject
) -> None:
    facts = {
        "price_minor": price,
        "tax_percent": tax,
        "period_start": date(2026, 10, 1),
        "next_period_start": date(2026, 11, 1),
        "ended_on": date(2026, 10, 1) + timedelta(days=used),
        "trial_days": data.draw(st.integers(0, 30)),
        "coupon_minor": data.draw(st.integers(0, price)),
        "earlier_credit_minor": data.draw(minor),
        "paid_minor": data.draw(minor),
    }
    said = apply("credit-or-refund", facts).model_dump()
    assert said["net_minor"] + said["tax_minor"] == said["amount_minor"]
    assert said["refund_minor"] + said["credit_minor"] == said["amount_minor"]
    assert min(said["refund_minor"], said["credit_minor"], said["used_minor"]) >= 0
    assert said["refund_minor"] <= said["paid_share_minor"] <= facts["paid_minor"]


@for_all(minor, st.integers(0, 3000), percent, percent)
def test_a_late_fee_grows_and_is_never_above_the_law(arrears: int, late: int, law: Any, contract: Any) -> None:
    facts = {"arrears_minor": arrears, "law_per_mille": law, "contract_per_mille": contract}
    today, tomorrow = (apply("late-fee", facts | {"days_late": n}).model_dump() for n in (late, late + 1))
    assert 0 <= today["amount_minor"] <= tomorrow["amount_minor"]
    assert today["amount_minor"] == min(today["law_minor"], today["contract_minor"])
    assert today["conflict"] == (contract > law)


@for_all(minor, days, st.integers(0, 800), st.integers(0, 40))
def test_what_is_charged_to_a_commitments_end_falls_with_every_day_paid(
    monthly: int, paid: date, left: int, early: int
) -> None:
    end = paid + timedelta(days=left)
    facts = {"monthly_minor": monthly, "leaves_on": end - timedelta(days=early), "commitment_end": end}
    now, later = (amount("charge-to-commitment-end", **facts, paid_to=paid + timedelta(days=n)) for n in (0, 1))
    assert now >= later >= 0
    assert amount("charge-to-commitment-end", **facts, paid_to=end) == 0


@for_all(st.lists(minor, max_size=5), minor, months)
def test_benefits_are_paid_back_at_most_and_never_more_than_the_fees_left(
    benefits: list[int], monthly: int, left: int
) -> None:
    facts = {"benefits_minor": benefits, "monthly_minor": monthly}
    now, later = (amount("benefits-or-remaining", **facts, months_left=n) for n in (left + 1, left))
    assert now >= later == min(sum(benefits), monthly * left)


CHARGES = st.lists(
    st.builds(
        lambda kind, net, tax, disputed: {"kind": kind, "amount_minor": net, "tax_minor": tax, "disputed": disputed},
        st.sampled_from(["arrears", "late-fee", "usage", "period-fee", "early-termination", "device"]),
        minor,
        minor,
        st.booleans(),
    ),
    max_size=8,
)


@for_all(CHARGES, minor, minor, minor, minor, st.booleans())
def test_netting_conserves_money(
    charges: list[dict[str, Any]], deposit: int, prepaid: int, released: int, gift: int, offsets: bool
) -> None:
    held = {"deposit_minor": deposit, "prepaid_minor": prepaid, "pre_deposit_minor": released, "gift_minor": gift}
    said = apply("netting", {"charges": charges, "gift_offsets": offsets, **held}).model_dump()
    own, owed = deposit + prepaid + released, sum(row["amount_minor"] + row["tax_minor"] for row in charges)
    moved = said["payable_minor"] - said["refund_minor"]
    assert owed == moved + own + said["gift_used_minor"] + said["held_minor"]
    assert sum(said["open_minor"].values()) == said["payable_minor"]
    assert min(said["payable_minor"], said["refund_minor"]) == 0
    assert said["refund_minor"] <= own
    assert 0 <= said["gift_used_minor"] <= (gift if offsets else 0)


@for_all(minor, st.lists(minor, min_size=1, max_size=9).filter(any))
def test_split_parts_are_the_whole_and_none_is_a_unit_off(whole: int, weights: list[int]) -> None:
    parts = apply("split", {"amount_minor": whole, "weights": weights}).model_dump()["parts_minor"]
    assert sum(parts) == whole
    shares = (Fraction(whole * weight, sum(weights)) for weight in weights)
    assert all(abs(part - share) < 1 for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize("by", ["line", "document"])
@for_all(lines=st.lists(st.tuples(minor, st.sampled_from("ab")), min_size=1, max_size=6), a=percent, b=percent)
def test_taxes_of_the_lines_are_the_tax_and_with_the_nets_the_gross(by: str, lines: Any, a: Any, b: Any) -> None:
    rows = [{"net_minor": net, "tax": code} for net, code in lines]
    said = apply("tax", {"lines": rows, "rates": {"a": a, "b": b}, "by": by}).model_dump()
    assert sum(said["line_taxes_minor"]) == said["tax_minor"]
    assert said["net_minor"] + said["tax_minor"] == said["gross_minor"] == said["amount_minor"]


@for_all(minor, percent)
def test_a_price_with_tax_inside_is_its_two_parts_and_comes_back(gross: int, rate: Any) -> None:
    said = apply("tax-included", {"gross_minor": gross, "tax_percent": rate}).model_dump()
    assert said["net_minor"] + said["tax_minor"] == gross
    assert abs(said["tax_minor"] - said["net_minor"] * Fraction(rate) / 100) <= 1


@for_all(minor, minor, minor, minor, st.booleans())
def test_balances_are_paid_out_used_lost_or_owed_and_nothing_else(
    own: int, gift: int, released: int, usage: int, pays: bool
) -> None:
    facts = {"own_minor": own, "gift_minor": gift, "pre_deposit_minor": released, "usage_minor": usage}
    said = apply("balances-by-origin", facts | {"gift_pays_usage": pays}).model_dump()
    assert own + released - usage == said["own_minor"] - said["owed_minor"] - said["gift_used_minor"]
    assert said["gift_used_minor"] + said["gift_lost_minor"] == gift
    assert said["gift_minor"] == 0


@for_all(minor, term, months, st.sampled_from(["returned", "forfeited"]))
def test_a_pre_deposit_is_released_returned_or_forfeited(deposit: int, over: int, released: int, rest: str) -> None:
    facts = {"deposit_minor": deposit, "release_months": over, "months_released": min(over, released), "rest": rest}
    said = apply("pre-deposit", facts).model_dump()
    assert said["released_minor"] + said["amount_minor"] + said["forfeited_minor"] == deposit
    assert bool(said["flags"]) == (said["forfeited_minor"] > 0)


@for_all(minor, days, st.integers(0, 400), st.sampled_from(["real-days", "fixed-30"]))
def test_each_day_of_delay_gives_back_more(monthly: int, promised: date, late: int, count: str) -> None:
    facts = {"monthly_minor": monthly, "promised_on": promised, "day_count": count}
    now, later = (amount("delay-waiver", **facts, ended_on=promised + timedelta(days=n)) for n in (late, late + 1))
    assert 0 <= now <= later
    assert amount("delay-waiver", **facts, ended_on=promised) == 0


@pytest.mark.parametrize("method", ["daily", "half-month", "full-month"])
@for_all(monthly=minor, closes=days)
def test_the_closing_months_fee_grows_with_the_days_and_is_never_more_than_the_month(
    method: str, monthly: int, closes: date
) -> None:
    facts = {"monthly_minor": monthly, "method": method}
    on_the_day = amount("closing-month", **facts, closes_on=closes)
    assert 0 <= on_the_day <= monthly
    if (later := closes + timedelta(days=1)).month == closes.month:
        assert on_the_day <= amount("closing-month", **facts, closes_on=later)
    else:
        assert on_the_day == monthly
    unused = amount("closing-month", **facts, closes_on=closes, closing_day="unused")
    assert unused <= on_the_day


@for_all(minor, st.integers(1, 10))
def test_a_proven_overcharge_comes_back_whole_and_as_often_as_was_promised(wrong: int, times: int) -> None:
    assert amount("overcharge", overcharged_minor=wrong, times=times) == wrong * times >= wrong


@for_all(minor, st.booleans(), st.booleans(), st.one_of(st.none(), months), st.integers(0, 60))
def test_a_fee_is_due_in_full_or_not_at_all_and_nothing_always_has_a_reason(
    fee: int, disclosed: bool, bound: bool, ago: int | None, free_days: int
) -> None:
    facts = {"fee_minor": fee, "disclosed": disclosed, "lock_in_in_words": bound, "free_exit_days": free_days}
    said = apply("fee-due", facts | ({} if ago is None else {"terms_changed_days_ago": ago})).model_dump()
    assert said["amount_minor"] == (0 if said["reasons"] else fee)
    assert bool(said["reasons"]) == (not disclosed or not bound or (ago is not None and ago <= free_days))


@for_all(CHARGES, minor, minor, minor, st.booleans())
def test_more_money_on_the_account_never_costs_more_and_a_gift_is_never_paid_out(
    charges: list[dict[str, Any]], own: int, more: int, gift: int, offsets: bool
) -> None:
    facts = {"charges": charges, "gift_minor": gift, "gift_offsets": offsets}
    less, richer = (apply("netting", {**facts, "prepaid_minor": money}).model_dump() for money in (own, own + more))
    assert richer["payable_minor"] <= less["payable_minor"] and richer["refund_minor"] >= less["refund_minor"]
    assert less["refund_minor"] <= own and less["held_minor"] == richer["held_minor"]


@for_all(CHARGES, minor)
def test_what_money_does_not_reach_stays_open_at_the_end_of_the_order(charges: list[dict[str, Any]], own: int) -> None:
    said = apply("netting", {"charges": charges, "prepaid_minor": own}).model_dump()
    due = {
        kind: sum(row["amount_minor"] for row in charges if row["kind"] == kind and not row["disputed"])
        for kind in ORDER
    }
    due["tax"] = sum(row["tax_minor"] for row in charges if not row["disputed"])
    still_open = [said["open_minor"].get(kind, 0) for kind in ORDER]
    first = next((place for place, minor_units in enumerate(still_open) if minor_units), len(ORDER))
    assert all(left == due[kind] for left, kind in list(zip(still_open, ORDER, strict=True))[first + 1 :])


@for_all(CHARGES, minor)
def test_a_dispute_moves_a_charge_out_of_the_sum_and_back_again(charges: list[dict[str, Any]], own: int) -> None:
    """What is held now and owed later is what would have been owed at once."""
    argued = apply("netting", {"charges": charges, "prepaid_minor": own}).model_dump()
    at_once = apply("netting", {"charges": [row | {"disputed": False} for row in charges], "prepaid_minor": own})
    assert argued["amount_minor"] + argued["held_minor"] == at_once.amount_minor
