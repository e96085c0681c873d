"""A number leaves a contract that runs: the fee moves once, the account is settled, no letter says an untrue word."""

from datetime import timedelta

import pytest

from contracts.carrier.accounts import Balance
from contracts.messages import billing, termination
from contracts.words import Language, Money
from demo.carrier.customer import charge, contract, customer, plan
from demo.carrier.desk import keep, line_of
from tests.flow.customer import MONEY, confirm, decide_dispute, dispute, done, submit
from tests.flow.system import System
from tests.flow.test_final_accounts import balanced

BOUND, DAY = "sub-portlockin01", timedelta(days=1)
UNTRUE = ("number is kept for", "Can be used until", "Charged until: None", "line is closed.", "reopened for")


def letters(system: System, line: str = BOUND) -> list[str]:
    return [row["content"] for row in system.carrier_acts(f"/customers/{line}/inbox", "GET")]


def coded(system: System, *, argued: bool = False) -> tuple[str, int]:
    """The code is out; in the European pack nobody who is bound is held back."""
    request = submit(system, BOUND, kind="port-out", language=Language.EN)
    offer = system.the(billing.QuoteIssued, request).quote
    if argued:
        dispute(system, request)
    confirm(system, request)
    system.advance(1.05 * DAY)  # a day of notice; the code is good for an hour
    return request, int(offer.total.minor)


@pytest.fixture
def eu() -> System:
    return System("eu")


def flows(system: System, request: str) -> int:
    signs = {"charge": 1, "refund": -1}
    return sum(signs[kind] * minor for kind, _, minor in done(system, request, "charge", "refund"))


def test_the_fee_moves_once_and_the_number_goes(eu: System) -> None:
    request = submit(eu, BOUND, kind="port-out", language=Language.EN)
    fee = eu.the(billing.QuoteIssued, request).quote.total.minor
    confirm(eu, request)
    eu.advance(DAY)
    assert "port-code.issued.v1" in eu.types(request)
    eu.books.port_away(BOUND)
    eu.advance(2 * DAY)
    gone, bill = eu.the(termination.NumberPorted, request), eu.the(billing.FinalBillIssued, request)
    assert fee > 0 and done(eu, request, *MONEY) == [("charge", "settlement", fee)]
    assert bill.ported and bill.account is not None and bill.net.minor == 0
    assert {line.line: line.status for line in bill.account.lines} == {"early-termination/plan-basic": "paid"}
    told = letters(eu)
    assert [text for text in told for untrue in UNTRUE if untrue in text] == []
    assert any(f"EUR {fee // 100}.{fee % 100:02}" in text and "settled already" in text for text in told)
    assert gone.left_at <= eu.now
    eu.close()


@pytest.mark.parametrize("moment", ["before the yes", "before the code", "while the code stands"])
def test_a_plan_that_changes_meanwhile_changes_neither_the_fee_nor_the_way_out(eu: System, moment: str) -> None:
    """A dearer contract and a change from tomorrow on: what was quoted is charged, and the number goes."""

    def changes(when: str) -> None:
        with eu.books._transaction() as database:
            line = line_of(database, BOUND)
            if when == moment:
                plan = line.snapshot["items"][0]
                plan["contract"]["full_fee"]["minor"] += 50_000
                plan["change_from"] = str((eu.now + DAY).date())
            keep(database, line)

    request = submit(eu, BOUND, kind="port-out", language=Language.EN)
    fee = eu.the(billing.QuoteIssued, request).quote.total.minor
    changes("before the yes")
    confirm(eu, request)
    changes("before the code")
    eu.advance(DAY)
    changes("while the code stands")
    eu.books.port_away(BOUND)
    eu.advance(2 * DAY)
    assert done(eu, request, *MONEY) == [("charge", "settlement", fee)]
    assert eu.the(termination.NumberPorted, request) and eu.the(billing.FinalBillIssued, request).net.minor == 0
    assert "attention.required.v1" not in eu.types(request)
    eu.close()


def test_a_code_that_is_not_used_gives_the_fee_back(eu: System) -> None:
    request, fee = coded(eu)
    assert "port-code.expired.v1" in eu.types(request)
    assert done(eu, request, *MONEY) == [("charge", "settlement", fee), ("refund", "contract-goes-on", fee)]
    back = eu.the(billing.FeeRefunded, request)
    assert (back.amount.minor, back.amount.currency) == (fee, "EUR")
    assert any("an early termination fee that you paid is returned" in text for text in letters(eu))
    eu.close()


@pytest.mark.parametrize(("outcome", "moved"), [("upheld", 0), ("waived", 0)])
def test_a_disputed_fee_of_a_number_that_stayed_is_not_asked_any_more(eu: System, outcome: str, moved: int) -> None:
    request, _ = coded(eu, argued=True)
    decide_dispute(eu, request, outcome)
    assert flows(eu, request) == moved
    eu.close()


def test_a_number_leaves_with_money_on_the_account_a_debt_a_device_and_a_fee_that_is_argued_about(eu: System) -> None:
    """EUR 365.00 x 6 / 12 and 20% tax are 219.00, argued about; 88.00 + 12.34 + 60.00 are owed, 50.00 is there."""
    line, owed = "sub-leaving01", Money(minor=10000, currency="EUR")
    term = contract(eu.now.date(), days_in=200, days_left=165, full_fee_minor=36500)
    there = (Balance(origin="own", amount=Money(minor=5000)), Balance(origin="gift", amount=Money(minor=700)))
    charges = (
        charge("bill-last", "arrears", "上月账单", "Last bill", 8800, days_overdue=20),
        charge("phone", "device", "手机", "Phone", 6000),
    )
    leaving = customer(line, "J5", "Leaves.", plan(term), balances=there, charges=charges, unbilled_minor=1234)
    eu.books.enrol([leaving])
    request = submit(eu, line, kind="port-out", language=Language.EN)
    offer = eu.the(billing.QuoteIssued, request).quote
    assert offer.account is not None and (offer.total.minor, offer.account.net.minor) == (21900, 9800)
    dispute(eu, request)
    confirm(eu, request)
    eu.advance(DAY)
    eu.books.port_away(line)
    eu.advance(2 * DAY)
    bill = eu.the(billing.FinalBillIssued, request)
    assert bill.account is not None and (bill.account.held.minor, bill.net.minor) == (21900, 11034)
    assert done(eu, request, *MONEY) == [("charge", "final-bill", 11034)]
    decide_dispute(eu, request, "lowered", owed=owed)
    assert done(eu, request, *MONEY) == [("charge", "final-bill", 11034), ("charge", "dispute", 10000)]
    assert balanced(eu)
    told = "\n".join(letters(eu, line))
    assert [untrue for untrue in UNTRUE if untrue in told] == []
    assert "Your own money, EUR 50.00, pays what is owed first; the rest is paid back" in told
    assert "Charged after setting these off: EUR 110.34" in told and "The fee as assessed: EUR 100.00" in told
    eu.close()
