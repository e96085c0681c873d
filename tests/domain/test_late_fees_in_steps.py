"""A late fee in steps: 5.00 after a week, 10.00 after a month; 2, 4 and 6 percent; and what a law leaves of them."""

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.carrier.accounts import AccountCharge
from contracts.words import Money, Text
from policies.clauses import Clause, ClauseTerms
from policies.faults.conflicts import conflict_findings
from policies.faults.unused_keys import unused
from policies.owners.meant_otherwise import of_pack
from policies.pack import Pack
from policies.rules.late_fee import LateFeeOutcome
from policies.rules.registry import apply
from services.billing.account import expected
from tests.domain.test_final_accounts import NOW, line_with
from tests.domain.test_late_fees_of_a_clause import DAY, MINE, pack_with

FIVE_THEN_TEN = [{"from_days": 7, "fee_minor": 500}, {"from_days": 30, "fee_minor": 1000}]
TEN_TEN_FIFTEEN = [{"from_reminders": n, "fee_minor": fee} for n, fee in ((1, 1000), (2, 2000), (3, 3500))]
TWO_FOUR_SIX = [{"from_days": days, "share_percent": share} for days, share in ((1, 2), (16, 4), (31, 6))]
BY_SUM = [
    {"from_days": 1, "fee_minor": 4000},
    {"from_days": 1, "from_overdue_minor": 100_000, "fee_minor": 7000},
    {"from_days": 1, "from_overdue_minor": 1_000_000, "fee_minor": 10000},
]
DAYS_AND_LETTERS = [
    {"from_reminders": 1, "fee_minor": 250},
    {"from_reminders": 2, "fee_minor": 500},
    {"from_days": 14, "fee_minor": 500},
    {"from_days": 14, "from_reminders": 1, "fee_minor": 750},
    {"from_days": 14, "from_reminders": 2, "from_overdue_minor": 5000, "fee_minor": 1000},
]
A_DAY = {"late_fee_per_mille_a_day": 3}


def pack_of(law: dict[str, Any] | None, **terms: Any) -> Pack:
    pack = pack_with(law, **terms)
    account = pack.final_account.model_copy(update={"late_fee_clause": MINE, "clauses": {}})
    return pack.model_copy(update={"final_account": account})


def in_the_account(arrears: int, days: int, pack: Pack, reminders: int | None = None) -> list[int]:
    """The late fee as it stands in the account that is shown with a quote."""
    overdue = AccountCharge(
        charge="bill-1",
        kind="arrears",
        name=Text(zh="上月账单", en="Last bill"),
        amount=Money(minor=arrears),
        days_overdue=days,
        reminders=reminders,
    )
    lines = expected(line_with((overdue,), ()), NOW, (), pack).lines
    return [line.amount.minor for line in lines if line.kind == "late-fee"]


@pytest.mark.parametrize(
    ("days", "steps", "owed"),
    [
        (1, FIVE_THEN_TEN, 0),
        (6, FIVE_THEN_TEN, 0),
        (7, FIVE_THEN_TEN, 500),
        (29, FIVE_THEN_TEN, 500),
        (30, FIVE_THEN_TEN, 1000),  # and not fifteen: a step stands for all before it
        (400, FIVE_THEN_TEN, 1000),
        (15, TWO_FOUR_SIX, 200),
        (16, TWO_FOUR_SIX, 400),
        (31, TWO_FOUR_SIX, 600),
        (10, [{"from_days": 3, "fee_minor": 250, "share_percent": 1.5}], 400),
    ],
)
def test_the_last_step_that_was_reached_is_charged(days: int, steps: list[dict[str, Any]], owed: int) -> None:
    assert in_the_account(10000, days, pack_of(None, late_fee_steps=steps)) == [owed]


@pytest.mark.parametrize(
    ("days", "reminders", "owed"),
    [
        (0, None, 0),
        (45, None, 0),
        (45, 0, 0),
        (1, 1, 1000),
        (400, 1, 1000),
        (45, 2, 2000),
        (45, 3, 3500),
        (45, 9, 3500),
        (0, 2, 2000),
    ],
)
def test_a_fee_by_reminders_goes_by_how_many_were_sent_and_not_by_the_days(
    days: int, reminders: int | None, owed: int
) -> None:
    shown = in_the_account(10000, days, pack_of(None, late_fee_steps=TEN_TEN_FIFTEEN), reminders)
    assert shown == ([owed] if days or reminders else [])
    assert in_the_account(10000, days, pack_of(A_DAY, late_fee_steps=TEN_TEN_FIFTEEN), reminders) == (
        [min(owed, 30 * days)] if days or reminders else []
    ), "the law's rate wins"


