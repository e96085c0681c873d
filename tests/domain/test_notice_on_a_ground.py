"""How long a notice is where a contract may be left on a ground; and how long leaving is free after worse terms."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import FreeExit
from contracts.carrier.subscriptions import Item
from contracts.words import Text
from demo.carrier.customer import add_on, contract
from policies.account_terms import ExitGround
from policies.account_terms import FreeExit as AfterWorseTerms
from policies.pack import load
from policies.rules.core import RuleError
from policies.spans import Length, Months, WorkingDays
from services.billing.free_exit import days_after_worse_terms, ground_of, holding_on, notice_of

NOW = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)  # a month on is sooner than thirty days on
MONTH, WEEK, THIRTY = Months(months=1), timedelta(days=7), timedelta(days=30)
WORDS = Text(zh="一", en="One")


def ground(notice: Any = None) -> ExitGround:
    return ExitGround(name=WORDS, proof=WORDS, clause="CN-20", notice=notice)


PACK = load("cn-carrier").model_copy(
    update={"exit_grounds": {"usual": ground(), "moved": ground(MONTH), "poor": ground(WEEK)}}
)


def item(name: str | None, from_day: date | None = None) -> Item:
    made = contract(NOW.date(), days_in=100, days_left=200, full_fee_minor=100)
    found = FreeExit(ground=name, from_day=from_day) if name else None
    return add_on("video-pack", "视频会员", "Video pack", 1500, made.model_copy(update={"free_exit": found}))


@pytest.mark.parametrize(
    ("grounds", "usual", "notice"),
    [
        ((None,), THIRTY, THIRTY),
        (("usual",), THIRTY, THIRTY),
        (("moved",), THIRTY, MONTH),
        (("poor",), THIRTY, WEEK),
        (("poor", None), THIRTY, THIRTY),
        (("poor", "moved"), THIRTY, MONTH),
        (("moved", "poor"), THIRTY, MONTH),
        (("moved", None), THIRTY, THIRTY),
        (("moved", "moved"), WEEK, MONTH),
        (("poor",), timedelta(0), WEEK),
        (("poor", None), WorkingDays(working_days=2), WEEK),
    ],
)
def test_the_longest_notice_counts_and_a_ground_has_its_own(
    grounds: tuple[str | None, ...], usual: Length, notice: Length
) -> None:
    assert notice_of([item(each) for each in grounds], usual, NOW, PACK) == notice


def test_an_item_without_a_contract_needs_the_usual_notice() -> None:
    free = item(None).model_copy(update={"contract": None})
    assert notice_of([free, item("poor")], THIRTY, NOW, PACK) == THIRTY


def test_a_ground_that_the_pack_does_not_have_is_named() -> None:
    assert item(None).contract is not None
    contracts = [each.contract for each in (item(None), item("moved"), item("gone")) if each.contract]
    assert [ground_of(each, PACK) for each in contracts[:2]] == [None, ground(MONTH)]
    with pytest.raises(RuleError) as error:
        ground_of(contracts[2], PACK)
    told = "contracts/contract-300-days/free_exit/ground: the pack has no exit ground 'gone'; its grounds are: "
    assert str(error.value) == told + "usual, moved, poor"


@pytest.mark.parametrize(("ahead", "holds"), [(-1, False), (0, True), (1, True)])
def test_a_ground_holds_from_its_day_on(ahead: int, holds: bool) -> None:
    day = date(2026, 3, 1)
    found = FreeExit(ground="moved", from_day=day)
    assert holding_on(found, day + timedelta(days=ahead)) == ("moved" if holds else None)
    assert holding_on(FreeExit(ground="moved"), day) == "moved"


@pytest.mark.parametrize(
    ("terms", "changed", "days"),
    [
        ({"days": 30}, date(2026, 2, 10), 30),
        ({"days": 0}, date(2026, 2, 10), 0),
        ({"within": MONTH}, date(2026, 2, 10), 28),
        ({"within": MONTH}, date(2026, 3, 10), 31),
        ({"within": timedelta(days=45)}, date(2026, 3, 10), 45),
    ],
)
def test_after_worse_terms_leaving_is_free_for_days_or_calendar_months(
    terms: dict[str, Any], changed: date, days: int
) -> None:
    pack = PACK.model_copy(update={"free_exit": AfterWorseTerms(clause="CN-20", **terms)})
    assert days_after_worse_terms(changed, pack) == days
