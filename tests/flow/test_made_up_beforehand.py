"""However much is made up before the customer speaks, what is true then finds its place; and each word works once."""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from contracts.messages import Message, billing, commands, shared, termination
from contracts.words import Money
from policies.customers_word import MOST_HELD, NOT_KEPT, incident_of
from runtime.kernel.tables import CASES
from services.billing import aftermath
from services.billing.case import Incident
from tests.flow.customer import confirm, done, order_retry, reopen, submit, withdraw
from tests.flow.system import System
from tests.flow.test_one_services_word import EFFECTS, LINE, PATIENCE, closed, heard_once, in_its_notice, quoted

INTAKES = "cancellation.intake"
DECLINES = "sub-linecontract01"


def make_up_settlements(system: System, request: str, how_many: int) -> None:
    real = heard_once()["quoted"][billing.FeeSettled]
    assert isinstance(real, billing.FeeSettled)
    for number in range(how_many):
        at = real.confirmed_at + timedelta(seconds=number + 1)
        system.say(real.model_copy(update={"request_id": request, "confirmed_at": at}), "billing")


def settled_before_its_yes_is_heard(system: System, request: str) -> None:
    """Intake and billing have done their part; termination has read billing's topic to its end, and intake's not."""
    away = system.steppers.pop("termination")
    confirm(system, request)
    system.steppers["termination"] = away
    heard = system.read["termination", INTAKES]
    system.read["termination", INTAKES] = len(system.log[INTAKES])
    system.settle()
    assert done(system, request, "switch-off") == []
    system.read["termination", INTAKES] = heard
    system.settle()


def incidents(system: System, request: str, model: Any) -> list[str]:
    return [each.incident for each in system.events(request) if isinstance(each, model)]


@pytest.mark.parametrize("made_up", [0, MOST_HELD - 1, MOST_HELD, 60])
def test_a_true_settlement_finds_its_yes_however_many_were_made_up_before_both(system: System, made_up: int) -> None:
    request = quoted(system)
    make_up_settlements(system, request, made_up)
    settled_before_its_yes_is_heard(system, request)
    assert system.stage(request) == "closed"
    off = [what for kind, what, _ in done(system, request) if kind == "switch-off"]
    assert off and len(off) == len(set(off)), "each item once"
    paid = [each for each in system.events(request) if isinstance(each, billing.FeeSettled)]
    assert len(paid) == made_up + 1, "no money is told of a second time"
    asked, solved = (incidents(system, request, each) for each in (shared.AttentionRequired, shared.AttentionResolved))
    assert (NOT_KEPT in asked) == (NOT_KEPT in solved) == (made_up >= MOST_HELD)


def test_what_is_kept_of_made_up_settlements_does_not_grow(system: System) -> None:
    request = quoted(system)
    sizes = []
    for _ in range(2):
        make_up_settlements(system, request, 30)
        sizes.append(len(system.steppers["termination"].store.read(CASES.select())[0].body))
    assert sizes[0] == sizes[1]


def test_a_person_can_have_billing_asked_once_more(system: System) -> None:
    request = quoted(system)
    make_up_settlements(system, request, MOST_HELD + 1)
    away = system.steppers.pop("billing")
    settled = system.steppers.pop("termination")
    confirm(system, request)
    system.steppers["termination"] = settled
    system.settle()  # it asks for a settlement that is not there yet: nothing is to be said again
    system.steppers["billing"] = away
    order_retry(system, request, NOT_KEPT)
    assert system.stage(request) == "closed"
    assert NOT_KEPT in incidents(system, request, shared.AttentionResolved)


# ---- what a person is told of it ------------------------------------------------------------------------------------


def told(system: System, request: str) -> str:
    found = [
        each.detail
        for each in system.events(request)
        if isinstance(each, shared.AttentionRequired) and each.incident == incident_of("confirmation")
    ]
    return found[-1]


def test_beside_a_yes_that_was_heard_nobody_is_told_that_there_was_none(system: System) -> None:
    system.books.payment_method(DECLINES, works=False)
    request = submit(system, DECLINES)
    make_up_settlements(system, request, 1)
    confirm(system, request)
    system.advance(PATIENCE)
    assert "intake has not said" not in told(system, request) and "not to it" in told(system, request)
    order_retry(system, request, incident_of("confirmation"))
    assert incident_of("confirmation") in incidents(system, request, shared.AttentionResolved)
    system.books.payment_method(DECLINES, works=True)
    system.say(commands.RetryPayment(request_id=request, channel="app"))
    assert system.stage(request) == "scheduled"


