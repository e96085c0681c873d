"""An end that says «a moment has come» is believed once it has, by our own clock, and the customer has not acted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from contracts.messages import Message, billing, commands, review, shared, termination
from contracts.refusals import refused
from contracts.words import Reference
from policies.customers_word import CLOCKS_DIFFER
from runtime.decision import Alarm, AlarmRang
from services.intake import ends, follow_ups, view
from services.intake.case import IntakeCase, Stage
from tests.flow.customer import confirm, submit
from tests.flow.system import System

MOMENT = timedelta(seconds=1)
PAPERS: dict[str, Reference] = {"real-name": "doc-1"}


class Wait(NamedTuple):
    """What the customer is waited for, what says that it is over, and how the customer acts."""

    model: type[Message]
    begin: Callable[[System], str]
    stage: Stage
    over: Stage
    acts: type[Message]
    still: str
    never: str


def asked(system: System) -> str:
    return submit(system, "sub-norealname01")


def declined(system: System) -> str:
    request = submit(system, "sub-declinealways01")
    confirm(system, request)
    return request


ANSWER = Wait(
    review.InformationOverdue,
    asked,
    Stage.INFORMATION_REQUIRED,
    Stage.EXPIRED,
    commands.SupplyInformation,
    "the customer can still answer",
    "nothing was asked of the customer",
)
PAYMENT = Wait(
    billing.SettlementAbandoned,
    declined,
    Stage.PAYMENT_FAILED,
    Stage.FAILED,
    commands.RetryPayment,
    "it can still be paid",
    "no payment was declined",
)


@pytest.fixture(params=[ANSWER, PAYMENT], ids=lambda wait: str(wait.model.type))
def wait(request: pytest.FixtureRequest) -> Wait:
    assert isinstance(request.param, Wait)
    return request.param


def known(system: System, wait: Wait) -> IntakeCase:
    case = system.case("intake", wait.begin(system))
    assert isinstance(case, IntakeCase) and case.stage is wait.stage and case.due is not None
    return case


def said(wait: Wait, case: IntakeCase) -> Any:
    more: dict[str, Any] = {"questions": ()} if wait is ANSWER else {"amount": {"minor": 1}}
    return wait.model.model_validate({"request_id": case.request_id, "audience": case.audience, **more})


def due(case: IntakeCase) -> Any:
    assert case.due is not None
    return case.due


def rings(case: IntakeCase) -> AlarmRang:
    return AlarmRang(request_id=case.request_id, name=ends.TIME_OVER, at=due(case))


@pytest.mark.parametrize(
    ("before", "changes", "over", "told"),
    [
        (timedelta(), {}, True, ""),
        (-MOMENT, {}, True, ""),
        (MOMENT, {}, False, ""),
        (CLOCKS_DIFFER, {}, False, ""),
        (CLOCKS_DIFFER + MOMENT, {}, False, "still"),
        (timedelta(days=9), {}, False, "still"),
        (-MOMENT, {"given": True}, False, ""),
        (-MOMENT, {"due": None, "due_of": None, "stage": Stage.CHECKING}, False, "never"),
        (-MOMENT, {"due_of": Stage.REFERRED}, False, "never"),
        (-MOMENT, {"stage": Stage.CONFIRMED, "confirmed_version": 1}, True, ""),  # a yes before any quote
        (-MOMENT, {"due_of": None}, True, ""),  # stored before that was noted
    ],
)
def test_it_is_over_once_our_own_clock_says_the_same(
    system: System, wait: Wait, before: timedelta, changes: dict[str, Any], over: bool, told: str
) -> None:
    case = known(system, wait)
    decision = ends.ended(case.model_copy(update=changes), said(wait, case), due(case) - before, system.pack)
    assert isinstance(decision.case, IntakeCase)
    assert decision.release == over and (decision.case.stage is wait.over) == over
    whys = [each.detail.rpartition(": ")[2] for each in decision.events if isinstance(each, shared.AttentionRequired)]
    assert whys == ([getattr(wait, told)] if told else [])
    waits = not over and told != "never"
    assert decision.alarms == ((Alarm(ends.TIME_OVER, due(case)),) if waits else ())


@pytest.mark.parametrize(
    ("changes", "later", "over"),
    [
        ({}, 0, False),
        ({"lapsed": True}, 0, True),
        ({"lapsed": True}, -1, False),
        ({"lapsed": True, "given": True}, 0, False),
        ({"lapsed": True, "due_of": Stage.REFERRED}, 0, False),
        ({"lapsed": True, "stage": Stage.WITHDRAWN}, 0, False),
    ],
)
def test_our_alarm_ends_what_was_said_to_be_over_and_nothing_else(
    system: System, wait: Wait, changes: dict[str, Any], later: int, over: bool
) -> None:
    case = known(system, wait)
    noted = case.model_copy(update=changes | ({"lapsed": wait.model.type} if "lapsed" in changes else {}))
    assert ends.time_over(noted, rings(case), due(case) + later * MOMENT, system.pack).release == over


@pytest.mark.parametrize(("left", "over"), [(-MOMENT, True), (MOMENT, False)])
def test_what_the_customer_did_too_late_leaves_it_to_the_end_that_was_said_before(
    system: System, wait: Wait, left: timedelta, over: bool
) -> None:
    case = known(system, wait)
    act: Any = commands.SupplyInformation(request_id=case.request_id, channel="app", answers=PAPERS)
    decide: Any = follow_ups.supply
    if wait is PAYMENT:
        act, decide = commands.RetryPayment(request_id=case.request_id, channel="app"), follow_ups.retry_payment
    acted: Any = decide(case.model_copy(update={"lapsed": wait.model.type}), act, due(case) - left, system.pack).case
    assert acted.given
    no = refused(case.request_id, wait.acts.type, "nothing-asked" if wait is ANSWER else "nothing-to-pay")
    decision = view.refused_elsewhere(acted, no, due(case) - left, system.pack)
    assert decision.release == over
    assert decision.alarms == (() if over else (Alarm(ends.TIME_OVER, due(case)),))


def test_an_end_that_was_heard_before_its_beginning_waits_for_it(system: System, wait: Wait) -> None:
    """As from a dead letter that is sent again."""
    case = known(system, wait)
    unknown = case.model_copy(update={"due": None, "due_of": None, "stage": Stage.CONFIRMED})
    heard: Any = ends.ended(unknown, said(wait, case), due(case), system.pack).case
    model = review.InformationRequired if wait is ANSWER else billing.SettlementFailed
    begins = next(each for each in system.events(case.request_id) if isinstance(each, model))
    decide: Any = view.information_required if wait is ANSWER else view.payment_failed
    assert decide(heard, begins, due(case), system.pack).release
    assert not decide(heard, begins, due(case) - MOMENT, system.pack).release


def test_the_customer_can_still_act_after_a_made_up_end(system: System, wait: Wait) -> None:
    case = known(system, wait)
    topic = "review" if wait is ANSWER else "billing"
    system.say(said(wait, case), topic)
    assert system.stage(case.request_id) == wait.stage
    if wait is ANSWER:
        system.say(commands.SupplyInformation(request_id=case.request_id, channel="app", answers=PAPERS))
        assert system.stage(case.request_id) in ("quoted", "information-required")
    else:
        system.books.payment_method("sub-declinealways01", works=True)
        system.say(commands.RetryPayment(request_id=case.request_id, channel="app"))
        assert system.case("intake", case.request_id).settled_at is not None
    assert system.case("intake", case.request_id).open


def test_nothing_is_late_before_the_day_that_was_promised(system: System) -> None:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    dates = system.the(billing.FeeSettled, request).dates
    late = termination.TerminationLate(
        request_id=request,
        audience=system.case("intake", request).audience,
        promised=dates.promised - timedelta(days=5),
        waiting=("main-plan",),
    )
    between = dates.service_end + timedelta(seconds=1)
    assert between < dates.promised - CLOCKS_DIFFER
    decision = view.late(system.case("intake", request), late, between, system.pack)
    assert [type(event) for event in decision.events] == [shared.AttentionRequired]
    after = view.late(system.case("intake", request), late, dates.promised, system.pack).case
    assert isinstance(after, IntakeCase) and after.stage is Stage.LATE
