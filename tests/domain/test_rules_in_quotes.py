"""The engine in a quote: a contract, a fee rule of the pack, and what it costs to leave on a day."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, ItemKind, PriceChange
from contracts.fee_lines import FeeLine
from contracts.words import Kind, Money, Text
from demo.carrier.customer import customer
from policies.money_terms import UnknownFeeRule
from policies.pack import FOLDER, Pack, PackError, load
from policies.rules.core import RuleError
from services.billing.cooling_off import used_so_far
from services.billing.days_of_service import delay_cost
from services.billing.fees import early_termination_fee
from services.billing.quoting import quote

START, END = date(2025, 1, 1), date(2027, 1, 1)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def item(
    fee_rule: str,
    *,
    full: int = 24000,
    monthly: int = 3000,
    lock_in: bool = True,
    end: date = END,
    currency: str = "CNY",
) -> Item:
    contract = Contract(
        contract="c1",
        start=START,
        end=end,
        lock_in=lock_in,
        clause="CN-30",
        fee_rule=fee_rule,
        full_fee=Money(minor=full, currency=currency),
    )
    return Item(
        item="plan-a",
        name=Text(zh="套餐", en="Plan"),
        kind=ItemKind.PLAN,
        monthly_fee=Money(minor=monthly, currency=currency),
        contract=contract,
    )


def pack_with(tmp_path: Path, fee: str, head: str = "") -> Pack:
    shutil.copytree(FOLDER / "cn-carrier", tmp_path / "cn-carrier")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "pack.yaml").write_text(f"extends: cn-carrier\npack: mine\n{head}\n", encoding="utf-8")
    row = f"fees:\n- {{rule: mine, name: {{zh: 费, en: Fee}}, clause: CN-30, {fee}}}\n"
    (tmp_path / "mine" / "fees.yaml").write_text(row, encoding="utf-8")
    return load("mine", tmp_path)


def line(rule: str, on: date, pack: Pack, **facts: Any) -> FeeLine:
    found = early_termination_fee(item(rule, currency=pack.currency, **facts), on, pack)
    assert found is not None
    return found


def test_a_fee_line_has_rule_amount_steps_in_both_languages_and_clauses() -> None:
    found = line("share-of-remaining", date(2025, 10, 1), load("cn-carrier"))
    assert (found.rule, found.amount, found.clauses) == ("share-of-remaining", Money(minor=15000), ("CN-30",))
    assert found.steps[-1].en == "CNY 240.00 x 15 / 24 = CNY 150.00"
    assert all(step.zh and step.en for step in found.steps)


@pytest.mark.parametrize(
    ("kind", "items"), [(Kind.LINE, ()), (Kind.PRODUCT, ("plan-a",)), (Kind.PRODUCT, ("nowhere",))]
)
def test_there_is_no_price_for_ending_what_is_not_switched_on(kind: Kind, items: tuple[str, ...]) -> None:
    """Whatever a pack's conditions let pass: it would be charged, and there would be nothing to switch off."""
    off = item("none").model_copy(update={"active": False})
    known = customer("sub-off01", "", "", off).line
    with pytest.raises(ValueError, match="nothing that is switched on"):
        quote(kind, items, known, NOON, 1, NOON, load("cn-carrier"))
    assert quote(Kind.PORT_OUT, (), known, NOON, 1, NOON, load("cn-carrier")).total.minor == 0


def test_a_contract_shorter_than_a_month_is_counted_in_days() -> None:
    found = line("share-of-remaining", START + timedelta(days=5), load("cn-carrier"), end=START + timedelta(days=20))
    assert found.amount.minor == 18000


def test_a_term_beyond_the_longest_lawful_one_is_charged_to_where_the_law_ends_it() -> None:
    """36 months where 24 are lawful: after 20 of them 4 are left, after 24 none."""
    pack, beyond = load("eu"), date(2028, 1, 1)
    lawful = line("share-of-remaining", date(2026, 9, 1), pack)
    longer = line("share-of-remaining", date(2026, 9, 1), pack, end=beyond)
    assert longer.amount == lawful.amount
    assert (
        longer.steps[0].en == "the contract runs to 2028-01-01, longer than the law allows: it is counted to 2027-01-01"
    )
    assert set(longer.clauses) - set(lawful.clauses) == {"EU-1"}
    assert early_termination_fee(item("share-of-remaining", end=beyond, currency="EUR"), END, pack) is None
    assert early_termination_fee(item("share-of-remaining", end=beyond), END, load("cn-carrier")) is not None


