"""Odd records of a carrier: an item that is there twice, currencies of no and of three decimals, a term of no day."""

from datetime import UTC, date, datetime

import pytest

from contracts.carrier.subscriptions import Item, Subscription
from contracts.words import Kind, Money
from policies.amounts import shown
from policies.pack import Pack, load
from services.billing.quoting import quote
from tests.domain.test_published_money import line

CN = load("cn-carrier")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def bound(pack: Pack = CN, start: str = "2026-01-01", end: str = "2028-01-01", monthly: int = 3000) -> Subscription:
    return line(pack, start, end, 24000, monthly)


def second(item: Item, **of_contract: object) -> Item:
    assert item.contract is not None
    return item.model_copy(update={"contract": item.contract.model_copy(update=of_contract)})


@pytest.mark.parametrize("of_contract", [{}, {"contract": "c-2", "full_fee": Money(minor=99)}])
@pytest.mark.parametrize(("kind", "items"), [(Kind.LINE, ()), (Kind.PRODUCT, ("plan-a",))])
def test_an_item_that_is_there_twice_is_refused_and_never_charged_twice(
    kind: Kind, items: tuple[str, ...], of_contract: dict[str, object]
) -> None:
    known = bound()
    [item] = known.items
    twice = known.model_copy(update={"items": (item, second(item, **of_contract))})
    with pytest.raises(ValueError, match="items/plan-a: is there twice; each item that is switched on has a name"):
        quote(kind, items, twice, NOW, 1, NOW, CN)


@pytest.mark.parametrize(
    ("currency", "en", "zh"),
    [
        ("JPY", "JPY 21,000", "JP¥21,000"),
        ("KRW", "KRW 21,000", "₩21,000"),
        ("KWD", "KWD 21.000", "KWD 21.000"),
        ("CLF", "CLF 2.1000", "CLF 2.1000"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency_in_sum_and_words(currency: str, en: str, zh: str) -> None:
    pack = CN.model_copy(update={"currency": currency})
    [fee] = quote(Kind.LINE, (), bound(pack), NOW, 1, NOW, pack).lines
    assert (shown(fee.amount, "en"), shown(fee.amount, "zh")) == (en, zh)
    assert fee.steps[-1].en.endswith(f"= {en}") and fee.steps[-1].zh.endswith(f"= {zh}")


@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-02", "2026-03-03", "2027-01-01"])
def test_a_contract_of_no_day_costs_nothing_on_any_day(day: str) -> None:
    offer = quote(Kind.LINE, (), bound(start=day, end=day), NOW, 1, NOW, CN)
    assert offer.total.minor == 0


@pytest.mark.parametrize(
    ("start", "end", "monthly", "told"),
    [
        ("2026-01-01", "9999-12-31", 3000, "contracts/c-1/end_of_term: must be less than or equal to 2199-12-31"),
        ("1900-01-01", "2028-01-01", 3000, "contracts/c-1/start: must be greater than or equal to 1990-01-01"),
        ("2026-01-01", "2028-01-01", -1, "contracts/c-1/monthly_minor: must be greater than or equal to 0"),
        ("2026-01-01", "2028-01-01", 10**13, "contracts/c-1/monthly_minor: must be less than or equal to"),
    ],
)
def test_a_record_out_of_every_calendar_and_price_list_is_refused_with_its_field(
    start: str, end: str, monthly: int, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        quote(Kind.LINE, (), bound(start=start, end=end, monthly=monthly), NOW, 1, NOW, CN)


def test_the_last_day_of_all_calendars_is_a_day_like_any_other() -> None:
    known = bound(end=str(date(2199, 12, 31)))
    assert quote(Kind.LINE, (), known, NOW, 1, NOW, CN).total.minor > 0
