"""What billing decides when a service has ended, late or wrongly: whole decisions, at each edge of their conditions."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.asks import FinalBillAsk
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import NumberPorted, ServiceTerminated
from contracts.words import Dates, Kind, Money
from policies.customers_word import CLOCKS_DIFFER
from runtime.decision import NOTHING, Call, Decision
from services.billing import aftermath
from services.billing.case import BillingCase, Incident, move_money
from services.billing.settling import settled_dates
from tests.flow.at_billing import Desk, settled

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
A_DAY = 9900 + 1500  # of both items, a thirtieth of it a day


def own(case: BillingCase, desk: Desk) -> Dates:
    return settled_dates(case, desk.now, desk.pack)


def ended(case: BillingCase, dates: Dates, late: bool = False) -> ServiceTerminated:
    return ServiceTerminated(
        request_id=case.request_id, audience=case.to_whom, kind=Kind.LINE, ended=(), dates=dates, late=late
    )


def final_bill(case: BillingCase, at: Any) -> Call:
    ids = {"request_id": case.request_id, "subscription": case.to_whom.subscription}
    return Call("final-bill", FinalBillAsk(**ids, charge_end=at))


def monthly(case: BillingCase) -> int:
    assert case.subscription is not None
    return sum(item.monthly_fee.minor for item in case.subscription.items)


def cost(case: BillingCase, days: int) -> Money:
    return Money(minor=(monthly(case) * days + 15) // 30)


@pytest.mark.parametrize(("kind", "billed"), [(Kind.LINE, True), (Kind.PRODUCT, False), (Kind.PORT_OUT, None)], ids=str)
def test_only_a_closed_line_gets_a_final_bill_to_the_end_of_its_charges(
    desk: Desk, kind: Kind, billed: bool | None
) -> None:
    case = settled(desk, kind)
    dates = own(case, desk)
    now = (dates.service_end or desk.now) + SECOND
    decision = aftermath.after_termination(case, ended(case, dates), now, desk.pack)
    off = case.model_copy(update={"switched_off": True})
    calls = (final_bill(case, dates.charge_end),) if billed else ()
    assert decision == (NOTHING if billed is None else Decision(off, calls=calls))


@pytest.mark.parametrize(
    "change",
    [{"application": None}, {"settled_at": None}, {"state": "ended"}, {"state": "charging"}, None],
)
def test_nothing_follows_from_an_end_before_the_settlement(desk: Desk, change: dict[str, Any] | None) -> None:
    case = settled(desk)
    message, now = ended(case, own(case, desk)), desk.now + 400 * DAY
    known = None if change is None else case.model_copy(update=change)
    assert aftermath.after_termination(known, message, now, desk.pack) == NOTHING


@pytest.mark.parametrize(("early", "nothing"), [(timedelta(0), False), (SECOND, True)])
def test_an_end_is_believed_as_far_ahead_as_clocks_may_differ(desk: Desk, early: timedelta, nothing: bool) -> None:
    case = settled(desk)
    dates = own(case, desk)
    assert dates.service_end is not None
    now = dates.service_end - CLOCKS_DIFFER - early
    decision = aftermath.after_termination(case, ended(case, dates), now, desk.pack)
    assert (decision == NOTHING) == nothing


@pytest.mark.parametrize("days", [1, 2, 3, 10])
@pytest.mark.parametrize("begun", [timedelta(0), SECOND])
def test_each_day_of_a_delay_that_has_begun_is_given_back(desk: Desk, days: int, begun: timedelta) -> None:
    case = settled(desk)
    dates = own(case, desk)
    assert dates.promised is not None
    at = dates.promised + (days - 1) * DAY + begun
    told = dates.model_copy(update={"effective": at})
    decision = aftermath.after_termination(case, ended(case, told, late=True), at, desk.pack)
    count = max(desk.pack.delay.least_days, days if begun else days - 1)
    off = case.model_copy(update={"switched_off": True, "late": told})
    calls = (move_money(case, "waive", cost(case, count), "delay"), final_bill(case, dates.charge_end))
    assert decision == Decision(off, calls=calls)


def test_a_delay_counts_to_today_where_no_end_or_a_later_one_is_told(desk: Desk) -> None:
    case = settled(desk)
    dates = own(case, desk)
    assert dates.promised is not None
    now = dates.promised + 5 * DAY
    for effective in (None, now + DAY, now):
        told = dates.model_copy(update={"effective": effective})
        decision = aftermath.after_termination(case, ended(case, told, late=True), now, desk.pack)
        assert decision.calls[0] == move_money(case, "waive", cost(case, 5), "delay")
        assert isinstance(decision.case, BillingCase) and decision.case.late == dates.model_copy(
            update={"effective": now}
        )


@pytest.mark.parametrize(("before", "now", "more"), [(2, 5, 3), (5, 5, 0), (5, 3, 0), (None, 5, 5)])
def test_of_an_end_that_is_told_again_only_the_further_days_are_given_back(
    desk: Desk, before: int | None, now: int, more: int
) -> None:
    case = settled(desk, Kind.PRODUCT)
    assert case.application is not None
    wish = case.application.model_copy(update={"items": ("plan-basic", "video-pack")})
    case = case.model_copy(update={"application": wish})
    dates = own(case, desk)
    assert dates.promised is not None
    at = [dates.model_copy(update={"effective": dates.promised + days * DAY}) for days in (before or 0, now)]
    case = case.model_copy(update={"late": None if before is None else at[0]})
    message = ended(case, at[1], late=True)
    decision = aftermath.after_termination(case, message, dates.promised + now * DAY, desk.pack)
    off = case.model_copy(update={"switched_off": True})
    if not more:
        assert decision == Decision(off)
        return
    minor = cost(case, now).minor - (cost(case, before).minor if before else 0)
    back = move_money(case, "waive", Money(minor=minor), "delay")
    assert decision == Decision(off.model_copy(update={"late": at[1]}), calls=(back,))


@pytest.mark.parametrize(
    ("late", "early", "waived"),
    [(True, CLOCKS_DIFFER, True), (True, CLOCKS_DIFFER + SECOND, False), (False, timedelta(0), False)],
)
def test_only_an_end_after_the_promise_is_late_whatever_is_said(
    desk: Desk, late: bool, early: timedelta, waived: bool
) -> None:
    case = settled(desk)
    dates = own(case, desk)
    assert dates.promised is not None
    decision = aftermath.after_termination(case, ended(case, dates, late), dates.promised - early, desk.pack)
    assert [call.operation == "waive" for call in decision.calls] == ([True, False] if waived else [False])


REFUSED = Incident(operation="final-bill", note="", ask={}, key="")


def test_a_final_bill_that_was_refused_is_asked_for_again_when_the_end_is_told_again(desk: Desk) -> None:
    case = settled(desk, switched_off=True)
    dates = own(case, desk)
    first = final_bill(case, dates.charge_end)
    kept = REFUSED.model_copy(update={"ask": first.ask.model_dump(mode="json"), "key": "k-1"})
    other = REFUSED.model_copy(update={"operation": "refund"})
    now = (dates.service_end or desk.now) + SECOND
    for incidents in ({}, {"refund:dispute": other}):
        known = case.model_copy(update={"incidents": incidents})
        assert aftermath.after_termination(known, ended(case, dates), now, desk.pack) == Decision(known)
    known = case.model_copy(update={"incidents": {"final-bill:": kept, "refund:dispute": other}})
    decision = aftermath.after_termination(known, ended(case, dates), now, desk.pack)
    left = known.model_copy(update={"incidents": {"refund:dispute": other}})
    solved = AttentionResolved(request_id=case.request_id, incident="final-bill:")
    assert decision == Decision(left, (solved,), calls=(first._replace(key="k-1"),))


def ported(case: BillingCase, at: Any) -> NumberPorted:
    return NumberPorted(request_id=case.request_id, audience=case.to_whom, dates=Dates(requested=at), left_at=at)


def test_a_number_that_left_is_billed_to_the_day_it_left_and_once(desk: Desk) -> None:
    case = settled(desk, Kind.PORT_OUT)
    left = desk.now + CLOCKS_DIFFER
    decision = aftermath.after_porting(case, ported(case, left), desk.now, desk.pack)
    gone = case.model_copy(update={"left_at": left})
    assert decision == Decision(gone, calls=(final_bill(case, left),))
    again = aftermath.after_porting(gone, ported(case, left + SECOND), left + DAY, desk.pack)
    assert again == Decision(gone)
    kept = REFUSED.model_copy(update={"ask": final_bill(case, left).ask.model_dump(mode="json")})
    waiting = gone.model_copy(update={"incidents": {"final-bill:": kept}})
    again = aftermath.after_porting(waiting, ported(case, left + SECOND), left + DAY, desk.pack)
    assert (again.case, again.calls) == (gone, (final_bill(case, left),))


@pytest.mark.parametrize("change", ["ahead", "line", "unpaid", "unheard", None])
def test_no_number_is_billed_that_has_not_left(desk: Desk, change: str | None) -> None:
    case = settled(desk, Kind.LINE if change == "line" else Kind.PORT_OUT)
    message = ported(case, desk.now + CLOCKS_DIFFER + (SECOND if change == "ahead" else timedelta(0)))
    changes: dict[str | None, dict[str, Any]] = {"unpaid": {"paid": None}, "unheard": {"application": None}}
    known = None if change is None else case.model_copy(update=changes.get(change, {}))
    assert aftermath.after_porting(known, message, desk.now, desk.pack) == NOTHING
