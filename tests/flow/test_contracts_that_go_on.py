"""A contract's fee is asked once in its life: it comes back when the line is reopened or the number never left."""

from datetime import timedelta

import pytest

from contracts.messages import billing, termination
from tests.flow.customer import MONEY, confirm, decide_dispute, dispute, done, fee_of, reopen, submit
from tests.flow.system import System
from tests.flow.test_final_accounts import ARGUED, EVERYTHING, LATE, PHONE, USAGE, letters

BOUND = "sub-linecontract01"
NOTICE, HOUR = timedelta(days=31), timedelta(hours=1)


def ended(system: System, name: str) -> str:
    request = submit(system, BOUND, name=name)
    confirm(system, request)
    system.advance(NOTICE)
    assert system.stage(request) == "closed"
    return request


def flows(system: System, *requests: str) -> int:
    """What the customer paid for early ends, less what came back."""
    purposes = {"settlement": 1, "dispute": 1, "contract-goes-on": 1}
    signs = {"charge": 1, "refund": -1}
    moved = [act for request in requests for act in done(system, request, "charge", "refund")]
    return sum(signs[kind] * minor for kind, purpose, minor in moved if purpose in purposes)


@pytest.mark.parametrize("times", [0, 1, 3])
def test_reopening_and_closing_any_number_of_times_moves_the_fee_of_one(system: System, times: int) -> None:
    """fxa 2828, cashier 462."""
    requests = [ended(system, "first")]
    fee = fee_of(system, requests[0])
    for number in range(times):
        reopen(system, requests[-1])
        assert flows(system, *requests) == 0, "while the contract runs, nothing is paid for its end"
        requests.append(ended(system, f"again-{number}"))
    assert 0 < flows(system, *requests) == fee_of(system, requests[-1]) <= fee


@pytest.mark.parametrize("gaps", [[0], [58], [30, 58], [58, 0, 41]])
def test_whenever_a_line_is_reopened_and_closed_again_one_fee_has_moved_in_the_end(
    system: System, gaps: list[int]
) -> None:
    """So many days later, while its number is still kept; a contract that is over by then costs nothing."""
    requests = [ended(system, "first")]
    fee = fee_of(system, requests[0])
    for number, gap in enumerate(gaps):
        system.advance(timedelta(days=gap))
        reopen(system, requests[-1])
        assert flows(system, *requests) == 0
        requests.append(ended(system, f"again-{number}"))
    assert flows(system, *requests) == fee_of(system, requests[-1]) <= fee


def test_the_letters_of_a_reopened_line_say_that_the_fee_comes_back_and_it_does(system: System) -> None:
    request = ended(system, "first")
    fee = fee_of(system, request)
    reopen(system, request)
    back = [event for event in system.events(request) if isinstance(event, billing.FeeRefunded)]
    assert ("contract-goes-on", fee) in [(event.cause, event.amount.minor) for event in back]
    assert any("合约继续履行，已付的提前终止费退还" in text for text in letters(system, BOUND))


@pytest.mark.parametrize(
    ("decided", "outcome"), [(True, "waived"), (True, "upheld"), (False, "upheld"), (False, "waived")]
)
def test_a_dispute_about_the_fee_of_a_contract_that_goes_on_moves_nothing_more(
    system: System, decided: bool, outcome: str
) -> None:
    request = ended(system, "first")
    dispute(system, request)
    if decided:
        decide_dispute(system, request, outcome)
    reopen(system, request)
    if not decided:
        decide_dispute(system, request, outcome)
    assert flows(system, request) == 0


def test_a_held_fee_is_not_charged_any_more_when_the_contract_goes_on(system: System) -> None:
    request = submit(system, BOUND)
    dispute(system, request)
    confirm(system, request)
    system.advance(NOTICE)
    reopen(system, request)
    decide_dispute(system, request, "upheld")
    assert flows(system, request) == 0
    assert done(system, request, "charge") == [("charge", "reopening", 5000)]


# ---- a number that leaves --------------------------------------------------------------------------------------------


def coded(system: System, subscription: str) -> str:
    request = submit(system, subscription, kind="port-out")
    confirm(system, request)
    assert system.stage(request) == "closed"
    return request


def test_a_number_that_left_has_its_account_settled_and_its_letters_say_nothing_untrue(system: System) -> None:
    request = coded(system, EVERYTHING)
    system.books.port_away(EVERYTHING)
    system.advance(HOUR)
    gone = system.the(termination.NumberPorted, request)
    bill = system.the(billing.FinalBillIssued, request)
    assert gone.left_at < system.now and bill.ported
    lines = {line.line: (line.amount.minor, line.status) for line in bill.account.lines}
    assert lines["arrears/bill-last"] == (ARGUED, "held") and lines["late-fee/bill-last"] == (LATE, "held")
    assert lines["usage/unbilled"] == (USAGE, "due") and lines["device/phone"] == (PHONE, "due")
    month = lines["period-fee/month"][0]
    assert done(system, request, *MONEY) == [
        ("refund", "third-party", 8000),
        ("refund", "final-bill", 28000 - month - USAGE - PHONE),
    ]
    told = letters(system, EVERYTHING)
    assert not any("号码保留 90" in text for text in told)
    assert any("号码归新的运营商管理" in text for text in told) and any("号码转出后的最终账单" in text for text in told)
    decide_dispute(system, request, "upheld")
    assert done(system, request, "charge") == [("charge", "account-dispute", ARGUED + LATE)]
    assert system.types(request).count("request.closed.v1") == 1


def test_own_money_of_a_number_that_left_is_paid_out(system: System) -> None:
    request = coded(system, "sub-portbalance01")
    system.books.port_away("sub-portbalance01")
    system.advance(HOUR)
    assert done(system, request, *MONEY) == [("refund", "final-bill", 3300)]


def test_a_code_that_is_not_used_leaves_everything_as_it_was(system: System) -> None:
    request = coded(system, "sub-portbalance01")
    system.advance(HOUR)
    assert system.the(termination.PortCodeExpired, request).valid_until <= system.now
    assert "final-bill.issued.v1" not in system.types(request) and done(system, request, *MONEY) == []
    assert system.books.look_up("sub-portbalance01").balances[0].amount.minor == 3300
    again = submit(system, "sub-portbalance01", kind="port-out", name="again")
    assert system.stage(again) == "quoted"
