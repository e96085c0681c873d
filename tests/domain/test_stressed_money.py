"""Odd circumstances on top of each other, each with its sum as worked out by hand; the working stands beside it."""

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter

from policies.pack import load
from policies.rules.registry import apply
from policies.rules.tax import DatedRates

MARCH = {"period_start": date(2026, 3, 1), "next_period_start": date(2026, 4, 1), "price_minor": 3000}
OCTOBER = {"period_start": date(2026, 10, 1), "next_period_start": date(2026, 11, 1)}
IN_BERLIN = {"day_count": "30/360", "time_zone": "Europe/Berlin"}
KWD_LINE = OCTOBER | {"price_minor": 31000, "tax_percent": 5, "ended_on": date(2026, 10, 15), "currency": "KWD"}
DELAY = {"monthly_minor": 7750, "promised_on": date(2026, 2, 27), "currency": "KWD"}
LATE = {"arrears_minor": 9800, "days_late": 33, "law_per_mille": "0.4", "currency": "JPY"}
OWED = [
    {"kind": "arrears", "amount_minor": 4546, "tax_minor": 454},
    {"kind": "late-fee", "amount_minor": 15},
    {"kind": "early-termination", "amount_minor": 12000, "disputed": True},
]
FILS = [{"net_minor": 5, "tax": "vat"}] * 3
COMMITTED = {"monthly_minor": 2980, "paid_to": date(2028, 1, 30), "commitment_end": date(2028, 3, 14)}
SIX_MONTHS = {"monthly_minor": 3000, "term_months": 24, "cap_months": 6}
SIX_DAYS = {"days_used": 6, "currency": "JPY"}
A_TERM = {"base": "total-price", "price_minor": 131472, "price_days": 730}

