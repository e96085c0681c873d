"""The record of each decision of billing: on what it was decided, its words, rules, clauses and amounts."""

from typing import Any

import pytest

from contracts.final_account import FinalAccount
from contracts.words import Dates, Money, Ruling, Text
from policies.deciding import record, sha256_of
from services.billing import records
from services.billing.case import move_money
from tests.flow.arguing import LINES, ZERO, about, fee, with_lines
from tests.flow.at_billing import Desk, answered, settled
from tests.flow.test_closing_decisions_exactly import bill


def written(desk: Desk, decision: str, outcome: str, inputs: Any, zh: str, en: str, *named: Any, **amounts: Any) -> Any:
    """`named`: the rules, then the clauses."""
    return record(decision, outcome, inputs, desk.pack, Text(zh=zh, en=en), *named, **amounts)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(("lines", "outcome"), [(LINES, "fee-due"), (LINES[1:2], "nothing-due"), ((), "nothing-due")])
def test_of_a_quote(desk: Desk, again: bool, lines: Any, outcome: str) -> None:
    case = with_lines(desk.quoted, *lines)
    dispute = about(case, desk, 600, "one")
    told = records.reassessed(desk.quoted.offered, case, dispute, desk.now, desk.pack)
    inputs: dict[str, Any] = {"quote": desk.quoted.offered, "dispute": dispute, "at": desk.now}
    if not again:
        told = records.quoted(case, desk.now, desk.pack)
        inputs = {"application": case.application, "subscription": case.subscription, "at": desk.now}
    words = ("应付 CNY 18.00，共 3 项。", "CNY 18.00 due for 3 items.")
    zh, en = words if outcome == "fee-due" else ("无需付费。", "Nothing is due.")
    rules = ["fixed-fee"] if lines else []
    name = "re-assessment" if again else "quote"
    expected = written(desk, name, outcome, inputs, zh, en, rules, case.offered.clauses, total=case.offered.total)
    assert told == expected


@pytest.mark.parametrize(
    ("paid", "held", "outcome", "zh", "en"),
    [
        (1200, 0, "paid", "已收 CNY 12.00。", "CNY 12.00 taken."),
        (1200, 600, "paid", "已收 CNY 12.00，争议暂扣 CNY 6.00。", "CNY 12.00 taken, CNY 6.00 held in dispute."),
        (0, 600, "held", "争议暂扣 CNY 6.00。", "CNY 6.00 held in dispute."),
        (0, 0, "nothing-due", "无需付费。", "Nothing is due."),
    ],
)
def test_of_a_settlement(desk: Desk, paid: int, held: int, outcome: str, zh: str, en: str) -> None:
    case = settled(desk, dispute=about(desk.quoted, desk, held, "one") if held else None)
    amount = Money(minor=paid)
    receipt = answered(case, move_money(case, "charge", amount, "settlement")).answer if paid else None
    inputs = {
        "quote_sha256": "0" * 64,
        "confirmation": case.confirmation,
        "paid": amount,
        "held": Money(minor=held),
        "reference": "r-1" if paid else None,
    }
    expected = written(desk, "settlement", outcome, inputs, zh, en, paid=amount, held=Money(minor=held))
    assert records.settled(case, receipt, amount, "0" * 64, desk.pack) == expected


@pytest.mark.parametrize("cause", ["delay", "wrong-switch-off"])
def test_of_a_waiver(desk: Desk, cause: Any) -> None:
    late = Dates(requested=desk.now, promised=desk.now, effective=desk.now)
    case = settled(desk, late=late, wronged=("video-pack",))
    inputs = {
        "cause": cause,
        "dates": late,
        "restored": ("video-pack",),
        "application": case.application,
        "subscription": case.subscription,
    }
    zh, en = "因我方延误或误关，减免 CNY 3.80。", "CNY 3.80 waived: we were late or switched off wrongly."
    clauses = (desk.pack.delay.clause,)
    expected = written(desk, "waiver", cause, inputs, zh, en, (), clauses, waived=Money(minor=380))
    assert records.waived(case, cause, Money(minor=380), desk.pack) == expected


SAID = {
    Ruling.UPHELD: ("经核查，费用成立：CNY 7.00。", "The fee stands: CNY 7.00."),
    Ruling.LOWERED: ("经核查，费用调整为 CNY 7.00。", "The fee is lowered to CNY 7.00."),
    Ruling.WAIVED: ("经核查，不收取该费用。", "The fee is not owed."),
}