@pytest.mark.parametrize("day", [END, END + timedelta(days=400)])
def test_from_the_end_of_the_contract_nothing_is_owed(day: date) -> None:
    assert early_termination_fee(item("share-of-remaining"), day, load("cn-carrier")) is None


def test_without_a_lock_in_in_words_nothing_is_owed() -> None:
    found = line("share-of-remaining", START, load("cn-carrier"), lock_in=False)
    assert (found.amount.minor, found.reason, found.status) == (0, "no_lock_in", "not-charged")
    assert any("does not bind" in step.en for step in found.steps)


def test_a_contract_that_binds_nobody_and_makes_no_sense_costs_nothing_and_stops_nobody() -> None:
    assert early_termination_fee(item("gone", lock_in=False), START, load("cn-carrier")) is None
    assert early_termination_fee(item("share-of-remaining", full=-1, lock_in=False), START, load("cn-carrier")) is None


@pytest.mark.parametrize(("announced_days_ago", "free"), [(12, True), (30, True), (31, False)])
def test_after_worse_terms_leaving_is_free_for_as_long_as_the_pack_says(announced_days_ago: int, free: bool) -> None:
    """Counted to the day the customer asks; the notice period that follows takes nothing away."""
    asked = date(2025, 10, 1)
    bound = item("share-of-remaining", currency="EUR")
    assert bound.contract is not None
    changed = bound.contract.model_copy(update={"terms_changed_on": asked - timedelta(days=announced_days_ago)})
    found = early_termination_fee(
        bound.model_copy(update={"contract": changed}), asked + timedelta(days=30), load("eu"), asked
    )
    assert found is not None
    assert (found.amount.minor == 0, found.reason) == (free, "contract_change" if free else "")
    assert ("EU-5" in found.clauses) is free


def test_without_such_a_promise_in_the_pack_worse_terms_change_nothing() -> None:
    bound = item("share-of-remaining")
    assert bound.contract is not None
    changed = bound.contract.model_copy(update={"terms_changed_on": date(2025, 9, 20)})
    found = early_termination_fee(bound.model_copy(update={"contract": changed}), date(2025, 10, 1), load("cn-carrier"))
    assert found is not None and found.amount.minor == 15000


def test_a_fee_line_carries_what_it_was_worked_out_from_and_its_tax(tmp_path: Path) -> None:
    found = line("mine", date(2025, 10, 1), pack_with(tmp_path, "family: fixed, tax: value-added"))
    assert (found.net, found.tax, found.amount) == (Money(minor=24000), Money(minor=1440), Money(minor=25440))
    assert found.tax_code == "value-added"
    assert found.inputs["fee_minor"] == "24000" and found.inputs["leaves_on"] == "2025-10-01"


def test_an_unknown_fee_rule_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownFeeRule, match=r"has no fee rule 'gone'; its fee rules are: share-of-remaining, fixed"):
        early_termination_fee(item("gone"), START, load("cn-carrier"))


def test_a_negative_fee_in_a_contract_is_refused_by_name() -> None:
    with pytest.raises(RuleError, match=r"^contracts/c1/fee_minor: must be greater than or equal to 0, not -1$"):
        early_termination_fee(item("share-of-remaining", full=-1), START, load("cn-carrier"))


@pytest.mark.parametrize("field", ["full_fee", "monthly_fee", "price_changes"])
def test_an_amount_in_another_currency_than_the_packs_is_refused_by_name(field: str) -> None:
    bound, other = item("share-of-remaining", currency="EUR"), Money(minor=1200, currency="CNY")
    assert bound.contract is not None
    wrong: dict[str, dict[str, Any]] = {
        "full_fee": {"contract": bound.contract.model_copy(update={"full_fee": other})},
        "monthly_fee": {"monthly_fee": other},
        "price_changes": {"price_changes": (PriceChange(from_day=START, monthly_fee=other),)},
    }
    with pytest.raises(RuleError, match=f"contracts/c1/{field}: is in CNY, the pack's currency is EUR"):
        early_termination_fee(bound.model_copy(update=wrong[field]), date(2025, 10, 1), load("eu"))


