"""What no calendar, no price list and no clock has, in a pack: refused with its place, the reason, the remedy."""

from pathlib import Path

import pytest

from policies.pack import PackError, load
from tests.flow.packs import beside_ours, write

CALENDAR = 'calendar: {first_day: "2027-01-01", last_day: "2027-12-31", '
ROW = "{from_month: 0, share_percent: 30}"
FEES = "fees:\n- {rule: mine, name: {zh: 费, en: Fee}, clause: CN-30, "

OF_A_PACK = {
    "a 29 February that is none": ("effective_from: 2027-02-29", "/effective_from: must be a day of the calendar"),
    "a month that is none": ("effective_from: 2026-13-01", "/effective_from: must be a day of the calendar"),
    "a year of five figures": ("effective_from: 10000-01-01", "/effective_from: must be a day of the calendar"),
    "an end before its start": ("effective_from: 2027-01-01\neffective_until: 2026-01-01", "/effective_until: "),
    "a holiday on a day that is none": (f"{CALENDAR}holidays: [2027-02-29]}}", "/calendar/holidays/0: must be a day"),
    "a holiday outside the calendar": (f"{CALENDAR}holidays: [2028-02-29]}}", "2028-02-29 is outside the calendar"),
    "a weekend on a Monday": (f"{CALENDAR}working_weekends: [2027-01-04]}}", "2027-01-04 is no Saturday or Sunday"),
    "a day worked and not": (
        f"{CALENDAR}holidays: [2027-01-02], working_weekends: [2027-01-02]}}",
        "2027-01-02 is among the holidays as well",
    ),
    "a calendar that ends before it starts": (
        "calendar: {first_day: 2027-01-01, last_day: 2026-01-01}",
        "2026-01-01 is before first_day",
    ),
    "a clock that runs back": (
        "clocks: {quote_validity: -P1D}",
        "/clocks/quote_validity: a duration is never negative",
    ),
    "a clock of no months": ("clocks: {quote_validity: 0 months}", "for none at all write P0D"),
    "a clock of a thousand years": ("clocks: {quote_validity: P1000Y}", "12000 months: allowed are 1 to 1200"),
    "a clock of ten million days": ("clocks: {quote_validity: P9999999D}", "allowed are at most 36600"),
    "a clock of too many working days": ("clocks: {quote_validity: 100000 working days}", "allowed are 1 to 1000"),
    "a clock of half a month": ("clocks: {quote_validity: 1.5 months}", "'1.5 months' is no duration"),
    "a free exit of fewer days than none": ("free_exit: {days: -1, clause: CN-30}", "/free_exit/days: must be "),
    "a free exit within no months": ("free_exit: {within: 0 months, clause: CN-30}", "/free_exit/within: 0 months"),
    "a cooling-off of no days": ("cooling_off: {days: 0, base: monthly, clauses: [CN-30]}", "/cooling_off/days: "),
    "a tax with no rate on the first days": (
        "taxes: {standard: [{percent: 19, from: 2020-01-01}]}",
        "/taxes/standard: the first rate has no `from`",
    ),
    "a tax without any rate": ("taxes: {standard: []}", "/taxes/standard: the first rate"),
    "two rates on one day": (
        "taxes: {standard: [{percent: 19}, {percent: 16, from: 2020-07-01}, {percent: 17, from: 2020-07-01}]}",
        "/taxes/standard: each further rate has a `from`, a later day",
    ),
    "rates that go back in time": (
        "taxes: {standard: [{percent: 19}, {percent: 16, from: 2021-07-01}, {percent: 17, from: 2020-07-01}]}",
        "/taxes/standard: each further rate has a `from`, a later day",
    ),
    "a rate below nothing": ("taxes: {standard: -3}", "/taxes/standard: -3 is no percent from 0 to 100"),
    "a currency nobody has": ("currency: QQQ", "/currency: there is no currency 'QQQ'"),
    "a fee below nothing": ("reopening: {fee_minor: -1, clause: CN-17}", "/reopening/fee_minor: must be "),
    "a fee with three decimals": ("reopening: {fee_minor: 12.345, clause: CN-17}", "150.00 is written 15000"),
}
OF_A_FEE = {
    "months that are a number": ("family: fixed, months: 0", "/months: must be 'started', 'completed'"),
    "a cap below nothing": ("family: fixed, at_most_minor: -1", "/at_most_minor: must be "),
    "a cap of fewer months than none": ("family: fixed, at_most_months: -1", "/at_most_months: must be "),
    "a cap of no months": ("family: fixed, at_most_months: 0", "/at_most_months: is nothing"),
    "a price below nothing": ("family: cancelled-periods, parameters: {each_minor: -5}", "each_minor: must be "),
    "a price with three decimals": (
        "family: cancelled-periods, parameters: {each_minor: 12.345}",
        "each_minor: must be a whole number of minor units",
    ),
    "two shares from one month on": (
        f"family: remaining-fees, parameters: {{share_by_month: [{ROW}, {ROW}]}}",
        "share_by_month: each from_month is greater than the one before",
    ),
    "a saving below nothing": ("family: remaining-fees, parameters: {saved_minor: -1}", "saved_minor: must be "),
    "a tax nobody named": ("family: fixed, tax: gone", "there is no tax code 'gone'"),
}


def refusal(folder: Path, head: str = "", **files: str) -> str:
    write(folder, "mine", pack=f"extends: cn-carrier\npack: mine\n{head}\n", **files)
    with pytest.raises(PackError) as refused:
        load("mine", beside_ours(folder))
    return str(refused.value)


@pytest.mark.parametrize(("text", "told"), OF_A_PACK.values(), ids=OF_A_PACK)
def test_a_value_that_cannot_be_is_refused_with_its_place_and_what_may_be_there(
    tmp_path: Path, text: str, told: str
) -> None:
    said = refusal(tmp_path, text)
    assert told in said and "mine/pack.yaml: /" in said and "(line " in said


@pytest.mark.parametrize(("terms", "told"), OF_A_FEE.values(), ids=OF_A_FEE)
def test_a_fee_that_cannot_be_is_refused_with_its_place_and_what_may_be_there(
    tmp_path: Path, terms: str, told: str
) -> None:
    said = refusal(tmp_path, fees=f"{FEES}{terms}}}\n")
    assert told in said and "mine/fees.yaml: /fees" in said and "(line " in said