def test_of_a_yes_that_nobody_gave_it_is_said_what_a_retry_does_and_it_does_so(system: System) -> None:
    request = quoted(system)
    make_up_settlements(system, request, 1)
    system.advance(PATIENCE)
    assert "a retry asks intake, and closes this if the customer never said so" in told(system, request)
    order_retry(system, request, incident_of("confirmation"))
    assert system.the(shared.CommandRefused, request).code == "never-said"
    assert incidents(system, request, shared.AttentionResolved) == [incident_of("confirmation")]
    assert done(system, request, *EFFECTS) == []


# ---- each word of the customer's moves money once -------------------------------------------------------------------


def accepted(request: str, attempt: int, fee: int = 5000) -> termination.ReopeningAccepted:
    return termination.ReopeningAccepted(
        request_id=request,
        attempt=attempt,
        fee=Money(minor=fee),
        number_free_from=heard_once()["closed"][termination.ReopeningAccepted].number_free_from,  # type: ignore[attr-defined]
    )


@pytest.mark.parametrize("attempt", [-1, 0, 1, 2, 10**9])
def test_a_reopening_that_nobody_asked_for_is_charged_under_no_number(system: System, attempt: int) -> None:
    request = closed(system)
    before = done(system, request, "charge")
    system.say(accepted(request, attempt), "termination")
    assert done(system, request, "charge") == before


@pytest.mark.parametrize("attempt", [0, 1, 2])
def test_a_reopening_that_was_paid_for_is_not_charged_again(system: System, attempt: int) -> None:
    request = closed(system)
    reopen(system, request)
    before = done(system, request, *EFFECTS)
    for _ in range(3):
        system.say(accepted(request, attempt), "termination")
    assert done(system, request, *EFFECTS) == before


def test_made_up_reopenings_do_not_take_the_place_of_the_one_the_customer_asks_for(system: System) -> None:
    request = closed(system)
    for attempt in (*range(50, 0, -1), *range(1, 50)):
        system.say(accepted(request, attempt), "termination")
    withdrawn = heard_once()["in its notice"].get(shared.RequestWithdrawn) or shared.RequestWithdrawn(
        request_id=request, audience=system.case("intake", request).audience, stage="review"
    )
    for _ in range(MOST_HELD + 1):
        system.say(withdrawn.model_copy(update={"request_id": request}), "review")
    assert len(system.case("billing", request).held_back) <= MOST_HELD
    reopen(system, request)
    charges = [what for kind, what, minor in done(system, request) if kind == "charge" and minor == 5000]
    assert len(charges) == 1
    assert system.the(termination.LineReopened, request).paid.minor == 5000


def test_a_line_that_came_back_is_paid_for_no_second_time_even_if_a_person_orders_it(system: System) -> None:
    request = closed(system)
    reopen(system, request)
    before = done(system, request, *EFFECTS)
    system.say(accepted(request, 7), "termination")
    system.advance(PATIENCE)
    order_retry(system, request, incident_of("reopening"))
    system.say(accepted(request, 6), "termination")
    assert done(system, request, *EFFECTS) == before


def test_what_a_wrong_switch_off_cost_comes_back_once_for_each_report(system: System) -> None:
    request = submit(system, "sub-crosseditems01", "video-pack")
    confirm(system, request)
    wrong = {"problem": "wrong-item", "items": ("music-pack",)}
    system.say(commands.ReportProblem(request_id=request, channel="app", **wrong))
    repaired = system.the(termination.TerminationReprocessed, request)
    before = done(system, request, "waive")
    for _ in range(3):
        system.say(repaired, "termination")
    assert done(system, request, "waive") == before and len(before) == 1


def test_an_end_that_is_said_twice_is_billed_once(system: System) -> None:
    request = closed(system)
    before = done(system, request, *EFFECTS)
    said = system.the(termination.ServiceTerminated, request)
    late = said.dates.model_copy(update={"effective": said.dates.promised + timedelta(days=300)})
    for again in (said, said.model_copy(update={"late": True, "dates": late})):
        system.say(again, "termination")
    assert done(system, request, *EFFECTS) == before


def test_a_withdrawal_that_many_services_tell_of_is_paid_back_once_and_is_not_lost(system: System) -> None:
    request = in_its_notice(system)
    gone = shared.RequestWithdrawn(
        request_id=request, audience=system.the(billing.FeeSettled, request).audience, stage="review"
    )
    for _ in range(MOST_HELD + 2):
        system.say(gone, "review")
    withdraw(system, request)
    assert len(done(system, request, "refund")) == 1 and system.stage(request) == "withdrawn"


# ---- what is said of an end, a repair or a reopening before the true one --------------------------------------------


