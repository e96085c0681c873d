"""What billing decides when a service has ended, late or wrongly: whole decisions, at each edge of their conditions."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.carrier.asks import FinalBillAsk
from contracts.messages.billing import FeeWaived
from contracts.messages.commands import ProblemKind
from contracts.messages.intake import ProblemReported
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import NumberPorted, ServiceTerminated, TerminationReprocessed
from contracts.words import Dates, Kind, Money
from policies.customers_word import CLOCKS_DIFFER, MOST_HELD
from runtime.decision import NOTHING, Call, Decision
from services.billing import aftermath, records
from services.billing.case import BillingCase, Incident, move_money
from services.billing.settling import settled_dates
from tests.flow.at_billing import answered, settled
from tests.flow.system import System

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
A_DAY = 9900 + 1500  # of both items, a thirtieth of it a day


def own(case: BillingCase, system: System) -> Dates:
    return settled_dates(case, system.now, system.pack)


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
    system: System, kind: Kind, billed: bool | None
) -> None:
    case = settled(system, kind)
    dates = own(case, system)
    now = (dates.service_end or system.now) + SECOND
    decision = aftermath.after_termination(case, ended(case, dates), now, system.pack)
    off = case.model_copy(update={"switched_off": True})
    calls = (final_bill(case, dates.charge_end),) if billed else ()
    assert decision == (NOTHING if billed is None else Decision(off, calls=calls))


@pytest.mark.parametrize(
    "change",
    [{"application": None}, {"settled_at": None}, {"state": "ended"}, {"state": "charging"}, None],
)
def test_nothing_follows_from_an_end_before_the_settlement(system: System, change: dict[str, Any] | None) -> None:
    case = settled(system)
    message, now = ended(case, own(case, system)), system.now + 400 * DAY
    known = None if change is None else case.model_copy(update=change)
    assert aftermath.after_termination(known, message, now, system.pack) == NOTHING


@pytest.mark.parametrize(("early", "nothing"), [(timedelta(0), False), (SECOND, True)])
def test_an_end_is_believed_as_far_ahead_as_clocks_may_differ(system: System, early: timedelta, nothing: bool) -> None:
    case = settled(system)
    dates = own(case, system)
    assert dates.service_end is not None
    now = dates.service_end - CLOCKS_DIFFER - early
    decision = aftermath.after_termination(case, ended(case, dates), now, system.pack)
    assert (decision == NOTHING) == nothing


@pytest.mark.parametrize("days", [1, 2, 3, 10])
@pytest.mark.parametrize("begun", [timedelta(0), SECOND])
def test_each_day_of_a_delay_that_has_begun_is_given_back(system: System, days: int, begun: timedelta) -> None:
    case = settled(system)
    dates = own(case, system)
    assert dates.promised is not None
    at = dates.promised + (days - 1) * DAY + begun
    told = dates.model_copy(update={"effective": at})
    decision = aftermath.after_termination(case, ended(case, told, late=True), at, system.pack)
    count = max(system.pack.delay.least_days, days if begun else days - 1)
    off = case.model_copy(update={"switched_off": True, "late": told})
    calls = (move_money(case, "waive", cost(case, count), "delay"), final_bill(case, dates.charge_end))
    assert decision == Decision(off, calls=calls)


def test_a_delay_counts_to_today_where_no_end_or_a_later_one_is_told(system: System) -> None:
    case = settled(system)
    dates = own(case, system)
    assert dates.promised is not None
    now = dates.promised + 5 * DAY
    for effective in (None, now + DAY, now):
        told = dates.model_copy(update={"effective": effective})
        decision = aftermath.after_termination(case, ended(case, told, late=True), now, system.pack)
        assert decision.calls[0] == move_money(case, "waive", cost(case, 5), "delay")
        assert isinstance(decision.case, BillingCase) and decision.case.late == dates.model_copy(
            update={"effective": now}
        )


@pytest.mark.parametrize(("before", "now", "more"), [(2, 5, 3), (5, 5, 0), (5, 3, 0), (None, 5, 5)])
def test_of_an_end_that_is_told_again_only_the_further_days_are_given_back(
    system: System, before: int | None, now: int, more: int
) -> None:
    case = settled(system, Kind.PRODUCT)
    assert case.application is not None
    wish = case.application.model_copy(update={"items": ("plan-basic", "video-pack")})
    case = case.model_copy(update={"application": wish})
    dates = own(case, system)
    assert dates.promised is not None
    at = [dates.model_copy(update={"effective": dates.promised + days * DAY}) for days in (before or 0, now)]
    case = case.model_copy(update={"late": None if before is None else at[0]})
    message = ended(case, at[1], late=True)
    decision = aftermath.after_termination(case, message, dates.promised + now * DAY, system.pack)
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
    system: System, late: bool, early: timedelta, waived: bool
) -> None:
    case = settled(system)
    dates = own(case, system)
    assert dates.promised is not None
    decision = aftermath.after_termination(case, ended(case, dates, late), dates.promised - early, system.pack)
    assert [call.operation == "waive" for call in decision.calls] == ([True, False] if waived else [False])


REFUSED = Incident(operation="final-bill", note="", ask={}, key="")


def test_a_final_bill_that_was_refused_is_asked_for_again_when_the_end_is_told_again(system: System) -> None:
    case = settled(system, switched_off=True)
    dates = own(case, system)
    first = final_bill(case, dates.charge_end)
    kept = REFUSED.model_copy(update={"ask": first.ask.model_dump(mode="json"), "key": "k-1"})
    other = REFUSED.model_copy(update={"operation": "refund"})
    now = (dates.service_end or system.now) + SECOND
    for incidents in ({}, {"refund:dispute": other}):
        known = case.model_copy(update={"incidents": incidents})
        assert aftermath.after_termination(known, ended(case, dates), now, system.pack) == Decision(known)
    known = case.model_copy(update={"incidents": {"final-bill:": kept, "refund:dispute": other}})
    decision = aftermath.after_termination(known, ended(case, dates), now, system.pack)
    left = known.model_copy(update={"incidents": {"refund:dispute": other}})
    solved = AttentionResolved(request_id=case.request_id, incident="final-bill:")
    assert decision == Decision(left, (solved,), calls=(first._replace(key="k-1"),))


def ported(case: BillingCase, at: Any) -> NumberPorted:
    return NumberPorted(request_id=case.request_id, audience=case.to_whom, dates=Dates(requested=at), left_at=at)


def test_a_number_that_left_is_billed_to_the_day_it_left_and_once(system: System) -> None:
    case = settled(system, Kind.PORT_OUT)
    left = system.now + CLOCKS_DIFFER
    decision = aftermath.after_porting(case, ported(case, left), system.now, system.pack)
    gone = case.model_copy(update={"left_at": left})
    assert decision == Decision(gone, calls=(final_bill(case, left),))
    again = aftermath.after_porting(gone, ported(case, left + SECOND), left + DAY, system.pack)
    assert again == Decision(gone)
    kept = REFUSED.model_copy(update={"ask": final_bill(case, left).ask.model_dump(mode="json")})
    waiting = gone.model_copy(update={"incidents": {"final-bill:": kept}})
    again = aftermath.after_porting(waiting, ported(case, left + SECOND), left + DAY, system.pack)
    assert (again.case, again.calls) == (gone, (final_bill(case, left),))


@pytest.mark.parametrize("change", ["ahead", "line", "unpaid", "unheard", None])
def test_no_number_is_billed_that_has_not_left(system: System, change: str | None) -> None:
    case = settled(system, Kind.LINE if change == "line" else Kind.PORT_OUT)
    message = ported(case, system.now + CLOCKS_DIFFER + (SECOND if change == "ahead" else timedelta(0)))
    changes: dict[str | None, dict[str, Any]] = {"unpaid": {"paid": None}, "unheard": {"application": None}}
    known = None if change is None else case.model_copy(update=changes.get(change, {}))
    assert aftermath.after_porting(known, message, system.now, system.pack) == NOTHING


def report(case: BillingCase, *items: str, problem: ProblemKind = ProblemKind.WRONG_ITEM) -> ProblemReported:
    return ProblemReported(request_id=case.request_id, audience=case.to_whom, problem=problem, items=items)


def repair(case: BillingCase, *restored: str) -> TerminationReprocessed:
    return TerminationReprocessed(request_id=case.request_id, audience=case.to_whom, restored=restored, ended=())


def of_the_plan(system: System, **more: Any) -> BillingCase:
    """The plan ends alone, so that the add-on can go off wrongly."""
    case = settled(system, Kind.PRODUCT)
    assert case.application is not None
    wish = case.application.model_copy(update={"items": ("plan-basic",)})
    return case.model_copy(update={"application": wish} | more)


@pytest.mark.parametrize(
    ("said", "used", "before", "after"),
    [
        ({}, {}, {}, {1: ("video-pack",)}),
        ({"problem": 1}, {}, {1: ("a",)}, {1: ("a",), 2: ("video-pack",)}),
        ({"problem": 1}, {"problem": 1}, {1: ("a",)}, {2: ("video-pack",)}),
        ({"problem": 2}, {"problem": 1}, {1: ("a",), 2: ("b",)}, {2: ("b",), 3: ("video-pack",)}),
    ],
)
def test_reports_are_kept_under_their_numbers_until_they_are_made_good(
    system: System, said: Any, used: Any, before: Any, after: Any
) -> None:
    case = of_the_plan(system, said=said, used=used, reported=before)
    decision = aftermath.reported(case, report(case, "plan-basic", "video-pack"), system.now, system.pack)
    assert decision == Decision(case.model_copy(update={"reported": after}))


def test_of_too_many_reports_the_first_are_kept(system: System) -> None:
    full = dict.fromkeys(range(1, MOST_HELD + 1), ("a",))
    case = of_the_plan(system, said={"problem": MOST_HELD}, reported=full)
    assert aftermath.reported(case, report(case, "video-pack"), system.now, system.pack) == Decision(case)


@pytest.mark.parametrize("problem", [each for each in ProblemKind if each is not ProblemKind.WRONG_ITEM], ids=str)
def test_a_report_of_another_problem_names_nothing_that_went_off_wrongly(system: System, problem: ProblemKind) -> None:
    case = of_the_plan(system)
    decision = aftermath.reported(case, report(case, "video-pack", problem=problem), system.now, system.pack)
    assert decision == Decision(case.model_copy(update={"reported": {1: ()}}))


@pytest.mark.parametrize("missing", ["application", "subscription", None])
def test_a_report_about_a_request_that_was_never_approved_is_nothing(system: System, missing: str | None) -> None:
    case = of_the_plan(system)
    known = None if missing is None else case.model_copy(update={missing: None})
    assert aftermath.reported(known, report(case, "video-pack"), system.now, system.pack) == NOTHING


@pytest.mark.parametrize(
    ("reported", "used", "restored", "made_good"),
    [
        ({1: ("video-pack",)}, {}, ("video-pack",), ("video-pack",)),
        ({1: ("video-pack",)}, {}, (), ("video-pack",)),  # what was reported, whatever a repair says
        ({1: ()}, {}, ("video-pack",), ()),
        ({}, {}, ("video-pack",), ("video-pack",)),  # a case of before reports were kept
        ({1: (), 2: ("video-pack",)}, {}, ("video-pack",), ("video-pack",)),  # it fits the second
        ({1: ("video-pack",), 2: ()}, {"problem": 1}, ("video-pack",), ()),  # the first has been made good
        ({1: ("video-pack",), 2: ("video-pack",)}, {"problem": 1}, ("video-pack",), ("video-pack",)),
    ],
)
def test_a_repair_makes_good_what_was_reported(
    system: System, reported: Any, used: Any, restored: tuple[str, ...], made_good: tuple[str, ...]
) -> None:
    case = of_the_plan(system, reported=reported, used=used)
    assert case.subscription is not None
    fees = {item.item: item.monthly_fee.minor for item in case.subscription.items}
    days = system.pack.delay.least_days
    rounded = [(minor * days + 15) // 30 for minor in (fees["plan-basic"], sum(fees[item] for item in made_good))]
    wronged = case.model_copy(update={"wronged": made_good})
    waive = move_money(case, "waive", Money(minor=sum(rounded)), "wrong-switch-off")
    decision = aftermath.after_repair(case, repair(case, *restored), system.now, system.pack)
    assert decision == Decision(wronged, calls=(waive,))


@pytest.mark.parametrize(("minor", "waives"), [(0, 0), (30, 1)])
def test_what_costs_nothing_is_not_waived(system: System, minor: int, waives: int) -> None:
    case = of_the_plan(system)
    assert case.subscription is not None
    fee = Money(minor=minor)
    items = tuple(item.model_copy(update={"monthly_fee": fee}) for item in case.subscription.items)
    case = case.model_copy(update={"subscription": case.subscription.model_copy(update={"items": items})})
    decision = aftermath.after_repair(case, repair(case), system.now, system.pack)
    assert len(decision.calls) == waives
    if not waives:
        assert decision == NOTHING


@pytest.mark.parametrize("cause", ["delay", "wrong-switch-off"])
def test_what_was_waived_is_told_with_its_cause_its_clause_and_its_record(system: System, cause: Any) -> None:
    case = settled(system)
    amount = Money(minor=380)
    event = FeeWaived(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=amount,
        cause=cause,
        reference="r-1",
        clauses=(system.pack.delay.clause,),
        decision=records.waived(case, cause, amount, system.pack),
    )
    answer = answered(case, move_money(case, "waive", amount, cause))
    assert aftermath.waived(case, answer, system.now, system.pack) == Decision(case, (event,))
