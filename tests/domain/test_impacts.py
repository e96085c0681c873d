"""What a quote says will stop, who else loses it, what needs a new package, and what becomes of each kind of money."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.carrier.accounts import Balance
from contracts.carrier.subscriptions import Subscription
from contracts.words import Kind, Money
from demo.carrier.customers import seeded
from policies.account_terms import FinalAccountTerms
from policies.pack import load
from services.billing.quoting import quote

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
PACK = load("cn-carrier")
LINES = {customer.line.subscription: customer.line for customer in seeded(NOW.date())}


def told(line: Subscription, *items: str) -> list[str]:
    kind = Kind.PRODUCT if items else Kind.LINE
    return [impact.what.en for impact in quote(kind, items, line, NOW, 1, NOW, PACK).impacts]


def test_everything_that_stops_is_named() -> None:
    stops = {each for each in told(LINES["sub-linecontract01"]) if "stops working" in each}
    assert stops == {"Video pack stops working", "Basic plan stops working"}


def test_other_lines_that_share_it_are_counted() -> None:
    assert any("3 other lines" in each for each in told(LINES["sub-sharedplan01"]))


def test_what_relies_on_it_is_said_to_need_a_new_package() -> None:
    said = told(LINES["sub-dependent01"], "data-boost")
    assert any("Roaming pass" in each and "new package" in each for each in said)


def test_each_kind_of_money_has_its_fate_by_where_it_came_from() -> None:
    own_gift_deposit = " ".join(told(LINES["sub-balances01"]))
    fates = ("own money, CNY 50.00,", "gift of CNY 20.00", "pre-deposit of CNY 30.00")
    assert all(fate in own_gift_deposit for fate in fates)
    assert "80.00, goes back to who paid it" in " ".join(told(LINES["sub-balances02"]))


def test_amounts_are_in_their_own_currency_and_formatted_for_people() -> None:
    line = LINES["sub-balances02"].model_copy(
        update={"balances": (Balance(origin="own", amount=Money(minor=123456, currency="EUR")),)}
    )
    told_in_euro = quote(Kind.PORT_OUT, (), line, NOW, 1, NOW, load("eu")).impacts[-1].what
    assert told_in_euro.en == "Your own money, EUR 1,234.56, pays what is owed first; the rest is paid back"
    assert told_in_euro.zh == "自有余额 €1,234.56 先抵扣应付款项，余下的退还"


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"pre_deposit": "forfeited"}, "the part not released yet is forfeited"),
        ({"gift_offsets": True}, "may pay what is owed; the rest is not paid out"),
    ],
)
def test_the_fate_that_is_told_is_the_one_the_pack_decides(terms: dict[str, Any], said: str) -> None:
    changed = FinalAccountTerms.model_validate(PACK.final_account.model_dump() | terms)
    pack = PACK.model_copy(update={"final_account": changed})
    impacts = quote(Kind.LINE, (), LINES["sub-balances01"], NOW, 1, NOW, pack).impacts
    assert said in " ".join(impact.what.en for impact in impacts)


def test_dropping_a_product_leaves_number_and_balances_alone() -> None:
    said = " ".join(told(LINES["sub-balances01"], "video-pack"))
    assert "number" not in said and "balance" not in said.lower()