def an_end(system: System, request: str, late: bool, effective: datetime) -> termination.ServiceTerminated:
    """As whoever has termination's rights would make it up: with what everybody was told."""
    settled = system.the(billing.FeeSettled, request)
    ended = tuple(termination.ItemEnded(item=item, at=effective, reference="made-up") for item in settled.items)
    dates = settled.dates.model_copy(update={"effective": effective})
    who: dict[str, Any] = {"request_id": request, "audience": settled.audience, "kind": settled.application.kind}
    return termination.ServiceTerminated(**who, ended=ended, dates=dates, late=late)


def money_in_all(system: System, request: str) -> list[tuple[str, int]]:
    """What moved, each operation in one sum."""
    moved = Counter[str]()
    for kind, _, minor in done(system, request, "charge", "refund", "waive", "final-bill"):
        moved[kind] += minor
    return sorted(moved.items())


def scheduled_line(system: System) -> str:
    request = submit(system, "sub-linecontract01")
    confirm(system, request)
    assert system.stage(request) == "scheduled"
    return request


@cache
def undisturbed() -> list[tuple[str, int]]:
    system = System()
    request = scheduled_line(system)
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed"
    moved = money_in_all(system, request)
    system.close()
    return moved


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("days", [-400, 0, 1, 25, 400])
def test_an_end_that_is_made_up_in_the_notice_period_changes_nothing_and_the_true_one_counts(
    system: System, days: int, late: bool
) -> None:
    request = scheduled_line(system)
    before = done(system, request, *EFFECTS)
    for _ in range(3):
        system.say(an_end(system, request, late, system.now + timedelta(days=days)), "termination")
    assert done(system, request, *EFFECTS) == before and system.stage(request) == "scheduled"
    assert "out-of-turn:service.terminated.v1" in incidents(system, request, shared.AttentionRequired)
    system.advance(timedelta(days=31))
    assert system.stage(request) == "closed" and money_in_all(system, request) == undisturbed()


@pytest.mark.parametrize(
    "model", [termination.ServiceTerminated, termination.ItemTerminated, termination.TerminationLate]
)
def test_who_may_still_withdraw_may_do_so_whatever_is_said_to_have_ended(system: System, model: Any) -> None:
    request = scheduled_line(system)
    end = an_end(system, request, True, system.now)
    who: dict[str, Any] = {"request_id": request, "audience": end.audience}
    made_up: dict[Any, Message] = {
        termination.ServiceTerminated: end,
        termination.ItemTerminated: termination.ItemTerminated(**who, ended=end.ended[0], left=()),
        termination.TerminationLate: termination.TerminationLate(**who, promised=system.now, waiting=()),
    }
    system.say(made_up[model], "termination")
    withdraw(system, request)
    assert system.stage(request) == "withdrawn"
    assert [kind for kind, _, _ in done(system, request, *EFFECTS)] == ["charge", "refund"]


def test_an_end_that_is_made_up_after_a_withdrawal_is_billed_to_nobody(system: System) -> None:
    request = scheduled_line(system)
    end = system.the(billing.FeeSettled, request).dates.service_end
    withdraw(system, request)
    before = done(system, request, *EFFECTS)
    assert end is not None
    system.advance(end - system.now + timedelta(days=1))
    system.say(an_end(system, request, True, system.now), "termination")
    assert done(system, request, *EFFECTS) == before


def test_an_end_that_is_told_too_early_as_less_late_is_credited_up_to_the_true_one(system: System) -> None:
    request = scheduled_line(system)
    away = system.steppers.pop("termination")
    promised = system.the(billing.FeeSettled, request).dates.promised
    assert promised is not None
    system.advance(promised - system.now + timedelta(days=2))
    system.say(an_end(system, request, True, system.now), "termination")
    first = money_in_all(system, request)
    system.say(an_end(system, request, True, system.now + timedelta(days=300)), "termination")
    assert money_in_all(system, request) == first, "nobody is credited for days that have not come"
    system.advance(timedelta(days=7))
    system.steppers["termination"] = away
    system.settle()
    late = -dict(money_in_all(system, request))["waive"]
    ends = [each for each in system.events(request) if isinstance(each, termination.ServiceTerminated)]
    system.say(ends[-1], "termination")
    assert -dict(money_in_all(system, request))["waive"] == late
    assert late * 2 == -dict(first)["waive"] * 9
    assert [kind for kind, _, _ in done(system, request, "final-bill")] == ["final-bill"]


def test_a_final_bill_that_the_carrier_refuses_while_the_line_is_on_is_asked_for_again_with_the_true_end(
    system: System,
) -> None:
    request = closed(system)
    known: Any = system.case("billing", request)
    ask = {"request_id": request, "subscription": LINE, "charge_end": known.offered.charge_end.isoformat()}
    refused = Incident(operation="final-bill", note="", ask=ask, key="")
    off = known.model_copy(update={"incidents": {aftermath.FINAL_BILL: refused}})
    true = system.the(termination.ServiceTerminated, request)
    decision = aftermath.after_termination(off, true, system.now, system.pack)
    assert [call.operation for call in decision.calls] == ["final-bill"]
    assert [type(event) for event in decision.events] == [shared.AttentionResolved]
    left: Any = decision.case
    assert aftermath.after_termination(left, true, system.now, system.pack).calls == ()


