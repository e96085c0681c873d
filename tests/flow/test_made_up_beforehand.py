"""However much is made up before the customer speaks, what is true then finds its place; and each word works once."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.messages import billing, commands, shared, termination
from contracts.words import Money
from policies.customers_word import MOST_HELD, NOT_KEPT, incident_of
from runtime.kernel.store import CASES
from tests.flow.customer import confirm, done, order_retry, reopen, submit, withdraw
from tests.flow.system import System
from tests.flow.test_one_services_word import EFFECTS, PATIENCE, closed, heard_once, in_its_notice, quoted

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
