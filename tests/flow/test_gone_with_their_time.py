"""What nothing follows goes with its time: a caller who could not log in, a withdrawal of what was never approved."""

from datetime import timedelta

import pytest

from contracts.carrier.subscriptions import Subscription
from contracts.messages import billing, commands, intake, ops, shared
from contracts.messages.intake import WithdrawalRequested
from contracts.messages.review import RequestApproved
from runtime.decision import Answered, Refused
from runtime.kernel.due import prune
from services.billing import offering
from services.billing.withdrawing import withdraw
from services.intake import domain, follow_ups
from services.intake.case import LOOK_UP, IntakeCase
from tests.flow.customer import confirm, submit
from tests.flow.system import System, new_id

LONG, DAY = timedelta(days=400), timedelta(days=1)
CALLER = "sub-locked01"


def cannot_log_in(system: System, request: str) -> None:
    told = {"problem": "cannot-log-in", "subscription": CALLER}
    system.say(commands.ReportProblem(request_id=request, channel="hotline", **told))


def test_a_caller_who_was_answered_goes_with_their_time(system: System) -> None:
    request = new_id("locked")
    cannot_log_in(system, request)
    assert system.the(intake.AccountChecked, request).account == "locked"
    store = system.steppers["intake"].store
    prune(store, system.now, DAY)
    assert system.case("intake", request).login_problem is not None
    prune(store, system.now + LONG, DAY)
    assert system.case("intake", request) is None


@pytest.mark.parametrize("forgotten", [False, True])
def test_an_agent_files_under_the_callers_id_before_and_after_that(system: System, forgotten: bool) -> None:
    request = new_id("locked")
    cannot_log_in(system, request)
    if forgotten:
        prune(system.steppers["intake"].store, system.now + LONG, DAY)
    submit(system, CALLER, "video-pack", channel="hotline", name="locked")
    assert system.case("intake", request).open
    confirm(system, request, channel="hotline")
    assert system.stage(request) == "closed"


def test_who_says_it_twice_is_answered_once(system: System) -> None:
    request = new_id("locked")
    cannot_log_in(system, request)
    cannot_log_in(system, request)
    assert system.types(request).count("account.checked.v1") == 1


def test_a_look_up_for_a_caller_that_the_carrier_refused_is_asked_again_by_an_operator(system: System) -> None:
    request = new_id("locked")
    report = commands.ReportProblem(request_id=request, channel="hotline", problem="cannot-log-in", subscription=CALLER)
    first = follow_ups.report_problem(None, report, system.now, system.pack)
    assert isinstance(first.case, IntakeCase)
    [call] = first.calls
    said = {"request_id": request, "operation": call.operation, "ask": call.ask, "note": ""}
    no = Refused(**said, code="not-now", detail="", key="k-1")
    stuck = domain.look_up_refused(first.case, no, system.now, system.pack)
    assert isinstance(stuck.case, IntakeCase) and stuck.case.open
    order = ops.RetryOrdered(request_id=request, incident=LOOK_UP, operator="op-1", reason="it is there again")
    again = domain.retry(stuck.case, order, system.now, system.pack)
    assert again.calls == (call,) and [event.type for event in again.events] == ["attention.resolved.v1"]
    known: Subscription = system.books.look_up(CALLER)
    assert isinstance(again.case, IntakeCase)
    answered = domain.looked_up(again.case, Answered(**said, answer=known), system.now, system.pack)
    assert answered.case is not None and not answered.case.open


def test_a_withdrawal_of_what_billing_never_saw_goes_with_its_time(system: System) -> None:
    request = submit(system, "sub-regret01")
    audience = system.the(billing.QuoteIssued, request).audience
    lonely = new_id("lonely")
    system.say(WithdrawalRequested(request_id=lonely, audience=audience), "intake")
    store = system.steppers["billing"].store
    prune(store, system.now, DAY)
    assert system.case("billing", lonely).withdrawal_wanted
    prune(store, system.now + LONG, DAY)
    assert system.case("billing", lonely) is None


def test_an_approval_behind_its_withdrawal_is_withdrawn_and_quotes_nothing(system: System) -> None:
    request = submit(system, "sub-regret01")
    approved = system.the(RequestApproved, request)
    withdrawal = WithdrawalRequested(request_id=request, audience=approved.audience)
    first = withdraw(None, withdrawal, system.now, system.pack)
    assert first.case is not None and not first.case.open
    then = offering.issue_quote(first.case, approved, system.now, system.pack)  # type: ignore[arg-type]
    assert [type(event) for event in then.events] == [shared.RequestWithdrawn]
    assert then.case is not None and not then.case.open