@pytest.mark.parametrize("minor", [100, 0])
def test_a_price_in_another_currency_is_refused_by_name_where_the_contract_is_withdrawn_from(minor: int) -> None:
    young = item("share-of-remaining", currency="EUR").model_copy(
        update={"monthly_fee": Money(minor=minor, currency="JPY")}
    )
    pack = load("eu")
    if minor:
        with pytest.raises(RuleError, match=r"^contracts/c1/monthly_fee: is in JPY, the pack's currency is EUR; "):
            used_so_far(young, START, pack)
    else:
        assert used_so_far(young, START, pack).amount == pack.money(0)


@pytest.mark.parametrize(("monthly", "minor"), [(3000, 1000), (-3000, 0)])
def test_what_a_delay_cost_is_in_the_packs_currency_and_never_below_nothing(monthly: int, minor: int) -> None:
    ours, foreign = (
        item("fixed").model_copy(update={"monthly_fee": fee})
        for fee in (Money(minor=monthly, currency="EUR"), Money(minor=90000, currency="JPY"))
    )
    assert delay_cost((ours, foreign), 10, "EUR", START) == Money(minor=minor, currency="EUR")


def test_a_fee_is_in_the_packs_currency_also_where_the_contract_names_no_full_fee(tmp_path: Path) -> None:
    """A full fee that is left out is a nothing in CNY; what the monthly fee makes of it is not."""
    bound = item("mine", monthly=3000, currency="EUR")
    assert bound.contract is not None
    silent = bound.model_copy(update={"contract": bound.contract.model_copy(update={"full_fee": Money(minor=0)})})
    pack = pack_with(tmp_path, "family: remaining-fees, parameters: {share_percent: 30}", "currency: EUR")
    found = early_termination_fee(silent, date(2025, 10, 20), pack)
    assert found is not None and found.amount == Money(minor=13500, currency="EUR")
    assert (found.net, found.tax) == (found.amount, Money(minor=0, currency="EUR"))
    assert "EUR" in found.steps[-1].en


@pytest.mark.parametrize(
    ("fee", "minor"),
    [
        ("family: fixed", 24000),
        ("family: share-of-remaining, months: started", 14000),
        ("family: share-of-remaining, months: half", 14500),
        ("family: reducing-by-step, parameters: {each_minor: 1000}", 15000),
        ("family: stepped, parameters: {schedule: [{from_month: 6, percent_off: 25}]}", 18000),
        ("family: remaining-fees, parameters: {share_percent: 30}", 13500),
        ("family: remaining-fees, parameters: {share_percent: 30}, at_most_months: 3", 9000),
        ("family: fixed, at_most_minor: 10000", 10000),
        ("family: fixed, at_most_minor: 10000, tax: value-added", 10600),
        ("family: capped-months, parameters: {cap_months: 12}", 9000),
        ("family: device-or-remaining, parameters: {device_minor: 4800}", 3000),
        ("family: benefits-or-remaining, parameters: {benefits_minor: [5000, 2000]}", 7000),
        ("family: cancelled-periods, parameters: {each_minor: 100}", 1500),
        ("family: charge-to-commitment-end", 43065),
    ],
)
def test_a_pack_names_a_family_and_its_parameters(tmp_path: Path, fee: str, minor: int) -> None:
    """240.00 over 24 months, 30.00 a month; nine months and 19 days are over."""
    assert line("mine", date(2025, 10, 20), pack_with(tmp_path, fee)).amount.minor == minor