@pytest.mark.parametrize("ruling", Ruling)
@pytest.mark.parametrize("overcharged", [False, True])
@pytest.mark.parametrize("with_account", [False, True])
def test_of_a_dispute(desk: Desk, ruling: Ruling, overcharged: bool, with_account: bool) -> None:
    rows = (fee("usage/u-1", 300, kind="usage"), fee("device/d-1", 200, kind="device"))
    account = FinalAccount(lines=rows, balances=(), owed=ZERO, held=ZERO, net=ZERO) if with_account else None
    case = with_lines(settled(desk, account=account), *LINES)
    dispute = about(
        case, desk, 1800, "two", "usage/u-1", outcome=ruling, owed=Money(minor=700), overcharged=overcharged
    )
    clauses = ["CN-1200", *(["CN-300"] if with_account else [])]
    clauses += desk.pack.final_account.resting_on("overcharge") if overcharged else ()
    amounts: dict[str, Any] = {"owed": Money(minor=700), "charged": Money(minor=5), "refunded": Money(minor=9)}
    expected = written(desk, "dispute", ruling, {"dispute": dispute}, *SAID[ruling], (), clauses, **amounts)
    told = records.resolved(case, dispute, Money(minor=5), Money(minor=9), desk.pack)
    assert told == expected


@pytest.mark.parametrize(
    ("net", "outcome", "zh", "en"),
    [
        (4200, "charged", "余额抵扣后另收 CNY 42.00", "; after setting off, CNY 42.00 charged"),
        (1, "charged", "余额抵扣后另收 CNY 0.01", "; after setting off, CNY 0.01 charged"),
        (0, "even", "不用另付，也没有可退的", ", nothing is left to pay or to pay back"),
        (-1, "refunded", "余额抵扣后退还 CNY 0.01", "; after setting off, CNY 0.01 paid back"),
    ],
)
def test_of_a_final_account(desk: Desk, net: int, outcome: str, zh: str, en: str) -> None:
    rows = (
        fee("usage/u-1", 300, kind="usage"),
        fee("early-termination/one", 600, status="held"),
        fee("early-termination/two", 7),
        fee("arrears/a-1", 9, kind="arrears", status="held"),
    )
    sums = {"owed": Money(minor=307), "held": Money(minor=609), "net": Money(minor=net)}
    account = FinalAccount(lines=rows, balances=(), **sums)
    case, answer = settled(desk), bill(settled(desk), 300)
    inputs = {"quote_sha256": sha256_of(case.offered), "bill": answer, "held": ("early-termination/one",)}
    words = (
        f"应付 CNY 3.07，争议暂扣 CNY 6.09，{zh}。",
        f"CNY 3.07 owed, CNY 6.09 held in dispute{en}.",
    )
    clauses = ["CN-300", "CN-600", "CN-7", "CN-9"]
    rules = ["fixed-fee", "netting"]
    expected = written(desk, "final-account", outcome, inputs, *words, rules, clauses, net=Money(minor=net))
    assert records.closed(case, account, answer, desk.pack) == expected


@pytest.mark.parametrize(
    ("number", "minor", "zh", "en"),
    [
        (1, 600, "应付 CNY 6.00，共 1 项。", "CNY 6.00 due for 1 item."),
        (2, 600, "应付 CNY 6.00，共 2 项。", "CNY 6.00 due for 2 items."),
    ],
)
def test_one_fee_is_one_item(desk: Desk, number: int, minor: int, zh: str, en: str) -> None:
    case = with_lines(desk.quoted, *LINES[:number])
    told = records.quoted(case, desk.now, desk.pack)
    assert (told.explanation, case.offered.total) == (Text(zh=zh, en=en), Money(minor=minor))


@pytest.mark.parametrize(
    ("owed", "held", "net", "zh", "en"),
    [
        (307, 0, 0, "应付 CNY 3.07，不用另付，也没有可退的。", "CNY 3.07 owed, nothing is left to pay or to pay back."),
        (
            0,
            609,
            0,
            "没有应付，争议暂扣 CNY 6.09，不用另付，也没有可退的。",
            "Nothing is owed, CNY 6.09 held in dispute, nothing is left to pay or to pay back.",
        ),
        (
            1,
            0,
            -500,
            "应付 CNY 0.01，余额抵扣后退还 CNY 5.00。",
            "CNY 0.01 owed; after setting off, CNY 5.00 paid back.",
        ),
        (
            0,
            1,
            -500,
            "没有应付，争议暂扣 CNY 0.01，余额抵扣后退还 CNY 5.00。",
            "Nothing is owed, CNY 0.01 held in dispute; after setting off, CNY 5.00 paid back.",
        ),
    ],
)
def test_of_an_account_only_the_sums_that_are_something_are_said(
    desk: Desk, owed: int, held: int, net: int, zh: str, en: str
) -> None:
    sums = {"owed": Money(minor=owed), "held": Money(minor=held), "net": Money(minor=net)}
    case = settled(desk)
    told = records.closed(case, FinalAccount(lines=(), balances=(), **sums), bill(case, 0), desk.pack)
    assert told.explanation == Text(zh=zh, en=en)


def test_of_an_account_in_which_nothing_is_no_sum_of_nothing_is_said(desk: Desk) -> None:
    case, empty = settled(desk), FinalAccount(lines=(), balances=(), owed=ZERO, held=ZERO, net=ZERO)
    told = records.closed(case, empty, bill(case, 0), desk.pack).explanation
    assert told.zh == "没有应付，不用另付，也没有可退的。"
    assert told.en == "Nothing is owed, nothing is left to pay or to pay back."
