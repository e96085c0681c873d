"""One unit, or one day, on each side of a border in what is charged and told: cheap, and each has failed once."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.subscriptions import Item, PriceChange
from contracts.words import Money
from policies.pack import load
from policies.rules.commitment import ChargeToCommitmentEnd, charge_to_commitment_end
from policies.rules.core import RuleError
from services.billing.account import expected
from services.billing.fees import early_termination_fee, refuse_strange_prices
from tests.domain.test_accounts_to_the_unit import of, rounding
from tests.domain.test_final_accounts import NOW, PACK, charge, line_with, with_terms
from tests.domain.test_published_money import line

CN = load("cn-carrier")
END = date(2027, 1, 1)


def bound(full: int = 24000, currency: str = "CNY") -> Item:
    [item] = line(CN, "2025-01-01", "2027-01-01", full).items
    assert item.contract is not None
    fee = Money(minor=full, currency=currency)
    return item.model_copy(update={"contract": item.contract.model_copy(update={"full_fee": fee})})


@pytest.mark.parametrize(("days", "looked_at"), [(-1, True), (0, False), (1, False)])
def test_a_contract_is_looked_at_to_its_last_day_whatever_its_facts_are(days: int, looked_at: bool) -> None:
    ends = END + timedelta(days=days)
    if not looked_at:
        assert early_termination_fee(bound(currency="USD"), ends, CN) is None
        return
    with pytest.raises(RuleError, match="full_fee: is in USD"):
        early_termination_fee(bound(currency="USD"), ends, CN)


@pytest.mark.parametrize(("full", "fee"), [(0, None), (1, 1), (2, 1), (3, 2)])
def test_the_smallest_fee_has_its_line_and_none_has_none(full: int, fee: int | None) -> None:
    """Fifteen of 24 months are left: 0.625, 1.25 and 1.875 of it."""
    found = early_termination_fee(bound(full), date(2025, 10, 1), CN)
    assert (found and (found.amount.minor, found.status)) == (fee and (fee, "due"))


@pytest.mark.parametrize("minor", [-1, 0, 1])
@pytest.mark.parametrize("where", ["monthly_fee", "price_changes"])
def test_a_price_below_nothing_is_refused_and_nothing_is_a_price(where: str, minor: int) -> None:
    amount = Money(minor=minor)
    changed = (PriceChange.model_construct(from_day=date(2026, 1, 1), monthly_fee=amount),)
    item = bound().model_copy(update={where: amount if where == "monthly_fee" else changed})
    if minor >= 0:
        refuse_strange_prices(item, CN)
        return
    with pytest.raises(RuleError, match=f"{where}: -1 is below zero"):
        refuse_strange_prices(item, CN)


@pytest.mark.parametrize("minor", [-1, 0, 1])
def test_arrears_below_nothing_are_refused_and_no_arrears_are_none(minor: int) -> None:
    known = line_with((), ()).model_copy(update={"arrears": Money(minor=minor)})
    if minor >= 0:
        assert expected(known, NOW, (), PACK).net.minor == 0  # what is owed stands in the charges
        return
    with pytest.raises(ValueError, match="arrears: -1 is below zero"):
        expected(known, NOW, (), PACK)


@pytest.mark.parametrize("minor", [-1, 0, 1])
@pytest.mark.parametrize("origin", ["own", "deposit", "gift", "third-party"])
def test_a_balance_below_nothing_is_refused_and_an_empty_one_is_one(origin: Any, minor: int) -> None:
    row = Balance.model_construct(origin=origin, amount=Money(minor=minor), release_months=1, months_released=0)
    if minor >= 0:
        assert [fate.amount.minor for fate in of(PACK, row).balances] == [minor]
        return
    with pytest.raises(ValueError, match=f"balances/{origin}: -1 is below zero"):
        of(PACK, row)


@pytest.mark.parametrize(("how", "minor"), [("half-up", 13), ("half-even", 12), ("down", 12), ("up", 13)])
def test_a_commitment_is_rounded_as_the_pack_says(how: str, minor: int) -> None:
    """Half of April: 25 x 15 / 30 = 12.5."""
    given = {"paid_to": date(2026, 3, 31), "commitment_end": date(2026, 4, 15), "leaves_on": date(2026, 4, 1)}
    found = charge_to_commitment_end(
        ChargeToCommitmentEnd.model_validate({"monthly_minor": 25, "rounding": how} | given)
    )
    assert (found.amount_minor, found.months_charged, found.days_charged) == (minor, 0, 15)


@pytest.mark.parametrize(("paid_to", "days"), [("2026-04-14", 1), ("2026-04-15", 0), ("2026-04-16", 0)])
def test_a_commitment_is_charged_from_the_day_after_what_is_paid(paid_to: str, days: int) -> None:
    given = {"monthly_minor": 3000, "paid_to": paid_to, "commitment_end": "2026-04-15", "leaves_on": "2026-04-01"}
    found = charge_to_commitment_end(ChargeToCommitmentEnd.model_validate(given))
    assert (found.amount_minor, found.days_charged) == (days * 100, days)


@pytest.mark.parametrize(
    ("usage", "code", "tax"),
    [(0, True, 0), (1, True, 1), (2, True, 1), (0, False, 0), (1, False, 0)],
)
def test_only_what_has_a_code_and_costs_something_is_taxed(usage: int, code: bool, tax: int) -> None:
    """9 % of 1 and of 2 are 0.09 and 0.18, rounded up; of nothing there is no step that says so."""
    pack = rounding(with_terms(taxes={"usage": "basic-telecom"}) if code else with_terms(taxes={}), "up")
    [row] = of(pack, charge(1, "usage", usage, 0, False)).lines
    assert (row.net, row.tax, row.amount) == (Money(minor=usage), Money(minor=tax), Money(minor=usage + tax))
    assert len(row.steps) == (2 if tax else 1)
