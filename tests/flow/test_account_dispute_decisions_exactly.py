"""What billing decides about a charge of the final account that is argued about: whole decisions."""

from typing import Any

import pytest

from contracts.fee_lines import FeeLine
from contracts.final_account import FinalAccount
from contracts.messages.billing import DisputeOpened
from contracts.messages.shared import AttentionRequired
from contracts.words import Money, Ruling
from runtime.decision import Alarm, AlarmRang, Decision
from services.billing import account_disputes, disputes, outcomes
from services.billing.case import BillingCase, move_money
from tests.flow.arguing import LINES, MICRO, OUTCOMES, ZERO, about, fee, no, resolved, rules, says, with_lines
from tests.flow.at_billing import Desk, answered, settled

WHATEVER_THE_PACKS_MONEY = True

STOP_OF_ACCOUNT = Alarm("account-dispute-answer", None)


def with_account(case: BillingCase, *lines: FeeLine, **more: Any) -> BillingCase:
    account = FinalAccount(lines=lines, balances=(), owed=ZERO, held=ZERO, net=ZERO)
    return case.model_copy(update={"account": account, "billed_at": case.settled_at} | more)


ACCOUNT = (
    fee("usage/u-1", 300, kind="usage"),
    fee("device/d-1", 200, kind="device"),
    fee("usage/u-2", 0, kind="usage"),
    fee("usage/u-3", 90, kind="usage", status="held"),
    fee("arrears/a-1", 50, kind="arrears", status="paid"),
    fee("early-termination/one", 600),
)


@pytest.mark.parametrize(
    ("named", "in_quote", "about_account"),
    [
        ((), True, False),
        ((), False, True),
        (("usage/u-1",), True, True),
        (("usage/u-1", "device/d-1"), True, True),
        (("usage/u-1", "one"), True, False),
        (("usage/u-2",), False, False),
        (("early-termination/one",), True, False),
    ],
)
def test_what_is_named_says_whether_the_quote_or_the_account_is_meant(
    desk: Desk, named: tuple[str, ...], in_quote: bool, about_account: bool
) -> None:
    case = with_account(with_lines(settled(desk), *(LINES if in_quote else LINES[1:2])), *ACCOUNT)
    assert account_disputes.is_about(case, says(case, *named)) == about_account
    assert not account_disputes.is_about(case.model_copy(update={"account": None}), says(case, *named))


@pytest.mark.parametrize(
    ("named", "lines", "minor"),
    [((), ("usage/u-1", "device/d-1"), 500), (("device/d-1",), ("device/d-1",), 200)],
)
def test_a_charge_of_the_account_is_argued_about_after_it_moved(
    desk: Desk, named: tuple[str, ...], lines: tuple[str, ...], minor: int
) -> None:
    case = with_account(with_lines(settled(desk, open=False), LINES[1]), *ACCOUNT)
    dispute = about(case, desk, minor, *lines, held=False, about="final-account")
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, **dispute.as_opened())
    opened = case.model_copy(update={"account_dispute": dispute, "open": True})
    expected = Decision(opened, (event,), alarms=(Alarm("account-dispute-answer", dispute.answer_due),))
    assert disputes.open_dispute(case, says(case, *named), desk.now, desk.pack) == expected


def test_what_the_carrier_holds_is_argued_about_from_the_final_bill_on(desk: Desk) -> None:
    case = with_account(settled(desk, open=False), *ACCOUNT, fee("early-termination/x", 7, status="held"))
    dispute = about(case, desk, 90, "usage/u-3", ground="disputed-at-the-carrier", about="final-account")
    event = DisputeOpened(request_id=case.request_id, audience=case.to_whom, **dispute.as_opened())
    opened = case.model_copy(update={"account_dispute": dispute, "open": True})
    expected = Decision(opened, (event,), alarms=(Alarm("account-dispute-answer", dispute.answer_due),))
    assert account_disputes.hold(case, desk.now, desk.pack) == expected
    nothing = with_account(case, *ACCOUNT[:3])
    assert account_disputes.hold(nothing, desk.now, desk.pack) == Decision(nothing)


