"""A late fee in steps from the quote to the charge: the step that was shown is the one that is taken and told."""

import pytest

from contracts.messages import billing
from demo.carrier.customer import charge, customer, plan
from policies.clauses import ClauseTerms
from tests.flow.customer import decide_dispute, done, submit
from tests.flow.system import System
from tests.flow.test_final_accounts import ARGUED, EVERYTHING, balanced, closes, letters, rules

FIVE_THEN_TEN = [{"from_days": 7, "fee_minor": 500}, {"from_days": 30, "fee_minor": 1000}]  # it is 20 days late
BY_SHARE = [{"from_days": 20, "share_percent": 4}]


def ask_in_steps(system: System, steps: list[dict[str, int]]) -> None:
    terms = ClauseTerms.model_validate({"late_fee_steps": steps})
    mine = system.pack.final_account.late_fee_clause
    clauses = tuple(
        each.model_copy(update={"terms": terms}) if each.clause == mine else each for each in system.pack.clauses
    )
    rules(system, system.pack.model_copy(update={"clauses": clauses}))


@pytest.mark.parametrize(
    ("steps", "owed", "told"), [(FIVE_THEN_TEN, 500, "¥5.00"), (BY_SHARE, 352, "¥88.00 × 4% = ¥3.52")]
)
def test_the_quote_the_bill_the_letters_and_the_charge_name_one_step(
    system: System, steps: list[dict[str, int]], owed: int, told: str
) -> None:
    ask_in_steps(system, steps)
    request = closes(system, EVERYTHING)
    shown = system.the(billing.QuoteIssued, request).quote.account
    billed = system.the(billing.FinalBillIssued, request).account
    assert shown is not None
    for account in (shown, billed):
        assert [line.amount.minor for line in account.lines if line.kind == "late-fee"] == [owed]
    assert [told in text for text in letters(system, EVERYTHING) if "滞纳金" in text].count(True) >= 1
    decide_dispute(system, request, "upheld")
    assert done(system, request, "charge") == [("charge", "account-dispute", ARGUED + owed)]
    assert balanced(system)


def test_a_fee_by_reminders_is_quoted_billed_told_and_charged(system: System) -> None:
    overdue = charge("bill", "arrears", "上月账单", "Last bill", 60000, days_overdue=45, reminders=2)
    system.books.enrol([customer("sub-reminded01", "J2", "Reminded twice.", plan(), charges=(overdue,))])
    ask_in_steps(system, [{"from_reminders": each, "fee_minor": 1000 * each} for each in (1, 2, 3)])
    request = closes(system, "sub-reminded01")
    shown = system.the(billing.QuoteIssued, request).quote.account
    billed = system.the(billing.FinalBillIssued, request).account
    assert shown is not None
    for account in (shown, billed):
        [late] = [line for line in account.lines if line.kind == "late-fee"]
        assert (late.amount.minor, late.inputs["reminders"]) == (2000, "2")
    assert any("¥20.00" in text for text in letters(system, "sub-reminded01"))
    assert done(system, request, "charge") == [("charge", "final-bill", 62000)]
    assert balanced(system)


def test_a_fee_by_days_letters_and_the_sum_is_quoted_billed_told_and_charged(system: System) -> None:
    overdue = charge("bill", "arrears", "上月账单", "Last bill", 60000, days_overdue=45, reminders=2)
    system.books.enrol([customer("sub-bracket01", "J2", "Reminded twice.", plan(), charges=(overdue,))])
    both = {"from_days": 14, "from_reminders": 2}
    sums = [{}, {"from_overdue_minor": 50_000}, {"from_overdue_minor": 60_001}]
    ask_in_steps(system, [both | each | {"fee_minor": 1000 * n} for n, each in enumerate(sums, 1)])
    request = closes(system, "sub-bracket01")
    shown = system.the(billing.QuoteIssued, request).quote.account
    assert shown is not None
    for account in (shown, system.the(billing.FinalBillIssued, request).account):
        assert [line.amount.minor for line in account.lines if line.kind == "late-fee"] == [2000]
    assert any("¥20.00" in text for text in letters(system, "sub-bracket01"))
    assert done(system, request, "charge") == [("charge", "final-bill", 62000)]


def test_the_law_of_the_pack_caps_a_step_all_the_way(system: System) -> None:
    ask_in_steps(system, [{"from_days": 7, "fee_minor": 5000}])
    request = submit(system, EVERYTHING)
    shown = system.the(billing.QuoteIssued, request).quote.account
    assert shown is not None
    [late] = [line for line in shown.lines if line.kind == "late-fee"]
    assert late.amount.minor == 528, "88.00 for 20 days at the three per mille that the law allows"