@pytest.mark.parametrize(
    ("arrears", "days", "owed"),
    [(99_999, 1, 4000), (100_000, 1, 7000), (999_999, 400, 7000), (1_000_000, 1, 10000), (1_000_000, 0, None)],
)
def test_a_fee_by_brackets_of_what_is_overdue(arrears: int, days: int, owed: int | None) -> None:
    """The British statute on late commercial payments has these: 40, 70 and 100 pounds."""
    shown = in_the_account(arrears, days, pack_of(None, late_fee_steps=BY_SUM))
    assert shown == ([] if owed is None else [owed])


@pytest.mark.parametrize(
    ("arrears", "days", "reminders", "owed"),
    [
        (9000, 13, None, 0),
        (9000, 13, 1, 250),
        (9000, 13, 3, 500),
        (9000, 14, None, 500),
        (9000, 14, 1, 750),
        (9000, 14, 2, 1000),
        (4999, 14, 2, 750),
        (5000, 14, 2, 1000),
    ],
)
def test_a_fee_by_days_and_letters_and_the_sum_asks_for_the_last_step_of_which_all_holds(
    arrears: int, days: int, reminders: int | None, owed: int
) -> None:
    assert in_the_account(arrears, days, pack_of(None, late_fee_steps=DAYS_AND_LETTERS), reminders) == [owed]


def test_a_bracket_is_capped_and_told_like_any_step() -> None:
    [found] = conflict_findings(pack_of({"late_fee_at_least_minor": 7000}, late_fee_steps=BY_SUM), DAY)
    assert "asks more from day 1 and CNY 10,000.00 overdue on" in found.what
    both = pack_of({"late_fee_at_least_minor": 800}, late_fee_steps=DAYS_AND_LETTERS)
    [found] = conflict_findings(both, DAY)
    assert "from day 14 and reminder 2 and CNY 50.00 overdue on" in found.what


def test_a_step_that_asks_less_than_one_before_it_is_probably_meant_otherwise() -> None:
    alone = [{"from_days": 7, "fee_minor": 500}, {"from_days": 30, "fee_minor": 300}]
    [found] = [each for each in of_pack(pack_of(None, late_fee_steps=alone)) if "late_fee_steps" in each.place]
    assert found.place.endswith("late_fee_steps/1") and "only the last one reached is asked" in found.what
    shares = [FIVE_THEN_TEN[0], {"from_days": 30, "fee_minor": 300, "share_percent": 5}]
    for steps in (FIVE_THEN_TEN, BY_SUM, DAYS_AND_LETTERS, shares):
        assert [each for each in of_pack(pack_of(None, late_fee_steps=steps)) if "late_fee_steps" in each.place] == []


def test_what_an_account_without_reminders_was_worked_out_from_says_nothing_of_them() -> None:
    given = {"arrears_minor": 10000, "days_late": 20, "law_per_mille": 3}
    assert apply("late-fee", given).amount_minor == apply("late-fee", given | {"reminders": 5}).amount_minor == 600


@pytest.mark.parametrize(
    ("law", "terms", "owed"),
    [
        (A_DAY, {}, 900),  # 100.00 for 30 days: the law's rate wins
        ({"late_fee_per_mille_a_day": 4}, {}, 1000),
        ({"late_fee_at_least_minor": 800}, {}, 800),  # no fixed sum above what the law allows
        (
            {"late_fee_once_percent": 5},
            {"late_fee_steps": [*TWO_FOUR_SIX[:2], TWO_FOUR_SIX[2] | {"from_days": 30}]},
            500,
        ),
        ({"late_fee_at_most_percent": 7}, {}, 700),
        (None, {"late_fee_per_mille_a_day": 1}, 1300),  # a rate a day beside the step
        (None, {"late_fee_once_percent": 2}, 1200),
        (None, {"late_fee_at_least_minor": 1500}, 1500),
    ],
)
def test_what_the_law_and_the_rest_of_the_clause_make_of_a_step(
    law: dict[str, Any] | None, terms: dict[str, Any], owed: int
) -> None:
    assert in_the_account(10000, 30, pack_of(law, **{"late_fee_steps": FIVE_THEN_TEN} | terms)) == [owed]