@pytest.mark.parametrize(
    ("fee", "what"),
    [
        (
            "family: guess",
            "/fees/mine/family: there is no family 'guess'; the families are: none, fixed",
        ),
        (
            "family: fixed, parameters: {fee_minor: -5}",
            "parameters/fee_minor: must be greater than or equal to 0, not -5",
        ),
        ("family: reducing-by-step", "parameters/each_minor: is missing"),
        ("family: reducing-by-step, parameters: {each_minor: 1, term_months: 0}", "parameters/term_months: must be"),
        ("family: fixed, parameters: {discount: 1}", "parameters/discount: there is no such field"),
        ("family: fixed, parameters: {leaves_on: 2026-01-01}", "parameters/leaves_on: comes from the contract"),
        ("family: fixed, tax: luxury", "mine/fees.yaml: /fees: mine/tax: there is no tax code 'luxury'"),
        ("family: fixed, at_most_minor: -1", "/fees/mine/at_most_minor: "),
        ("family: fixed, moths: half", "/fees/mine/moths: there is no such key; the keys are: "),
    ],
)
def test_a_fee_rule_that_cannot_be_worked_out_is_refused_with_the_pack(tmp_path: Path, fee: str, what: str) -> None:
    with pytest.raises(PackError) as refused:
        pack_with(tmp_path, fee)
    assert what in str(refused.value)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("taxes: {standard: 120}", "mine/pack.yaml: /taxes/standard: "),
        ("calendar: {first_day: 2026-01-01, last_day: 2026-12-31, holidays: [2027-01-01]}", "outside the calendar"),
        ("rounding: sideways", "mine/pack.yaml: /rounding: "),
    ],
)
def test_money_rules_of_a_pack_are_checked_with_it(tmp_path: Path, head: str, what: str) -> None:
    with pytest.raises(PackError) as refused:
        pack_with(tmp_path, "family: fixed", head)
    assert what in str(refused.value)


@pytest.mark.parametrize("pack", ["cn-carrier", "de", "demo", "eu", "uk", "us-legacy"])
def test_every_pack_has_the_rules_that_the_carrier_of_the_demonstration_names(pack: str) -> None:
    found = load(pack)
    assert line("share-of-remaining", date(2025, 10, 1), found).amount.minor >= 15000
    assert early_termination_fee(item("none", currency=found.currency), START, found) is None


@pytest.mark.parametrize("pack", ["cn-carrier", "de", "eu", "uk", "us-legacy"])
def test_no_fee_rule_of_ours_ever_grows_while_the_contract_runs(pack: str) -> None:
    found = load(pack)
    days = [START + timedelta(days=n) for n in range(0, 760, 5)]
    for rule in found.fees:
        bound = item(rule.rule, full=35000, currency=found.currency)
        lines = [early_termination_fee(bound, day, found) for day in days]
        fees = [each.amount.minor if each else 0 for each in lines]
        assert fees == sorted(fees, reverse=True), rule.rule
        assert fees[-1] == 0, rule.rule


RISING = (PriceChange(from_day=date(2026, 1, 1), monthly_fee=Money(minor=6000, currency="EUR")),)


@pytest.mark.parametrize(
    ("first", "days", "minor"),
    [(date(2025, 12, 1), 10, 1000), (date(2025, 12, 27), 10, 1500), (date(2026, 1, 1), 10, 2000)],
)
def test_days_that_are_paid_for_nothing_cost_what_they_cost_on_that_day(first: date, days: int, minor: int) -> None:
    ours = item("fixed", currency="EUR").model_copy(update={"price_changes": RISING})
    assert delay_cost((ours,), days, "EUR", first) == Money(minor=minor, currency="EUR")


def test_the_total_price_of_a_contract_withdrawn_from_has_each_month_at_its_price() -> None:
    young = item("share-of-remaining", currency="EUR").model_copy(update={"price_changes": RISING})
    found = used_so_far(young, START + timedelta(days=10), load("eu"))
    assert found.inputs["price_minor"] == str(12 * 3000 + 12 * 6000) and found.amount.minor == 1479  # x 10 / 730


def test_a_contract_agreed_only_later_is_not_withdrawn_from() -> None:
    known = item("share-of-remaining", currency="EUR")
    assert known.contract is not None
    later = known.contract.model_copy(update={"concluded": date(2026, 5, 1)})
    line = customer("sub-later0001", "J2", "Agreed later.", known.model_copy(update={"contract": later})).line
    with pytest.raises(RuleError, match=r"^contracts/c1/concluded: 2026-05-01 is after 2026-03-10"):
        quote(Kind.LINE, (), line, NOON, 1, NOON, load("eu"))
