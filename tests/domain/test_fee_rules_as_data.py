"""Fee rules that a pack makes of smaller ones: dated prices, the lower of two, shares by phase, net beside gross."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.carrier.subscriptions import PriceChange
from contracts.words import Kind, Money
from policies.owners.vectors import Vector, run
from policies.pack import Pack, PackError, load
from policies.rules.contract_facts import ContractOnDay
from policies.rules.families import FAMILIES, NESTED, FeeTerms, early_end_fee
from policies.rules.family_names import CALLED
from policies.rules.registry import RULES, apply
from services.billing.quoting import quote
from tests.domain.test_published_money import line

PHASES = "share_by_month: [{from_month: 0, share_percent: 9}]"
LOWER = """
family: lower-of
of:
- {family: share-of-remaining}
- family: remaining-fees
  parameters: {share_by_month: [{from_month: 0, share_percent: 50}, {from_month: 12, share_percent: 30}]}
"""


def pack_with(folder: Path, fee: str) -> Pack:
    (folder / "mine").mkdir()
    (folder / "mine" / "pack.yaml").write_text("extends: cn-carrier\npack: mine\n", encoding="utf-8")
    rows = "\n".join(f"  {each}" for each in fee.strip().splitlines())
    head = "fees:\n- rule: mine\n  name: {zh: 费, en: Fee}\n  clause: CN-30\n"
    (folder / "mine" / "fees.yaml").write_text(f"{head}{rows}\n", encoding="utf-8")
    return load("mine", (folder, Path("policies").resolve()))


def net(pack: Pack, start: str, end: str, leaves: str, **facts: Any) -> int:
    dates = {"start": start, "end_of_term": end, "leaves_on": leaves}
    given = {name: date.fromisoformat(day) for name, day in dates.items()} | {"fee_minor": 0} | facts
    [result] = run([Vector(id="x", rule="fees/mine", given=given, expect={"amount_minor": -1})], pack)
    assert not result.faults, result.faults
    return int(result.differences[0].got)


@pytest.mark.parametrize(
    ("leaves", "amount"),
    [
        ("2026-07-01", 3600),  # 300 over 24, 6 left, 20 a month: 75.00 against 30 % of 120.00
        ("2025-10-01", 15000),  # 15 left: 187.50 against 50 % of 300.00
        ("2026-12-01", 600),
    ],
)
def test_the_lower_of_an_advantage_in_proportion_and_a_share_of_the_fees_by_phase(
    tmp_path: Path, leaves: str, amount: int
) -> None:
    pack = pack_with(tmp_path, LOWER)
    assert net(pack, "2025-01-01", "2027-01-01", leaves, fee_minor=30000, monthly_minor=2000) == amount


def test_what_a_sum_is_made_of_is_said_in_amounts_of_the_contract() -> None:
    terms = FeeTerms.model_validate({"family": "sum-of", "of": [{"family": "fixed"}, {"family": "remaining-fees"}]})
    days = {"start": date(2025, 1, 1), "end_of_term": date(2027, 1, 1), "leaves_on": date(2026, 10, 1)}
    facts = ContractOnDay(**days, fee_minor=30000, monthly_minor=2000, currency="EUR")
    assert early_end_fee(terms, facts, {}).steps[-1].en == "EUR 300.00 + EUR 60.00 = EUR 360.00"


def test_a_nested_rule_has_caps_inside_and_outside(tmp_path: Path) -> None:
    fee = "family: sum-of\nat_most_minor: 14000\nof: [{family: fixed, at_most_minor: 5000}, {family: remaining-fees}]"
    pack = pack_with(tmp_path, fee)
    facts = {"fee_minor": 30000, "monthly_minor": 2000}
    assert net(pack, "2025-01-01", "2027-01-01", "2026-10-01", **facts) == 5000 + 3 * 2000
    assert net(pack, "2025-01-01", "2027-01-01", "2026-01-01", **facts) == 14000


@pytest.mark.parametrize(
    ("fee", "named"),
    [
        ("family: lower-of\n", "needs two families or more"),
        ("family: lower-of\nof: [{family: none}]\n", "needs two families or more"),
        ("family: fixed\nof: [{family: none}, {family: fixed}]\n", "only lower-of, higher-of, sum-of"),
        ("family: lower-of\nof: [{family: none}, {family: fixed, tax: basic-telecom}]\n", "of/1/tax"),
        ("family: lower-of\nparameters: {each_minor: 1}\nof: [{family: none}, {family: fixed}]\n", "belong to the fam"),
        ("family: stepped\nmonths: half\nparameters: {schedule: [{from_month: 0, percent_off: 0}]}\n", "whole months"),
        ("family: device-residual\nmonths: started-half\n", "whole months only"),
        (
            f"family: remaining-fees\nparameters: {{share_percent: 4, {PHASES}}}",
            "leave one of the two out",
        ),
        ("family: remaining-fees\nparameters: {prices: []}\n", "comes from the contract"),
    ],
)
def test_a_rule_that_does_not_fit_together_is_refused_with_what_to_write(tmp_path: Path, fee: str, named: str) -> None:
    with pytest.raises(PackError, match=named):
        pack_with(tmp_path, fee)


CHANGES = [
    {"from_day": date(2025, 4, 1), "monthly_minor": 3150},
    {"from_day": date(2026, 4, 1), "monthly_minor": 3300},
]


@pytest.mark.parametrize(
    ("fee", "leaves", "amount"),
    [
        ("family: remaining-fees", "2025-03-01", 73800),  # 30.00 + 12 x 31.50 + 10 x 33.00
        ("family: remaining-fees", "2026-12-01", 2 * 3300),
        ("family: remaining-fees\nmonths: half", "2025-03-16", 1500 + 12 * 3150 + 10 * 3300),
        ("family: charge-to-commitment-end", "2025-02-28", 73800),
        ("family: capped-months\nparameters: {cap_months: 3}", "2025-03-01", 3000 + 3150),
        ("family: benefits-or-remaining\nparameters: {benefits_minor: [99999999]}", "2025-03-01", 73800),
        ("family: device-or-remaining\nparameters: {device_minor: 99999999}", "2025-03-01", 73800),
        ("family: remaining-fees\nat_most_months: 2", "2025-03-01", 3000 + 3150),
    ],
)
def test_a_price_that_changes_inside_the_term_is_charged_from_its_day_on(
    tmp_path: Path, fee: str, leaves: str, amount: int
) -> None:
    """30.00, 31.50 from April 2025, 33.00 from April 2026, 23 months left: 738.00."""
    pack = pack_with(tmp_path, fee)
    assert net(pack, "2025-02-01", "2027-02-01", leaves, monthly_minor=3000, price_changes=CHANGES) == amount


def test_the_carrier_says_which_prices_are_agreed_for_later(tmp_path: Path) -> None:
    pack = pack_with(tmp_path, "family: remaining-fees")
    known = line(pack, "2025-02-01", "2027-02-01", rule="mine")
    changes = tuple(
        PriceChange(from_day=each["from_day"], monthly_fee=Money(minor=each["monthly_minor"])) for each in CHANGES
    )
    items = tuple(item.model_copy(update={"price_changes": changes}) for item in known.items)
    now = datetime(2025, 2, 10, tzinfo=UTC)
    offer = quote(
        Kind.PRODUCT, ("plan-a",), known.model_copy(update={"items": items}), datetime(2025, 3, 1, 4, tzinfo=UTC), 1,
        now, pack,
    )  # fmt: skip
    assert offer.total.minor == 73800


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"saved_net_minor": 450}, 22950),  # FV-03 with both without tax
        ({"vat_included_percent": 20, "saved_net_minor": 450}, 18450),  # 30.00 is 25.00 net; less 4.50 is 20.50
        ({"vat_included_percent": 20, "saved_minor": 450}, 19125),  # 25.50 is 21.25 net
    ],
)
def test_a_cost_saved_without_tax_stands_beside_a_fee_with_tax(facts: dict[str, int], amount: int) -> None:
    assert apply("remaining-fees", {"monthly_minor": 3000, "months_left": 9} | facts).amount_minor == amount


def test_every_family_has_a_name_for_the_customer() -> None:
    assert set(FAMILIES) <= set(CALLED)


@pytest.mark.parametrize("family", sorted(set(FAMILIES.values()) - set(NESTED)))
def test_every_amount_a_fee_rule_takes_says_whether_tax_is_in_it(family: str) -> None:
    fields = RULES[family].given.model_fields.items()
    silent = [name for name, field in fields if name.endswith("_minor") and "tax" not in (field.description or "")]
    assert silent in ([], ["table_minor"])


@pytest.mark.parametrize(
    ("fee", "amount"),
    [
        ("family: device-residual\nmonths: started", 15000),
        ("family: device-residual", 16000),
        ("family: share-of-remaining\nmonths: started", 15000),
        ("family: share-of-remaining\nmonths: half", 15500),
        ("family: share-of-remaining\nmonths: started-half", 15500),
        ("family: remaining-fees\nmonths: started-half", 15500),
        ("family: reducing-by-step\nmonths: started\nparameters: {each_minor: 1000}", 15000),
        ("family: reducing-schedule\nmonths: started\nparameters: {reductions: [{from_month: 1, each_minor: 1000}]}",
         15000),
        ("family: cancelled-periods\nmonths: started\nparameters: {each_minor: 1000}", 15000),
        ("family: capped-months\nmonths: started\nparameters: {cap_months: 10}", 1000),
        ("family: stepped\nmonths: started\nparameters: {schedule: [{from_month: 9, percent_off: 50}]}", 12000),
        ("family: stepped\nparameters: {schedule: [{from_month: 9, percent_off: 50}]}", 24000),
    ],
)  # fmt: skip
def test_a_month_that_has_begun_counts_as_served_wherever_months_are_counted(
    tmp_path: Path, fee: str, amount: int
) -> None:
    """240 over 24 after 8.5 months."""
    pack = pack_with(tmp_path, fee)
    assert net(pack, "2025-01-01", "2027-01-01", "2025-09-16", fee_minor=24000, monthly_minor=1000) == amount
