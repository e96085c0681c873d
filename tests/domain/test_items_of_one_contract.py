"""Several items under one contract: who shares it, what they cost together on which day, what is said of it twice."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import Contract
from contracts.carrier.subscriptions import Item, PriceChange, Subscription
from contracts.words import Money
from demo.carrier.customer import add_on, contract, customer, plan
from policies.pack import load
from services.billing.fees import early_termination_fee
from services.billing.shared_contracts import Bound, not_yet, under_contracts
from tests.domain.words_of_quotes import AT

TODAY, DAY = AT.date(), timedelta(days=1)
WHOLE = contract(TODAY, days_in=200, days_left=165, full_fee_minor=36500)
PACK = load("cn-carrier")
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def item(name: str, bound: Contract | None = WHOLE, monthly: int = 1000) -> Item:
    return add_on(name, name, name, monthly, bound)


def priced(name: str, monthly: int, *changes: tuple[date, int]) -> Item:
    rows = tuple(PriceChange(from_day=day, monthly_fee=Money(minor=minor)) for day, minor in changes)
    return add_on(name, name, name, monthly, WHOLE, price_changes=rows)


def line(*items: Item) -> Subscription:
    return customer("sub-together01", "J2", "Items under one contract.", *items).line


def found(known: Subscription, *ending: str, end: date = TODAY) -> list[tuple[str, int, tuple[str, ...]]]:
    """Each item that is charged for, the monthly fee it is charged by, and what stays under its contract."""
    gone = tuple(each for each in known.items if each.item in ending)
    return [
        (each.item.item, each.item.monthly_fee.minor, tuple(stay.item for stay in each.stay))
        for each in under_contracts(gone, known, end, PACK)
    ]


ITEMS = (item("one"), item("two", monthly=300), item("three", monthly=50))
OTHER = WHOLE.model_copy(update={"contract": "another"})
BY_NOTHING = WHOLE.model_copy(update={"fee_rule": "nobodys"})


@pytest.mark.parametrize(
    ("items", "ending", "expected"),
    [
        (ITEMS, ("one",), [("one", 1000, ("two", "three"))]),
        (ITEMS, ("one", "three"), [("one", 1050, ("two",))]),
        (ITEMS, ("one", "two", "three"), [("one", 1350, ())]),
        (ITEMS[:1], ("one",), [("one", 1000, ())]),
        ((item("one"), item("free", None)), ("one", "free"), [("one", 1000, ()), ("free", 1000, ())]),
        ((*ITEMS[:2], item("free", None)), ("one", "free"), [("one", 1000, ("two",)), ("free", 1000, ())]),
        ((*ITEMS[:2], item("free", None), item("free-2", None)), ("free",), [("free", 1000, ())]),
        ((item("one"), item("two", OTHER)), ("one", "two"), [("one", 1000, ()), ("two", 1000, ())]),
        ((*ITEMS[:2], item("far", OTHER)), ("one", "two", "far"), [("one", 1300, ()), ("far", 1000, ())]),
        ((item("one"), ITEMS[1].model_copy(update={"active": False})), ("one",), [("one", 1000, ())]),
        ((*ITEMS[:2], ITEMS[2].model_copy(update={"active": False})), ("one",), [("one", 1000, ("two",))]),
        ((item("one", BY_NOTHING), item("two", BY_NOTHING)), ("one", "two"), [("one", 1000, ()), ("two", 1000, ())]),
    ],
)
def test_what_ends_under_one_contract_is_charged_together_and_waits_for_what_stays(
    items: tuple[Item, ...], ending: tuple[str, ...], expected: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    assert found(line(*items), *ending) == expected


@pytest.mark.parametrize(
    ("one", "two", "monthly", "changes"),
    [
        ([], [], 1300, []),
        ([(MAY, 1100)], [], 1300, [(MAY, 1400)]),
        ([], [(MAY, 350)], 1300, [(MAY, 1350)]),
        ([(MAY, 1100)], [(MAY, 350)], 1300, [(MAY, 1450)]),
        ([(MAY, 1100)], [(JUNE, 350)], 1300, [(MAY, 1400), (JUNE, 1450)]),
        ([(JUNE, 1100)], [(MAY, 350)], 1300, [(MAY, 1350), (JUNE, 1450)]),
        ([(JUNE, 1200), (MAY, 1100)], [], 1300, [(MAY, 1400), (JUNE, 1500)]),
    ],
)
def test_what_they_cost_together_is_known_on_every_day_on_which_either_changes(
    one: list[tuple[date, int]], two: list[tuple[date, int]], monthly: int, changes: list[tuple[date, int]]
) -> None:
    known = line(priced("one", 1000, *one), priced("two", 300, *two))
    [together] = under_contracts(known.items, known, TODAY, PACK)
    rows = [(each.from_day, each.monthly_fee.minor) for each in together.item.price_changes]
    assert (together.item.monthly_fee.minor, rows) == (monthly, changes)


EURO, NOTHING = Money(minor=5, currency="EUR"), Money(minor=0, currency="EUR")
STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "a monthly fee in another currency": ({"monthly_fee": EURO}, "monthly_fee: is in EUR"),
    "a monthly fee below nothing": ({"monthly_fee": Money(minor=-5)}, "monthly_fee: -5 is below zero"),
    "a price in another currency": (
        {"price_changes": (PriceChange(from_day=MAY, monthly_fee=EURO),)},
        "price_changes: is in EUR",
    ),
    "two prices from one day on": (
        {"price_changes": priced("two", 0, (MAY, 1), (MAY, 2)).price_changes},
        "price_changes: at two from 2026-05-01 on the monthly fee is 1 and 2 minor units",
    ),
}


@pytest.mark.parametrize(("change", "named"), STRANGE.values(), ids=STRANGE)
def test_a_price_that_makes_no_sense_is_named_before_it_is_added_to_another(change: dict[str, Any], named: str) -> None:
    known = line(item("one"), item("two").model_copy(update=change))
    with pytest.raises(ValueError, match=f"^contracts/{WHOLE.contract}/{named}"):
        found(known, "one", "two")


def test_nothing_in_another_currency_adds_nothing() -> None:
    free = item("free").model_copy(update={"monthly_fee": NOTHING})
    known = line(free, item("one"))
    [together] = under_contracts(known.items, known, TODAY, PACK)
    assert together.item.monthly_fee == Money(minor=1000)


def test_an_item_alone_keeps_its_prices_as_the_carrier_told_them() -> None:
    alone = priced("one", 1000, (JUNE, 1200), (MAY, 1100))
    assert list(under_contracts((alone,), line(alone), TODAY, PACK)) == [Bound(alone)]
    staying = line(alone, item("two"))
    assert list(under_contracts((alone,), staying, TODAY, PACK)) == [Bound(alone, (staying.items[1],))]


TWICE: dict[str, tuple[Any, str]] = {
    "start": (WHOLE.start - DAY, f"{WHOLE.start} at one and {WHOLE.start - DAY} at two"),
    "end": (WHOLE.end + DAY, f"{WHOLE.end} at one and {WHOLE.end + DAY} at two"),
    "concluded": (WHOLE.start, f"None at one and {WHOLE.start} at two"),
    "fee_rule": ("fixed-fee", "share-of-remaining at one and fixed-fee at two"),
    "full_fee": (Money(minor=100), "CNY 365.00 at one and CNY 1.00 at two"),
    "lock_in": (False, "True at one and False at two"),
}


@pytest.mark.parametrize(("what", "value", "both"), [(what, *told) for what, told in TWICE.items()], ids=TWICE)
@pytest.mark.parametrize("ending", [("one",), ("one", "two")])
def test_what_the_carrier_says_twice_of_a_contract_is_named_with_both(
    ending: tuple[str, ...], what: str, value: Any, both: str
) -> None:
    known = line(item("one"), item("two", WHOLE.model_copy(update={what: value})))
    told = f"contract {WHOLE.contract}: its {what} is {both}; one contract has one, and two have two names"
    with pytest.raises(ValueError, match=r"^contract ") as error:
        found(known, *ending)
    assert str(error.value) == told


@pytest.mark.parametrize(("ahead", "named"), [(1, True), (0, False), (-1, False)])
def test_it_is_named_to_the_last_day_on_which_either_of_them_binds(ahead: int, named: bool) -> None:
    later = WHOLE.model_copy(update={"end": WHOLE.end + DAY})
    known = line(item("one"), item("two", later))
    try:
        found(known, "one", "two", end=later.end - ahead * DAY)
    except ValueError:
        assert named
    else:
        assert not named


@pytest.mark.parametrize(("stay", "zh", "en"), [(("one",), "one", "one"), (("one", "two"), "one、two", "one, two")])
def test_a_fee_that_waits_says_for_what_and_comes_to_nothing(stay: tuple[str, ...], zh: str, en: str) -> None:
    fee = early_termination_fee(plan(WHOLE), TODAY, PACK)
    assert fee is not None and fee.amount.minor > 0
    waits = not_yet(fee, tuple(item(name) for name in stay))
    assert {waits.amount, waits.net, waits.tax} == {PACK.money(0)}
    assert (waits.status, waits.reason) == ("not-charged", "contract_goes_on")
    assert waits.steps[:-1] == fee.steps
    assert waits.steps[-1].zh == f"合约随{zh}继续履行，其全部业务提前终止时才收取一次"
    assert waits.steps[-1].en == (
        f"the contract goes on with {en}: its fee is asked once, when the last of it ends early"
    )
