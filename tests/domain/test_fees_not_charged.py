"""Why a fee for an early end is not charged: each reason and every two of them, with the words and clauses of each."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.carrier.commitments import FreeExit
from contracts.fee_lines import FeeLine
from contracts.words import Text
from demo.carrier.customer import contract, plan
from policies.account_terms import ExitGround
from policies.account_terms import FreeExit as AfterWorseTerms
from policies.pack import load
from services.billing.fees import early_termination_fee

DAY = timedelta(days=1)
TODAY = date(2026, 3, 10)
BOUND = contract(TODAY, days_in=200, days_left=530, full_fee_minor=73000)
MOVED = ExitGround(name=Text(zh="搬家", en="moved"), proof=Text(zh="证明", en="a proof"), clause="CN-21")
PACK = load("cn-carrier").model_copy(
    update={"free_exit": AfterWorseTerms(clause="CN-20", days=30), "exit_grounds": {"moved": MOVED}}
)
WORSE = {"terms_changed_on": TODAY - 30 * DAY}
UNBOUND = {"lock_in": False, "clause": "CN-19"}
FREE = {"free_exit": FreeExit(ground="moved")}


def line(pack: Any = PACK, asked: date | None = TODAY, end: date = TODAY + 10 * DAY, **of_contract: Any) -> FeeLine:
    found = early_termination_fee(plan(BOUND.model_copy(update=of_contract)), end, pack, asked)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("of_contract", "reason", "clauses"),
    [
        (UNBOUND, "no_lock_in", ("CN-30", "CN-19")),
        (WORSE, "contract_change", ("CN-30", "CN-20")),
        (FREE, "free_exit", ("CN-30", "CN-21")),
        (UNBOUND | WORSE, "no_lock_in", ("CN-30", "CN-19", "CN-20")),
        (WORSE | FREE, "contract_change", ("CN-30", "CN-20", "CN-21")),
        (UNBOUND | FREE, "no_lock_in", ("CN-30", "CN-19", "CN-21")),
    ],
)
def test_each_reason_is_told_with_its_own_clauses_and_no_others(
    of_contract: dict[str, Any], reason: str, clauses: tuple[str, ...]
) -> None:
    told, charged = line(**of_contract), line()
    assert (told.status, told.reason, set(told.clauses)) == ("not-charged", reason, set(clauses))
    assert {told.amount, told.net, told.tax} == {PACK.money(0)}
    assert charged.amount.minor > 0 and told.steps[: len(charged.steps)] == charged.steps
    assert (told.line, told.rule, told.item, told.name) == (charged.line, charged.rule, charged.item, charged.name)


@pytest.mark.parametrize("of_contract", [UNBOUND, WORSE, FREE])
def test_a_fee_that_is_not_charged_has_no_tax_either(of_contract: dict[str, Any]) -> None:
    taxed = PACK.model_copy(
        update={"fees": tuple(each.model_copy(update={"tax": "value-added"}) for each in PACK.fees)}
    )
    assert line(taxed).tax not in (None, taxed.money(0))
    told = line(taxed, **of_contract)
    assert {told.amount, told.net, told.tax} == {taxed.money(0)}


def test_a_fee_that_is_charged_has_the_clauses_of_its_rule_and_its_contract() -> None:
    assert (line().status, line().reason, line().clauses) == ("due", "", ("CN-30",))
    assert line(clause="CN-7").clauses == ("CN-30", "CN-7")


@pytest.mark.parametrize(
    ("changed", "asked", "free"),
    [
        (TODAY, TODAY, True),
        (TODAY - 30 * DAY, TODAY, True),
        (TODAY - 31 * DAY, TODAY, False),
        (TODAY + DAY, TODAY, False),  # announced for later than the wish
        (TODAY, None, True),  # nobody says when it was asked: the end counts
        (TODAY - 21 * DAY, None, False),
    ],
)
def test_worse_terms_let_go_whoever_asks_within_the_packs_days(changed: date, asked: date | None, free: bool) -> None:
    assert (line(asked=asked, terms_changed_on=changed).reason == "contract_change") == free
    without = PACK.model_copy(update={"free_exit": None})
    assert line(without, asked, terms_changed_on=changed).reason == ""


@pytest.mark.parametrize(("from_day", "free"), [(None, True), (0, True), (-1, True), (1, False)])
def test_a_ground_lets_go_from_its_day_on(from_day: int | None, free: bool) -> None:
    end = TODAY + 10 * DAY
    day = None if from_day is None else end + from_day * DAY
    told = line(end=end, free_exit=FreeExit(ground="moved", from_day=day))
    assert (told.reason, told.amount.minor == 0) == (("free_exit", True) if free else ("", False))
    assert ("CN-21" in told.clauses) == free


@pytest.mark.parametrize("of_contract", [{"full_fee": PACK.money(0)}, {"fee_rule": "no-fee"}])
def test_a_fee_that_comes_to_nothing_by_itself_is_no_line_where_the_contract_binds(of_contract: dict[str, Any]) -> None:
    item = plan(BOUND.model_copy(update=of_contract))
    assert early_termination_fee(item, TODAY + DAY, PACK, TODAY) is None
    unbound = plan(BOUND.model_copy(update=of_contract | UNBOUND))
    told = early_termination_fee(unbound, TODAY + DAY, PACK, TODAY)
    assert told is not None and told.reason == "no_lock_in"


@pytest.mark.parametrize(("ahead", "owed"), [(1, True), (0, False), (-1, False)])
def test_a_fee_is_owed_to_the_last_day_of_the_term(ahead: int, owed: bool) -> None:
    assert (early_termination_fee(plan(BOUND), BOUND.end - ahead * DAY, PACK) is not None) == owed
    assert early_termination_fee(plan(), TODAY, PACK) is None