@pytest.mark.parametrize(("late", "disputed", "code"), [(False, True, "already-disputed"), (True, False, "over")])
def test_a_charge_of_the_account_is_argued_about_once_and_in_time(
    desk: Desk, late: bool, disputed: bool, code: str
) -> None:
    case = with_account(settled(desk), *ACCOUNT)
    dispute = about(case, desk, 1, "usage/u-1", about="final-account") if disputed else None
    case = case.model_copy(update={"account_dispute": dispute})
    last = desk.pack.due(desk.now, desk.pack.clocks.dispute_window)
    now = last + MICRO if late else desk.now
    code = "dispute-window-over" if late else code
    assert account_disputes.open_dispute(case, says(case), now, desk.pack) == no(case, desk, code)
    if late:
        decision = account_disputes.open_dispute(case, says(case), last, desk.pack)
        assert isinstance(decision.events[0], DisputeOpened)


@pytest.mark.parametrize(("ruling", "said", "owed"), OUTCOMES)
@pytest.mark.parametrize("held", [True, False])
def test_a_charge_of_the_account_is_decided_like_a_fee(
    desk: Desk, held: bool, ruling: Ruling, said: int | None, owed: int
) -> None:
    case = with_account(settled(desk), *ACCOUNT)
    dispute = about(case, desk, 1800, "usage/u-1", held=held, about="final-account")
    case = case.model_copy(update={"account_dispute": dispute})
    told = {"outcome": ruling, "owed": Money(minor=owed), "operator": "op-1", "reason": "checked"}
    decided = dispute.model_copy(update=told)
    known = case.model_copy(update={"account_dispute": decided})
    decision = disputes.decide_dispute(case, rules(case, ruling, said), desk.now, desk.pack)
    moved = owed if held else 1800 - owed
    if not moved:
        event = resolved(known, decided, 0, 0, desk)
        resolved_now = known.model_copy(update={"account_resolved": (decided,)})
        assert decision == Decision(resolved_now, (event,), alarms=(STOP_OF_ACCOUNT,))
        return
    call = move_money(case, "charge" if held else "refund", Money(minor=moved), "account-dispute")
    assert decision == Decision(known, calls=(call,), alarms=(STOP_OF_ACCOUNT,))
    done = account_disputes.money_moved(known, answered(known, call), desk.now, desk.pack)
    resolved_now = known.model_copy(update={"account_resolved": (decided,)})
    assert done == Decision(resolved_now, (resolved(known, decided, moved if held else 0, 0 if held else moved, desk),))


@pytest.mark.parametrize(
    ("owed", "held", "overcharged", "expected"),
    [
        (1800, True, False, ("charge", 1800, 0)),
        (0, True, True, ("charge", 0, 0)),
        (1800, False, True, ("charge", 0, 0)),
        (1799, False, False, ("refund", 1, 1)),
        (1799, False, True, ("refund", 2, 1)),
    ],
)
def test_what_a_dispute_means_in_money(
    desk: Desk, owed: int, held: bool, overcharged: bool, expected: tuple[str, int, int]
) -> None:
    case = settled(desk)
    dispute = about(case, desk, 1800, held=held, owed=Money(minor=owed), overcharged=overcharged)
    operation, amount, wrong = outcomes.money_to_move(dispute, desk.pack)
    assert (operation, amount.minor, wrong.minor) == expected


def test_a_dispute_that_nobody_decides_is_said_to_a_person(desk: Desk) -> None:
    case = settled(desk, dispute=about(desk.quoted, desk, 1800, "one"))
    other = about(case, desk, 500, "usage/u-1", about="final-account", answer_due=desk.now)
    case = case.model_copy(update={"account_dispute": other})
    for decide, name, due in (
        (disputes.overdue, "dispute-answer", about(case, desk, 1).answer_due),
        (account_disputes.overdue, "account-dispute-answer", desk.now),
    ):
        alarm = AlarmRang(request_id=case.request_id, name=name, at=due)
        detail = f"no decision by {due.isoformat()}"
        event = AttentionRequired(
            request_id=case.request_id, incident=name, operation=name, code="overdue", detail=detail
        )
        assert decide(case, alarm, desk.now, desk.pack) == Decision(case, (event,))
