"""A line that closes with more on its account than own money: ledger and letters right to the fen (N12, FV-48)."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import billing, commands, intake, shared
from contracts.words import Money
from policies.account_terms import FinalAccountTerms
from policies.editions import of
from policies.pack import Pack
from runtime.kernel.kernel import Kernel
from tests.flow.customer import MONEY, confirm, decide_dispute, dispute, done, order_retry, submit
from tests.flow.system import System

EVERYTHING = "sub-account01"  # 50.00 own, 200.00 deposit, 20.00 gift, 30.00 pre-deposit, 80.00 of an employer
MONTH = 3194  # 99.00 x 10 / 31: the line closes on 10 March
USAGE, PHONE, ARGUED, LATE = 1234, 6000, 8800, 528  # 88.00 x 20 days x 3 per mille
PAID_OUT = 28000 - MONTH - USAGE - PHONE


def closes(system: System, subscription: str) -> str:
    request = submit(system, subscription)
    confirm(system, request)
    return request


def rules(system: System, pack: Pack) -> None:
    billing = system.steppers["billing"]
    assert isinstance(billing, Kernel)
    billing.editions = of(pack)


def terms(system: System, **changes: Any) -> None:
    """The pack of a running system, with other terms."""
    own = system.pack.final_account.model_dump() | changes
    pack = system.pack.model_copy(update={"final_account": FinalAccountTerms.model_validate(own)})
    rules(system, pack)


def letters(system: System, subscription: str) -> list[str]:
    return [row["content"] for row in system.carrier_acts(f"/customers/{subscription}/inbox", "GET")]


def balanced(system: System) -> bool:
    summary = system.carrier_acts("/ledger/summary", "GET")
    twice = [row for row in summary["doubled"] if row["kind"] != "send"]  # two disputes are two letters in one form
    return not summary["unbalanced"] and not twice and summary["created_minor"] == 0


def test_each_kind_of_money_goes_where_it_belongs_and_what_is_disputed_stays_out(system: System) -> None:
    request = closes(system, EVERYTHING)
    account = system.the(billing.FinalBillIssued, request).account
    lines = {line.line: (line.amount.minor, line.status) for line in account.lines}
    assert lines == {
        "arrears/bill-last": (ARGUED, "held"),
        "late-fee/bill-last": (LATE, "held"),
        "usage/unbilled": (USAGE, "due"),
        "period-fee/month": (MONTH, "due"),
        "device/phone": (PHONE, "due"),
    }
    assert (account.owed.minor, account.held.minor, account.net.minor) == (MONTH + USAGE + PHONE, 9328, -PAID_OUT)
    assert done(system, request, *MONEY) == [("refund", "third-party", 8000), ("refund", "final-bill", PAID_OUT)]
    gone = {
        fate.origin: (fate.used.minor, fate.paid_out.minor, fate.returned.minor, fate.lost.minor)
        for fate in account.balances
    }
    assert gone == {
        "deposit": (MONTH + USAGE + PHONE, 20000 - MONTH - USAGE - PHONE, 0, 0),
        "own": (0, 5000, 0, 0),
        "pre-deposit": (0, 3000, 0, 0),
        "gift": (0, 0, 0, 2000),
        "third-party": (0, 0, 8000, 0),
    }
    assert balanced(system)


def test_everything_that_is_charged_stood_in_the_quote_with_its_rule_inputs_steps_and_clause(system: System) -> None:
    request = submit(system, EVERYTHING)
    expected = system.the(billing.QuoteIssued, request).quote.account
    assert {line.line for line in expected.lines} == {
        "arrears/bill-last",
        "late-fee/bill-last",
        "period-fee/month",
        "device/phone",
    }
    assert set(expected.open_kinds) == {"arrears", "late-fee", "usage", "period-fee"}
    assert all(line.rule and line.inputs and line.steps and line.clauses for line in expected.lines)
    assert expected.net.minor == MONTH + PHONE - 28000
    letter = letters(system, EVERYTHING)[-1]
    for part in (
        "预计最终账单",
        "上月账单：¥88.00（争议中，暂不收取）",
        "预计退还：¥188.06",
        "他人代付 ¥80.00",
        "使用费",
    ):
        assert part in letter


def test_the_letters_name_every_line_and_sum(system: System) -> None:
    closes(system, EVERYTHING)
    letter = next(text for text in letters(system, EVERYTHING) if text.startswith("最终账单"))
    for part in (
        "当月套餐费：¥31.94",
        "¥99.00 × 10 ÷ 31 = ¥31.94",
        "手机分期余款：¥60.00",
        "未出账使用费：¥12.34",
        "押金 ¥200.00",
        "赠送金 ¥20.00",
        "抵扣后已退还：¥175.72",
        "争议部分 ¥93.28",
    ):
        assert part in letter
    assert any("¥80.00" in text and "他人代付的金额退回原支付方" in text for text in letters(system, EVERYTHING))


@pytest.mark.parametrize(
    ("outcome", "owed", "charged"), [("upheld", None, ARGUED + LATE), ("lowered", 5000, 5000), ("waived", None, 0)]
)
def test_the_disputed_part_is_settled_when_it_is_decided(
    system: System, outcome: str, owed: int | None, charged: int
) -> None:
    request = closes(system, EVERYTHING)
    opened = system.the(billing.DisputeOpened, request)
    assert (opened.about, opened.amount.minor, opened.held) == ("final-account", ARGUED + LATE, True)
    decide_dispute(system, request, outcome, **({"owed": Money(minor=owed)} if owed else {}))
    resolved = system.the(billing.DisputeResolved, request)
    assert (resolved.about, resolved.charged.minor) == ("final-account", charged)
    assert done(system, request, "charge") == ([("charge", "account-dispute", charged)] if charged else [])
    assert balanced(system)


def test_an_undecided_dispute_is_seen_by_an_operator_in_time(system: System) -> None:
    request = closes(system, EVERYTHING)
    system.advance(timedelta(days=15))
    assert system.the(shared.AttentionRequired, request).incident == "account-dispute-answer"


def test_who_owes_more_than_lies_there_pays_the_difference_and_the_gift_pays_nothing(system: System) -> None:
    request = closes(system, "sub-account02")
    account = system.the(billing.FinalBillIssued, request).account
    assert account.net.minor == MONTH + 46000 - 1000
    assert done(system, request, *MONEY) == [("charge", "final-bill", MONTH + 46000 - 1000)]
    assert "device CNY 460.00" in account.steps[-1].en and balanced(system)


def test_where_the_clause_says_so_a_gift_pays_what_own_money_does_not(system: System) -> None:
    terms(system, gift_offsets=True)
    request = closes(system, "sub-account02")
    assert done(system, request, *MONEY) == [("charge", "final-bill", MONTH + 46000 - 1000 - 500)]
    assert balanced(system)


def test_a_forfeited_pre_deposit_stays_and_is_marked_as_a_likely_dispute(system: System) -> None:
    terms(system, pre_deposit="forfeited")
    request = closes(system, EVERYTHING)
    account = system.the(billing.FinalBillIssued, request).account
    kept = next(fate for fate in account.balances if fate.origin == "pre-deposit")
    assert (kept.paid_out.minor, kept.lost.minor) == (1200, 1800)  # 4 of 10 parts are released
    assert "dispute_risk" in account.flags
    assert done(system, request, "refund")[-1] == ("refund", "final-bill", PAID_OUT - 1800)


def test_a_contract_above_the_law_is_worked_out_both_ways_and_the_lawful_late_fee_stands(system: System) -> None:
    terms(system, late_fee_clause="CN-30-late-fee")
    request = closes(system, EVERYTHING)
    account = system.the(billing.FinalBillIssued, request).account
    late = next(line for line in account.lines if line.kind == "late-fee")
    assert late.amount.minor == LATE and "clause_conflicts_with_law" in account.flags
    assert [step.en.split(":")[0] for step in late.steps] == ["law", "contract", "charged"]
    assert "CNY 52.80" in late.steps[1].en


def test_tax_is_added_where_the_pack_says_and_named_in_the_line(system: System) -> None:
    terms(system, taxes={"device": "value-added"})
    request = closes(system, "sub-account02")
    line = next(line for line in system.the(billing.FinalBillIssued, request).account.lines if line.kind == "device")
    assert (line.net.minor, line.tax.minor, line.amount.minor, line.tax_code) == (46000, 2760, 48760, "value-added")
    assert done(system, request, "charge")[0][2] == MONTH + 48760 - 1000


def test_a_disputed_fee_and_a_disputed_bill_are_held_side_by_side_and_decided_one_by_one(system: System) -> None:
    request = submit(system, "sub-account03")
    fee = system.the(billing.QuoteIssued, request).quote.total.minor
    dispute(system, request)
    confirm(system, request)
    system.advance(timedelta(days=31))
    account = system.the(billing.FinalBillIssued, request).account
    held = {line.line for line in account.lines if line.status == "held"}
    assert held == {"early-termination/plan-basic", "arrears/bill-last", "late-fee/bill-last"}
    assert account.held.minor == fee + ARGUED + LATE and account.net.minor == -400
    decide_dispute(system, request, "upheld", about="final-account")
    decide_dispute(system, request, "waived")
    told = [event for event in system.events(request) if isinstance(event, billing.DisputeResolved)]
    assert [(event.about, event.charged.minor) for event in told] == [("final-account", ARGUED + LATE), ("quote", 0)]
    assert done(system, request, *MONEY) == [
        ("refund", "third-party", 8000),
        ("refund", "final-bill", 400),
        ("charge", "account-dispute", ARGUED + LATE),
    ]
    assert balanced(system)


def test_a_charge_of_the_final_bill_can_be_disputed_afterwards_and_comes_back(system: System) -> None:
    request = closes(system, "sub-account02")
    dispute(system, request, "device/phone")
    assert system.the(billing.DisputeOpened, request).held is False
    decide_dispute(system, request, "lowered", owed=Money(minor=40000))
    assert done(system, request, "refund") == [("refund", "account-dispute", 6000)]
    dispute(system, request, "device/phone")
    assert system.the(shared.CommandRefused, request).code == "dispute-same-ground"
    dispute(system, request, "period-fee/month")
    decide_dispute(system, request, "waived")
    _, second = [event for event in system.events(request) if isinstance(event, billing.DisputeOpened)]
    assert not second.again and done(system, request, "refund")[1:] == [
        ("refund", "account-dispute", second.amount.minor)
    ]
    dispute(system, request, "period-fee/month")
    refusals = [event.code for event in system.events(request) if isinstance(event, shared.CommandRefused)]
    assert refusals == ["dispute-same-ground", "nothing-to-dispute"]


def test_a_charge_of_the_final_bill_is_looked_at_a_second_time_as_its_letter_says(system: System) -> None:
    request = closes(system, "sub-account02")
    dispute(system, request, "device/phone")
    decide_dispute(system, request, "lowered", owed=Money(minor=40000))
    system.say(commands.DisputeFee(request_id=request, channel="web", lines=("device/phone",), ground="never-had-it"))
    _, second = [event for event in system.events(request) if isinstance(event, billing.DisputeOpened)]
    assert (second.again, second.amount.minor) == (True, 40000)
    decide_dispute(system, request, "waived")
    assert [minor for _, _, minor in done(system, request, "refund")] == [6000, 40000]


def test_a_fee_proven_wrong_comes_back_twice_and_one_that_was_too_dear_once(system: System) -> None:
    for subscription, wrong, times in (("sub-disputewaived01", True, 2), ("sub-disputelowered01", False, 1)):
        request = submit(system, subscription)
        fee = system.the(billing.QuoteIssued, request).quote.total.minor
        confirm(system, request)
        dispute(system, request)
        decide_dispute(system, request, "waived", overcharged=wrong)
        assert done(system, request, "refund") == [("refund", "dispute", fee * times)]
        resolved = system.the(billing.DisputeResolved, request)
        assert resolved.compensation == (Money(minor=fee) if wrong else None)
    assert balanced(system)


def test_where_the_pack_promises_nothing_more_a_wrong_fee_comes_back_once(system: System) -> None:
    terms(system, overcharge_times=1)
    request = submit(system, "sub-disputewaived01")
    fee = system.the(billing.QuoteIssued, request).quote.total.minor
    confirm(system, request)
    dispute(system, request)
    decide_dispute(system, request, "waived", overcharged=True)
    assert done(system, request, "refund") == [("refund", "dispute", fee)]


def test_a_fee_without_a_receipt_is_not_charged_and_can_be_confirmed_properly_afterwards(system: System) -> None:
    request = submit(system, "sub-regret01")
    issued = system.the(billing.QuoteIssued, request)
    facts = {"quote_version": 1, "clauses_acknowledged": True, "given_at": system.now, "proof": {}}
    system.say(intake.ConfirmationGiven(request_id=request, audience=issued.audience, **facts), "intake")
    assert system.the(shared.CommandRefused, request).code == "disclosure-missing"
    assert done(system, request, *MONEY) == []
    confirm(system, request)
    assert done(system, request, *MONEY) == [("charge", "settlement", issued.quote.total.minor)]


def test_an_account_that_makes_no_sense_waits_for_a_person_and_nothing_moves(system: System) -> None:
    request = submit(system, EVERYTHING)
    rules(system, system.pack.model_copy(update={"currency": "EUR"}))
    confirm(system, request)
    seen = system.the(shared.AttentionRequired, request)
    assert (seen.incident, seen.code) == ("final-account", "account-makes-no-sense")
    assert done(system, request, *MONEY) == [] and "CNY" in seen.detail
    order_retry(system, request, "final-account")
    assert "attention.resolved.v1" not in system.types(request)
    rules(system, system.pack)
    order_retry(system, request, "final-account")
    assert done(system, request, *MONEY) == [("refund", "third-party", 8000), ("refund", "final-bill", PAID_OUT)]
    assert system.the(shared.AttentionResolved, request)