def test_nothing_overdue_is_never_late() -> None:
    assert apply("late-fee", {"arrears_minor": 0, "days_late": 40, "steps": FIVE_THEN_TEN}).amount_minor == 0


def test_the_steps_are_worked_out_in_words_in_both_languages() -> None:
    outcome = apply("late-fee", {"arrears_minor": 10000, "days_late": 20, "steps": TWO_FOUR_SIX})
    assert isinstance(outcome, LateFeeOutcome)
    assert (outcome.amount_minor, outcome.conflict) == (400, False)
    assert [step.en for step in outcome.steps] == ["contract: CNY 100.00 x 4% = CNY 4.00", "charged: CNY 4.00"]
    assert outcome.steps[0].zh == "按合同：¥100.00 × 4% = ¥4.00"


def test_a_step_above_the_laws_rate_is_marked() -> None:
    outcome = apply("late-fee", {"arrears_minor": 1000, "days_late": 10, "law_per_mille": 3, "steps": FIVE_THEN_TEN})
    assert isinstance(outcome, LateFeeOutcome)
    assert (outcome.amount_minor, outcome.contract_minor, outcome.conflict) == (30, 500, True)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (FIVE_THEN_TEN[::-1], "late_fee_steps: each from_days is greater than the one before"),
        ([FIVE_THEN_TEN[0], FIVE_THEN_TEN[0]], "late_fee_steps: each from_days is greater"),
        ([{"from_days": 7}], "fee_minor: is missing, and so is share_percent"),
        ([{"from_days": 0, "fee_minor": 500}], "greater than or equal to 1"),
        ([{"from_days": 7, "fee_minor": -1}], "greater than or equal to 0"),
        (TEN_TEN_FIFTEEN[::-1], "late_fee_steps: each from_reminders is greater than the one before"),
        ([FIVE_THEN_TEN[0], TEN_TEN_FIFTEEN[1]], "late_fee_steps: each from_days, then from_reminders is greater"),
        (BY_SUM[::-1], "late_fee_steps: each from_days, then from_overdue_minor is greater than the one before"),
        ([{"fee_minor": 500}], "from_days: say from when on: from_days, such as 7, from_reminders, such as 2, or"),
        ([{"from_overdue_minor": 0, "fee_minor": 500}], "greater than 0"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        ClauseTerms.model_validate({"late_fee_steps": steps})


def test_steps_in_a_law_are_refused_with_what_a_law_says_instead() -> None:
    law = pack_of({"late_fee_once_percent": 5}, late_fee_steps=FIVE_THEN_TEN).clauses[1]
    with pytest.raises(ValidationError, match="late_fee_steps: are the contract's; what a law allows is said by"):
        Clause.model_validate(law.model_dump() | {"terms": {"late_fee_steps": FIVE_THEN_TEN}})


def test_a_clause_with_steps_alone_asks_for_a_late_fee() -> None:
    places = [each.place for each in unused(pack_of(None, late_fee_steps=FIVE_THEN_TEN))]
    assert ("final_account", "late_fee_clause") not in places


def test_a_step_above_what_a_law_allows_is_a_conflict_worked_out_both_ways() -> None:
    pack = pack_of({"late_fee_at_least_minor": 800}, late_fee_steps=TEN_TEN_FIFTEEN)
    assert "asks more from reminder 1 on than a law in force allows" in next(conflict_findings(pack, DAY)).what
    pack = pack_of({"late_fee_at_least_minor": 800}, late_fee_steps=FIVE_THEN_TEN)
    [found] = conflict_findings(pack, DAY)
    assert (found.place, found.level) == (f"/clauses/{MINE}/terms/late_fee_steps/1", "conflict")
    assert "asks more from day 30 on" in found.what and "CNY 10.00 against CNY 8.00: CNY 8.00 is charged" in found.what
