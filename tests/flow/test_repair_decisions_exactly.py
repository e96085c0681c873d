"""What billing decides when the customer reports a problem and it is repaired: whole decisions."""

from typing import Any

import pytest

from contracts.messages.billing import FeeWaived
from contracts.messages.commands import ProblemKind
from contracts.messages.intake import ProblemReported
from contracts.messages.termination import TerminationReprocessed
from contracts.words import Kind, Money
from policies.customers_word import MOST_HELD
from runtime.decision import NOTHING, Decision
from services.billing import aftermath, records
from services.billing.case import BillingCase, move_money
from tests.flow.at_billing import Desk, answered, settled


def report(case: BillingCase, *items: str, problem: ProblemKind = ProblemKind.WRONG_ITEM) -> ProblemReported:
    return ProblemReported(request_id=case.request_id, audience=case.to_whom, problem=problem, items=items)


def repair(case: BillingCase, *restored: str) -> TerminationReprocessed:
    return TerminationReprocessed(request_id=case.request_id, audience=case.to_whom, restored=restored, ended=())


def of_the_plan(desk: Desk, **more: Any) -> BillingCase:
    """The plan ends alone, so that the add-on can go off wrongly."""
    case = settled(desk, Kind.PRODUCT)
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
    desk: Desk, said: Any, used: Any, before: Any, after: Any
) -> None:
    case = of_the_plan(desk, said=said, used=used, reported=before)
    decision = aftermath.reported(case, report(case, "plan-basic", "video-pack"), desk.now, desk.pack)
    assert decision == Decision(case.model_copy(update={"reported": after}))


def test_of_too_many_reports_the_first_are_kept(desk: Desk) -> None:
    full = dict.fromkeys(range(1, MOST_HELD + 1), ("a",))
    case = of_the_plan(desk, said={"problem": MOST_HELD}, reported=full)
    assert aftermath.reported(case, report(case, "video-pack"), desk.now, desk.pack) == Decision(case)


@pytest.mark.parametrize("problem", [each for each in ProblemKind if each is not ProblemKind.WRONG_ITEM], ids=str)
def test_a_report_of_another_problem_names_nothing_that_went_off_wrongly(desk: Desk, problem: ProblemKind) -> None:
    case = of_the_plan(desk)
    decision = aftermath.reported(case, report(case, "video-pack", problem=problem), desk.now, desk.pack)
    assert decision == Decision(case.model_copy(update={"reported": {1: ()}}))


@pytest.mark.parametrize("missing", ["application", "subscription", None])
def test_a_report_about_a_request_that_was_never_approved_is_nothing(desk: Desk, missing: str | None) -> None:
    case = of_the_plan(desk)
    known = None if missing is None else case.model_copy(update={missing: None})
    assert aftermath.reported(known, report(case, "video-pack"), desk.now, desk.pack) == NOTHING


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
    desk: Desk, reported: Any, used: Any, restored: tuple[str, ...], made_good: tuple[str, ...]
) -> None:
    case = of_the_plan(desk, reported=reported, used=used)
    assert case.subscription is not None
    fees = {item.item: item.monthly_fee.minor for item in case.subscription.items}
    days = desk.pack.delay.least_days
    rounded = [(minor * days + 15) // 30 for minor in (fees["plan-basic"], sum(fees[item] for item in made_good))]
    wronged = case.model_copy(update={"wronged": made_good})
    waive = move_money(case, "waive", Money(minor=sum(rounded)), "wrong-switch-off")
    decision = aftermath.after_repair(case, repair(case, *restored), desk.now, desk.pack)
    assert decision == Decision(wronged, calls=(waive,))


@pytest.mark.parametrize(("minor", "waives"), [(0, 0), (30, 1)])
def test_what_costs_nothing_is_not_waived(desk: Desk, minor: int, waives: int) -> None:
    case = of_the_plan(desk)
    assert case.subscription is not None
    fee = Money(minor=minor)
    items = tuple(item.model_copy(update={"monthly_fee": fee}) for item in case.subscription.items)
    case = case.model_copy(update={"subscription": case.subscription.model_copy(update={"items": items})})
    decision = aftermath.after_repair(case, repair(case), desk.now, desk.pack)
    assert len(decision.calls) == waives
    if not waives:
        assert decision == NOTHING


@pytest.mark.parametrize("cause", ["delay", "wrong-switch-off"])
def test_what_was_waived_is_told_with_its_cause_its_clause_and_its_record(desk: Desk, cause: Any) -> None:
    case = settled(desk)
    amount = Money(minor=380)
    event = FeeWaived(
        request_id=case.request_id,
        audience=case.to_whom,
        amount=amount,
        cause=cause,
        reference="r-1",
        clauses=(desk.pack.delay.clause,),
        decision=records.waived(case, cause, amount, desk.pack),
    )
    answer = answered(case, move_money(case, "waive", amount, cause))
    assert aftermath.waived(case, answer, desk.now, desk.pack) == Decision(case, (event,))
