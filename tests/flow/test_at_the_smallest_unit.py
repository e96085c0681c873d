"""Nothing, the smallest unit of money, and one more: argued about, waived, given back and told as any other amount."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages.billing import DisputeOpened, Elsewhere, FeeSettled
from contracts.messages.ops import ElsewhereNoted
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import TerminationReprocessed
from contracts.words import Kind, Money, Ruling
from runtime.decision import NOTHING
from services.billing import account_disputes, aftermath, disputes, elsewhere, outcomes, records
from services.billing.case import BillingCase, move_money
from services.billing.incidents import kept
from services.billing.settling import settled_dates
from tests.flow.arguing import LINES, about, fee, no, rules, says, with_lines
from tests.flow.at_billing import Desk, in_state, settled
from tests.flow.test_account_dispute_decisions_exactly import with_account
from tests.flow.test_aftermath_decisions_exactly import ended
from tests.flow.test_settling_decisions_exactly import yes

FEW = pytest.mark.parametrize("minor", [0, 1, 2])
DAY = timedelta(days=1)
BY = {"operator": "op-1", "reason": "checked"}


def costing(case: BillingCase, monthly: int) -> BillingCase:
    """One item, at so much a month."""
    assert case.subscription is not None
    item = case.subscription.items[0].model_copy(update={"monthly_fee": Money(minor=monthly), "price_changes": ()})
    return case.model_copy(update={"subscription": case.subscription.model_copy(update={"items": (item,)})})


@FEW
def test_a_quote_of_it_is_a_fee_or_nothing(desk: Desk, minor: int) -> None:
    case = with_lines(desk.quoted, fee("one", minor))
    assert records.quoted(case, desk.now, desk.pack).outcome == ("fee-due" if minor else "nothing-due")


@FEW
def test_of_a_quote_it_is_argued_about_where_it_is_something(desk: Desk, minor: int) -> None:
    case = with_lines(settled(desk), fee("one", minor))
    decision = disputes.open_dispute(case, says(case), desk.now, desk.pack)
    if not minor:
        assert decision == no(case, desk, "nothing-to-dispute")
        return
    [opened] = decision.events
    assert isinstance(opened, DisputeOpened) and opened.amount.minor == minor


@FEW
def test_of_an_account_it_is_meant_where_the_quote_has_nothing(desk: Desk, minor: int) -> None:
    case = with_account(with_lines(settled(desk), fee("one", minor)), fee("usage/u-1", 5, kind="usage"))
    assert account_disputes.is_about(case, says(case)) == (minor == 0)


@FEW
def test_of_an_account_it_is_argued_about_where_it_is_something(desk: Desk, minor: int) -> None:
    case = with_account(with_lines(settled(desk), LINES[1]), fee("usage/u-1", minor, kind="usage"))
    assert account_disputes.is_about(case, says(case, "usage/u-1")) == bool(minor)


@FEW
def test_a_further_day_of_delay_that_costs_it_is_waived(desk: Desk, minor: int) -> None:
    case = costing(settled(desk, Kind.LINE), 30 * minor)
    dates = settled_dates(case, desk.now, desk.pack)
    assert dates.promised is not None
    at = [dates.model_copy(update={"effective": dates.promised + days * DAY}) for days in (5, 6)]
    known = case.model_copy(update={"late": at[0], "switched_off": True})
    decision = aftermath.after_termination(known, ended(case, at[1], late=True), dates.promised + 6 * DAY, desk.pack)
    assert decision.calls == ((move_money(case, "waive", Money(minor=minor), "delay"),) if minor else ())


@FEW
def test_a_day_of_a_wrong_switch_off_that_costs_it_is_waived(desk: Desk, minor: int) -> None:
    case = costing(settled(desk, Kind.LINE), 30 * minor)
    told = TerminationReprocessed(request_id=case.request_id, audience=case.to_whom, restored=(), ended=())
    decision = aftermath.after_repair(case, told, desk.now, desk.pack)
    assert decision.calls == ((move_money(case, "waive", Money(minor=minor), "wrong-switch-off"),) if minor else ())


@FEW
def test_more_than_what_was_wrong_is_told_as_a_compensation(desk: Desk, minor: int) -> None:
    case = with_lines(settled(desk), *LINES)
    said = about(case, desk, 1200, "two", held=False, outcome=Ruling.LOWERED, owed=Money(minor=700), **BY)
    told = outcomes.resolved(case, said, Money(minor=0), Money(minor=500 + minor), desk.pack)
    assert told.compensation == (Money(minor=minor) if minor else None)


@FEW
@pytest.mark.parametrize("held", [True, False])
def test_what_a_ruling_leaves_of_it_moves(desk: Desk, held: bool, minor: int) -> None:
    """Held: so much remains due. Paid: so much was too much, and a withdrawal gives back only the rest."""
    case = with_lines(settled(desk, paid=Money(minor=1200)), LINES[2])
    case = case.model_copy(update={"dispute": about(case, desk, 1200, "two", held=held)})
    owed = minor if held else 1200 - minor
    decision = disputes.decide_dispute(case, rules(case, Ruling.LOWERED, owed), desk.now, desk.pack)
    call = move_money(case, "charge" if held else "refund", Money(minor=minor), "dispute")
    assert decision.calls == ((call,) if minor else ())
    assert isinstance(decision.case, BillingCase) and decision.case.paid is not None
    assert decision.case.paid.minor == (1200 if held else 1200 - minor)


@pytest.mark.parametrize(("held", "due"), [(0, 1800), (600, 1200), (1799, 1)])
@pytest.mark.parametrize("ground", ["billed", "not-charged"])
def test_what_is_noted_as_done_elsewhere_is_what_would_have_been_charged(
    desk: Desk, ground: Any, held: int, due: int
) -> None:
    case = with_lines(desk.quoted, *LINES)
    dispute = about(case, desk, held, "one") if held else None
    call = move_money(case, "charge", Money(minor=due), "settlement")
    waits = {"charge:settlement": kept("charge", "settlement", call.ask, "")}
    case = in_state(case, "charging", dispute=dispute, incidents=waits, confirmation=yes(case))
    word = {"incident": "charge:settlement", "ground": ground, "evidence": "bill-7"}
    note = ElsewhereNoted(request_id=case.request_id, operator="op-1", reason="checked", **word)
    solved, told = elsewhere.noted(case, note, desk.now, desk.pack).events
    assert solved == AttentionResolved(request_id=case.request_id, incident="charge:settlement")
    assert isinstance(told, FeeSettled) and (told.paid.minor, told.held.minor) == (0, held)
    assert told.elsewhere == Elsewhere(amount=Money(minor=due), ground=ground, reference="bill-7")
    unclear = waits["charge:settlement"].model_copy(update={"key": "k-1"})
    doubtful = case.model_copy(update={"incidents": {"charge:settlement": unclear}})
    assert elsewhere.noted(doubtful, note, desk.now, desk.pack) == no(case, desk, "not-done-elsewhere", note.type)
    item = note.model_copy(update={"incident": "switch-off:plan-basic"})
    assert elsewhere.noted(case, item, desk.now, desk.pack) == NOTHING
