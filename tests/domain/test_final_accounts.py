"""The final account for any charges and balances: every minor unit explained, nothing undisclosed, time only adds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.carrier.accounts import AccountCharge, Balance
from contracts.carrier.asks import FinalBill
from contracts.carrier.subscriptions import Subscription
from contracts.final_account import FinalAccount
from contracts.offer import Quote
from contracts.words import Kind, Money, Text
from demo.carrier.customers import seeded
from policies.account_terms import FinalAccountTerms
from policies.pack import Pack, load
from services.billing.account import expected, final
from services.billing.quoting import quote

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
PACK = load("cn-carrier")
LINES = {customer.line.subscription: customer.line for customer in seeded(NOW.date())}
KINDS = ("arrears", "usage", "period-fee", "device")
minor = st.integers(0, 10**9)


def with_terms(**changes: Any) -> Pack:
    terms = FinalAccountTerms.model_validate(PACK.final_account.model_dump() | changes)
    return PACK.model_copy(update={"final_account": terms})


PACKS = (
    PACK,
    with_terms(gift_offsets=True, pre_deposit="forfeited", closing_month="half-month"),
    with_terms(late_fee_clause=None, closing_month="full-month"),
    with_terms(taxes={"usage": "basic-telecom", "device": "value-added", "late-fee": "value-added"}),
)


def charge(number: int, kind: str, amount: int, days: int, disputed: bool) -> AccountCharge:
    facts = {"charge": f"row-{number}", "kind": kind, "name": Text(zh="一项", en="One"), "amount": Money(minor=amount)}
    return AccountCharge.model_validate(facts | {"days_overdue": days, "disputed": disputed})


CHARGES = st.lists(st.tuples(st.sampled_from(KINDS), minor, st.integers(0, 400), st.booleans()), max_size=6).map(
    lambda rows: tuple(charge(number, *row) for number, row in enumerate(rows))
)
BALANCES = st.lists(
    st.builds(
        Balance,
        origin=st.sampled_from(("own", "deposit", "pre-deposit", "gift", "third-party")),
        amount=minor.map(lambda amount: Money(minor=amount)),
        release_months=st.integers(24, 36),
        months_released=st.integers(0, 24),
    ),
    max_size=6,
).map(tuple)


def line_with(charges: tuple[AccountCharge, ...], balances: tuple[Balance, ...]) -> Subscription:
    return LINES["sub-lineplain01"].model_copy(update={"charges": charges, "balances": balances})


def bill_of(charges: tuple[AccountCharge, ...], balances: tuple[Balance, ...]) -> FinalBill:
    usage = sum(each.amount.minor for each in charges if each.kind == "usage")
    own = sum(each.amount.minor for each in balances if each.origin == "own")
    return FinalBill(
        request_id="11111111-2222-4333-8444-555555555555",
        subscription="sub-lineplain01",
        reference="bill-1",
        unbilled_usage=Money(minor=usage),
        own_balance=Money(minor=own),
        charges=charges,
        balances=balances,
    )


def quoted(known: Subscription, pack: Pack = PACK) -> Quote:
    return quote(Kind.LINE, (), known, NOW, 1, NOW, pack)


def total(account: FinalAccount, part: str) -> int:
    return sum(getattr(fate, part).minor for fate in account.balances)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(PACKS), CHARGES, BALANCES)
def test_every_minor_unit_of_an_account_is_explained(
    pack: Pack, charges: tuple[AccountCharge, ...], balances: tuple[Balance, ...]
) -> None:
    account = expected(line_with(charges, balances), NOW, (), pack)
    for fate in account.balances:
        parts = [part.minor for part in (fate.used, fate.paid_out, fate.returned, fate.lost)]
        assert sum(parts) == fate.amount.minor and min(parts) >= 0
        assert fate.origin != "gift" or fate.paid_out.minor == 0
        assert fate.origin != "third-party" or fate.returned == fate.amount
    assert sum(line.amount.minor for line in account.lines if line.status == "due") == account.owed.minor
    assert sum(line.amount.minor for line in account.lines if line.status == "held") == account.held.minor
    assert account.net.minor == account.owed.minor - total(account, "used") - total(account, "paid_out")
    assert account.net.minor <= 0 or total(account, "paid_out") == 0
    assert all(line.net and line.tax and line.amount == line.net + line.tax for line in account.lines)
    assert all(line.amount.minor >= 0 for line in account.lines)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(PACKS), CHARGES, BALANCES)
def test_the_final_account_is_the_expected_one_where_nothing_has_changed(
    pack: Pack, charges: tuple[AccountCharge, ...], balances: tuple[Balance, ...]
) -> None:
    known = line_with(charges, balances)
    offer = quoted(known, pack)
    assert offer.account is not None
    account = final(bill_of(charges, balances), offer, (), pack)
    assert account.model_copy(update={"open_kinds": offer.account.open_kinds}) == offer.account


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(("arrears", "usage", "period-fee")), minor, st.integers(0, 399), BALANCES)
def test_a_day_more_never_lowers_what_is_owed(kind: str, amount: int, days: int, balances: tuple[Balance, ...]) -> None:
    nets = []
    for later in (0, 1):
        known = line_with((charge(1, kind, amount, days + later, False),), balances)
        nets.append(expected(known, NOW.replace(day=10 + later), (), PACK).net.minor)
    assert nets == sorted(nets)


@pytest.mark.parametrize(
    ("told", "billed", "charged", "reason"),
    [
        (None, 6000, 0, "not_disclosed"),
        (6000, 6000, 6000, ""),
        (6000, 5000, 5000, ""),
        (6000, 9000, 6000, "not_disclosed"),
    ],
)
def test_of_a_device_not_more_is_charged_than_the_quote_told(
    told: int | None, billed: int, charged: int, reason: str
) -> None:
    rows = () if told is None else (charge(1, "device", told, 0, False),)
    offer = quoted(line_with(rows, ()))
    (line,) = final(bill_of((charge(1, "device", billed, 0, False),), ()), offer, (), PACK).lines
    assert (line.amount.minor, line.reason) == (charged, reason)
    assert (line.status == "not-charged") is (charged == 0)


def test_under_a_quote_from_before_accounts_only_usage_and_own_money_move() -> None:
    offer = quoted(line_with((), ())).model_copy(update={"account": None})
    rows = (charge(1, "usage", 500, 0, False), charge(2, "arrears", 900, 30, False), charge(3, "device", 700, 0, False))
    account = final(bill_of(rows, (Balance(origin="own", amount=Money(minor=800)),)), offer, (), PACK)
    assert account.net.minor == -300
    assert {line.kind for line in account.lines if line.status == "not-charged"} == {"arrears", "device"}


def test_a_carrier_that_gives_only_the_sums_is_understood() -> None:
    bill = bill_of((), ()).model_copy(update={"unbilled_usage": Money(minor=300), "own_balance": Money(minor=1000)})
    account = final(bill, quoted(line_with((), ())), (), PACK)
    assert (account.net.minor, account.lines[0].line, account.balances[0].origin) == (-700, "usage/unbilled", "own")


@pytest.mark.parametrize("pack", ["eu", "uk"])
def test_money_is_told_in_the_currency_of_the_pack(pack: str) -> None:
    rules = load(pack)
    deposit = Balance(origin="pre-deposit", amount=rules.money(24000), release_months=12, months_released=3)
    known = line_with((), (deposit,)).model_copy(update={"arrears": rules.money(0)})
    [fate] = expected(known, NOW, (), rules).balances
    assert fate.steps and all(rules.currency in step.en and "CNY" not in step.en for step in fate.steps)


@pytest.mark.parametrize(("method", "minor_units"), [("daily", 1903), ("full-month", 5900), ("half-month", 2950)])
def test_the_last_month_is_charged_as_the_pack_says(method: str, minor_units: int) -> None:
    """59.00 a month, closed on 10 March."""
    known = line_with((charge(1, "period-fee", 5900, 0, False),), ())
    assert expected(known, NOW, (), with_terms(closing_month=method)).owed.minor == minor_units


@pytest.mark.parametrize(("rounding", "minor_units"), [("down", 930), ("half-up", 940), ("up", 940)])
def test_the_price_of_a_day_of_the_last_month_may_be_rounded_first(rounding: str, minor_units: int) -> None:
    """29.00 a month of 31 days: 93.5 cents a day, ten days of it."""
    known = line_with((charge(1, "period-fee", 2900, 0, False),), ())
    pack = with_terms(unit_price="rounded").model_copy(update={"rounding": rounding})
    assert expected(known, NOW, (), pack).owed.minor == minor_units
    assert expected(known, NOW, (), with_terms()).owed.minor == 935


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"balances": (Balance(origin="own", amount=Money(minor=-1)),)}, "balances/own: -1 is below zero"),
        (
            {"balances": (Balance(origin="own", amount=Money(minor=1, currency="EUR")),)},
            "balances/own: is in EUR, the pack's currency is CNY",
        ),
        ({"balances": (Balance(origin="gift", amount=Money(minor=10**13)),)}, "balances/gift: 10000000000000 is above"),
        (
            {
                "charges": (
                    charge(1, "usage", 1, 0, False).model_copy(update={"amount": Money(minor=1, currency="EUR")}),
                )
            },
            "charges/row-1: is in EUR, the pack's currency is CNY",
        ),
        ({"charges": (charge(1, "usage", 10**13, 0, False),)}, "charges/row-1: 10000000000000 is above 1000000000000"),
        (
            {"balances": (Balance(origin="pre-deposit", amount=Money(minor=100), months_released=3),)},
            "balances/pre-deposit/months_released: 3 is more than the 1 ",
        ),
    ],
)
def test_an_account_that_makes_no_sense_is_refused_by_name(change: dict[str, Any], what: str) -> None:
    """When it is quoted, and when the line is closed."""
    with pytest.raises(ValueError, match=f"^{what}"):
        expected(LINES["sub-lineplain01"].model_copy(update=change), NOW, (), PACK)
    offer = quoted(LINES["sub-lineplain01"])
    with pytest.raises(ValueError, match=f"^{what}"):
        final(bill_of((), ()).model_copy(update=change), offer, (), PACK)


@pytest.mark.parametrize(
    ("arrears", "what"),
    [
        (Money(minor=-1), "arrears: -1 is below zero; what is the customer's is a balance"),
        (Money(minor=1, currency="EUR"), "arrears: is in EUR, the pack's currency is CNY"),
    ],
)
def test_arrears_that_make_no_sense_are_refused_and_none_are_none_in_every_currency(arrears: Money, what: str) -> None:
    known = LINES["sub-lineplain01"]
    with pytest.raises(ValueError, match=what):
        expected(known.model_copy(update={"arrears": arrears}), NOW, (), PACK)
    none = known.model_copy(update={"arrears": arrears.model_copy(update={"minor": 0})})
    assert expected(none, NOW, (), PACK) == expected(known, NOW, (), PACK)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"charges": (charge(1, "usage", 5, 0, False), charge(1, "usage", 5, 0, False))}, "usage/row-1 is there twice"),
        ({"unbilled_usage": Money(minor=7), "charges": (charge(1, "usage", 5, 0, False),)}, "usage adds up to 5"),
        ({"balances": (Balance(origin="own", amount=Money(minor=5)),)}, "own adds up to 5, own_balance is 0"),
    ],
)
def test_a_final_bill_that_contradicts_itself_is_not_believed(change: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        FinalBill.model_validate(bill_of((), ()).model_dump() | {"unbilled_usage": {"minor": 10}} | change)


FAR_APART = ("Pacific/Kiritimati", "America/New_York", "Pacific/Honolulu")


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(FAR_APART), st.integers(0, 800), st.integers(3 * 60, 1439), CHARGES, BALANCES)
def test_the_same_time_on_another_zones_clock_makes_the_same_account(
    zone: str, day: int, minute: int, charges: tuple[AccountCharge, ...], balances: tuple[Balance, ...]
) -> None:
    """From three in the morning on no clock of these is changed."""
    wall = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minute)
    known = line_with(charges, balances)
    there = PACK.model_copy(update={"time_zone": zone})
    here, elsewhere = (
        expected(known, wall.replace(tzinfo=pack.zone).astimezone(UTC), (), pack) for pack in (PACK, there)
    )
    assert here == elsewhere