@pytest.mark.parametrize("changes", [{"effective": None}, {"charge_end": None, "promised": None, "service_end": None}])
def test_an_end_that_leaves_out_its_dates_is_taken_with_those_that_were_disclosed(
    system: System, changes: dict[str, None]
) -> None:
    request = scheduled_line(system)
    away = system.steppers.pop("termination")
    promised = system.the(billing.FeeSettled, request).dates.promised
    assert promised is not None
    system.advance(promised - system.now + timedelta(days=2))
    end = an_end(system, request, True, system.now)
    system.say(end.model_copy(update={"dates": end.dates.model_copy(update=changes)}), "termination")
    assert [kind for kind, _, _ in done(system, request, "waive", "final-bill")] == ["waive", "final-bill"]
    system.steppers["termination"] = away


WRONG = {"problem": "wrong-item", "items": ("music-pack",)}
REPORTABLE = "sub-crosseditems01"


def repaired_truly() -> list[tuple[str, str, int]]:
    system = System()
    request = submit(system, REPORTABLE, "video-pack")
    confirm(system, request)
    system.say(commands.ReportProblem(request_id=request, channel="app", **WRONG))
    waived = done(system, request, "waive")
    system.close()
    return waived


@pytest.mark.parametrize("made_up", [(), ("video-pack",), ("music-pack", "video-pack"), ("nothing-of-his",)])
@pytest.mark.parametrize("times", [1, 9])
def test_repairs_that_were_made_up_before_the_report_do_not_change_what_it_is_worth(
    system: System, made_up: tuple[str, ...], times: int
) -> None:
    request = submit(system, REPORTABLE, "video-pack")
    confirm(system, request)
    audience = system.the(billing.FeeSettled, request).audience
    forged = termination.TerminationReprocessed(request_id=request, audience=audience, restored=made_up, ended=())
    for _ in range(times):
        system.say(forged, "termination")
    assert done(system, request, "waive") == []
    system.say(commands.ReportProblem(request_id=request, channel="app", **WRONG))
    assert done(system, request, "waive") == repaired_truly()


def test_of_two_reports_each_repair_is_worth_its_own(system: System) -> None:
    """The second report comes while the first is being put right, and is refused."""
    request = submit(system, REPORTABLE, "video-pack")
    confirm(system, request)
    away = system.steppers.pop("termination")
    system.say(commands.ReportProblem(request_id=request, channel="app", problem="half-done", items=()))
    system.say(commands.ReportProblem(request_id=request, channel="app", **WRONG))
    audience = system.the(billing.FeeSettled, request).audience
    fits = termination.TerminationReprocessed(request_id=request, audience=audience, restored=("music-pack",), ended=())
    system.say(fits, "termination")
    assert done(system, request, "waive") == repaired_truly()
    system.steppers["termination"] = away


def test_a_reopening_that_is_said_to_have_failed_does_not_keep_what_a_contract_that_goes_on_gets_back(
    system: System,
) -> None:
    request = closed(system)
    away = system.steppers.pop("termination")
    reopen(system, request)
    system.steppers["termination"] = away
    audience = system.the(billing.FeeSettled, request).audience
    for attempt in (1, 2):
        made_up = termination.ReopeningFailed(
            request_id=request,
            audience=audience,
            attempt=attempt,
            operator="op-1",
            reason="made up",
            number_free_from=system.now,
        )
        system.say(made_up, "termination")
    system.settle()
    assert system.the(termination.LineReopened, request).paid.minor == 5000
    assert system.case("billing", request).revived


def test_a_number_is_not_gone_or_kept_before_that_day(system: System) -> None:
    request = submit(system, "sub-portclear01", kind="port-out")
    confirm(system, request)
    audience = system.the(billing.FeeSettled, request).audience
    dates = system.the(billing.FeeSettled, request).dates
    tomorrow = system.now + timedelta(days=1)
    before = done(system, request, *EFFECTS)
    who: dict[str, Any] = {"request_id": request, "audience": audience}
    system.say(termination.NumberPorted(**who, dates=dates, left_at=tomorrow), "termination")
    system.say(termination.PortCodeExpired(**who, valid_until=tomorrow), "termination")
    assert done(system, request, *EFFECTS) == before
    assert system.case("billing", request).left_at is None and not system.case("billing", request).revived