STRESSED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # 12.345 x 10 / 31 = 3.98225...
    "a month of three decimals": (
        "closing-month",
        {"monthly_minor": 12345, "closes_on": date(2026, 3, 10), "method": "daily", "currency": "KWD"},
        {"amount_minor": 3982},
    ),
    # 3278 x 17 / 29 = 1921.58...: 2028 has a 29 February
    "a month of no decimals in a leap year": (
        "closing-month",
        {"monthly_minor": 3278, "closes_on": date(2028, 2, 17), "method": "daily", "currency": "JPY"},
        {"amount_minor": 1922},
    ),
    # the 28th, 23:30 there: 29 to 30 March are unused, of thirty; 3000 x 2 / 30
    "by thirty days, before the clock goes forward": (
        "unused-time",
        MARCH | IN_BERLIN | {"ended_at": "2026-03-28T22:30:00Z"},
        {"amount_minor": 200, "unused_units": 2, "whole_units": 30},
    ),
    # the same hour of UTC two days on is the 30th, 00:30: the 31st is the thirtieth day, 3000 x 1 / 30
    "by thirty days, after it": (
        "unused-time",
        MARCH | IN_BERLIN | {"ended_at": "2026-03-29T22:30:00Z"},
        {"amount_minor": 100, "unused_units": 1},
    ),
    # 25 October lasts from 22:00 to 23:00 of UTC, an hour longer than others: 26 to 30 are unused
    "the first moment of the day on which the clock goes back": (
        "unused-time",
        OCTOBER | IN_BERLIN | {"price_minor": 3000, "ended_at": "2026-10-24T22:00:00Z"},
        {"amount_minor": 500},
    ),
    "its last one": (
        "unused-time",
        OCTOBER | IN_BERLIN | {"price_minor": 3000, "ended_at": "2026-10-25T22:59:59Z"},
        {"amount_minor": 500},
    ),
    "and the next": (
        "unused-time",
        OCTOBER | IN_BERLIN | {"price_minor": 3000, "ended_at": "2026-10-25T23:00:00Z"},
        {"amount_minor": 400},
    ),
    # 31.000 and 5 % are 32.550; 16 of 31 days are 16.000 and 0.800, so 15.750 was used: more than the 10.000 paid
    "more would come back than was ever paid": (
        "credit-or-refund",
        KWD_LINE | {"paid_minor": 10000},
        {"amount_minor": 16800, "refund_minor": 0, "credit_minor": 16800, "used_minor": 15750},
    ),
    "a fils more paid than used": (
        "credit-or-refund",
        KWD_LINE | {"paid_minor": 15751},
        {"refund_minor": 1, "credit_minor": 16799},
    ),
    # 20.000 less 15.750, less what came back before
    "paid in part, and a part of it came back before": (
        "credit-or-refund",
        KWD_LINE | {"paid_minor": 20000, "earlier_refund_minor": 250},
        {"refund_minor": 4000, "credit_minor": 12800},
    ),
    # 28 February is a 28th of its month, 1 and 2 March are two 31sts: 276.78... + 500
    "a delay over the end of February": (
        "delay-waiver",
        DELAY | {"ended_on": date(2026, 3, 2)},
        {"amount_minor": 777, "days_late": 3},
    ),
    # five at least: 276.78... + 4 / 31 of 7750, and no day more where it is on time
    "a delay shorter than the least that is given back": (
        "delay-waiver",
        DELAY | {"ended_on": date(2026, 3, 2), "least_days": 5},
        {"amount_minor": 1277},
    ),
    "no delay": ("delay-waiver", DELAY | {"ended_on": date(2026, 2, 27), "least_days": 5}, {"amount_minor": 0}),
    # 9800 x 33 x 0.4 per mille = 129.36
    "a late fee of no decimals": ("late-fee", LATE, {"amount_minor": 129, "conflict": False}),
    # 9800 x 33 per mille = 323.4 is asked, and the law has its way
    "a clause above the law": (
        "late-fee",
        LATE | {"contract_per_mille": 1},
        {"amount_minor": 129, "contract_minor": 323, "conflict": True},
    ),
    "and below a limit of one percent": (
        "late-fee",
        LATE | {"contract_per_mille": 1, "at_most_percent": 1},
        {"amount_minor": 98},
    ),
    # 50.000 x 7 % x 30 / 360 = 0.29166...
    "interest on a deposit, by 360 days": (
        "late-refund",
        {
            "refund_minor": 50000,
            "days_late": 40,
            "free_days": 10,
            "percent_a_year": 7,
            "days_of_year": 360,
            "currency": "KWD",
        },
        {"amount_minor": 292},
    ),
    # 5000 + 15 - 3000 - 4000: the gift has nothing to pay, the fee is argued about
    "own money covers all but what is disputed": (
        "netting",
        {"charges": OWED, "deposit_minor": 3000, "prepaid_minor": 4000, "gift_minor": 1000, "gift_offsets": True},
        {"amount_minor": -1985, "refund_minor": 1985, "held_minor": 12000, "gift_used_minor": 0, "open_minor": {}},
    ),
    "a gift pays the last of it and is not paid out": (
        "netting",
        {"charges": OWED, "deposit_minor": 3000, "prepaid_minor": 2000, "gift_minor": 1000, "gift_offsets": True},
        {"amount_minor": 0, "refund_minor": 0, "gift_used_minor": 15},
    ),
    # 5 x 5 % is a quarter: nothing three times, or three quarters once
    "tax of the smallest lines, each": (
        "tax",
        {"lines": FILS, "rates": {"vat": 5}, "currency": "KWD"},
        {"tax_minor": 0},
    ),
    "tax of the smallest lines, together": (
        "tax",
        {"lines": FILS, "rates": {"vat": 5}, "currency": "KWD", "by": "document"},
        {"tax_minor": 1, "amount_minor": 16},
    ),
    # 31 January and a month is 29 February; to 14 March are 15 of the 31 days to 31 March: 2980 x 46 / 31 = 4421.9...
    "a commitment over the end of a leap February": (
        "charge-to-commitment-end",
        COMMITTED | {"leaves_on": date(2028, 2, 1), "currency": "JPY"},
        {"amount_minor": 4422, "months_charged": 1, "days_charged": 15},
    ),
    "who leaves on its last day pays it": (
        "charge-to-commitment-end",
        COMMITTED | {"leaves_on": date(2028, 3, 14)},
        {"amount_minor": 4422},
    ),
    "who leaves a day later does not": (
        "charge-to-commitment-end",
        COMMITTED | {"leaves_on": date(2028, 3, 15)},
        {"amount_minor": 0, "reason": "term_over"},
    ),
    # to the end of the sixth month: 2 x 30.00, 1 x 30.00, nothing
    "a cap with two months to go": ("capped-months", SIX_MONTHS | {"completed_months": 4}, {"amount_minor": 6000}),
    "a cap in its last month": ("capped-months", SIX_MONTHS | {"completed_months": 5}, {"amount_minor": 3000}),
    "a cap that has passed": (
        "capped-months",
        SIX_MONTHS | {"completed_months": 6},
        {"amount_minor": 0, "reason": "cap_passed"},
    ),
    # and what the cap leaves is let off until the thirtieth day after worse terms
    "a capped fee on the last day of a free exit": (
        "fee-due",
        {"fee_minor": 6000, "terms_changed_days_ago": 30},
        {"amount_minor": 0, "reason": "contract_change"},
    ),
    "a capped fee the day after": (
        "fee-due",
        {"fee_minor": 6000, "terms_changed_days_ago": 31},
        {"amount_minor": 6000},
    ),
    # 5478 x 6 / 30 = 1095.6; 131472 x 6 / 730 = 1080.59...
    "six days of a month": (
        "withdrawal",
        SIX_DAYS | {"base": "monthly", "price_minor": 5478, "price_days": 30},
        {"amount_minor": 1096},
    ),
    "six days of two years": ("withdrawal", SIX_DAYS | A_TERM, {"amount_minor": 1081}),
    "six days that nobody asked for": (
        "withdrawal",
        SIX_DAYS | A_TERM | {"asked_to_start": False},
        {"amount_minor": 0, "reason": "not_asked_to_start"},
    ),
    "a fils charged wrongly": (
        "overcharge",
        {"overcharged_minor": 1, "times": 2, "currency": "KWD"},
        {"amount_minor": 2},
    ),
}


@pytest.mark.parametrize("name", STRESSED)
def test_it_comes_out_as_by_hand(name: str) -> None:
    rule, facts, expected = STRESSED[name]
    found = apply(rule, facts).model_dump()
    assert {field: found[field] for field in expected} == expected


@pytest.mark.parametrize(
    ("day", "percent"), [("2020-06-30", 19), ("2020-07-01", 16), ("2020-12-31", 16), ("2021-01-01", 19)]
)
def test_the_tax_of_a_half_year_is_that_of_the_day_of_supply(day: str, percent: int) -> None:
    """The German change of 2020, to the day."""
    dated = [{"percent": 19}, {"percent": 16, "from": "2020-07-01"}, {"percent": 19, "from": "2021-01-01"}]
    made = load("de").model_copy(update={"taxes": TypeAdapter(DatedRates).validate_python({"standard": dated})})
    assert made.rates_on(date.fromisoformat(day))["standard"] == percent
