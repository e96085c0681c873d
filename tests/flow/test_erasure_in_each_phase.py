"""An erasure before, during and after each phase: refused and harmless until it is over, then nothing is left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from contracts.messages import commands, ops
from contracts.messages.ops import SubscriptionErased
from services.console.cures.sending_again import original
from services.console.kept.tables import DEAD_LETTERS
from tests.flow.customer import submit, withdraw
from tests.flow.phases import PHASES, UNDER_WAY, Phase
from tests.flow.test_canaries import everything, places_of
from tests.flow.test_erasure import ACT, WHO
from tests.flow.test_erasure_in_flight import left, order
from tests.flow.with_console import Run, cells

LONG = timedelta(days=400)
REFUSED = {"is still open", "still has a clock that runs", "still waits for a person"}
NEVER_TOLD = {"topics", "journals", "dead letters"}  # a log cannot forget one record


@pytest.fixture(params=PHASES)
def phase(request: pytest.FixtureRequest) -> Phase:
    return PHASES[request.param]


@pytest.fixture(params=UNDER_WAY)
def under_way(request: pytest.FixtureRequest) -> Phase:
    return UNDER_WAY[request.param]


def stores(run: Run) -> dict[str, list[tuple[str, bytes]]]:
    return {name: sorted(cells(each.store)) for name, each in run.system.steppers.items()}


def stage(run: Run, request: str) -> str:
    case = run.system.case("intake", request)
    return "" if case is None or case.submit is None else str(case.stage)


def test_before_it_is_over_an_order_is_refused_with_its_reason_and_touches_nothing(run: Run, under_way: Phase) -> None:
    request = under_way.begin(run.system, under_way.subscription)
    run.show()
    before = stores(run)
    assert stage(run, request) == under_way.stage
    assert set(order(run, [under_way.subscription], "early")) <= REFUSED
    assert stores(run) == before and run.system.dead_letters() == []


def test_what_begins_between_the_two_yeses_is_in_the_way(run: Run, under_way: Phase) -> None:
    withdraw(run.system, submit(run.system, under_way.subscription, name="earlier"))
    run.system.advance(LONG)
    run.show()

    def begins() -> None:
        under_way.begin(run.system, under_way.subscription)
        run.show()

    before_the_second = order(run, [under_way.subscription], "k", between=begins)
    assert set(before_the_second) <= REFUSED and run.system.dead_letters() == []
    assert SubscriptionErased.type not in {each.type for each in run.system.events()}


def test_an_act_of_a_console_that_was_behind_is_set_aside_and_sent_again_once_it_is_over(
    run: Run, under_way: Phase
) -> None:
    """Whoever still has something to do keeps all of it; the customer gets what was promised."""
    request = under_way.begin(run.system, under_way.subscription)
    busy = {name for name in run.system.steppers if (case := run.system.case(name, request)) and case.goes_on}
    run.system.say(ops.SubscriptionErased(request_id=request, **WHO, **ACT))
    assert busy and {name for name in run.system.steppers if run.system.case(name, request)} == busy
    assert {letter.topic for letter in run.system.dead_letters()} == {
        f"cancellation.{name}.dead-letter" for name in busy
    }
    under_way.finish(run.system, request)
    run.system.advance(LONG)
    run.show()
    letters = run.store.read(sa.select(DEAD_LETTERS))
    assert {letter.service for letter in letters} == busy, (
        "each of them is shown, though they set the same record aside"
    )
    for letter in letters:
        run.system.log[letter.original_topic].append(original(letter))
    run.system.settle()
    assert left(run, [under_way.subscription]) == {} and len(run.system.dead_letters()) == len(busy)


def test_once_it_is_over_nothing_is_left_but_on_topics_and_whoever_comes_back_begins_anew(
    run: Run, phase: Phase
) -> None:
    request = phase.begin(run.system, phase.subscription)
    assert stage(run, request) == phase.stage
    phase.finish(run.system, request)
    run.system.advance(LONG)
    run.show()
    number = run.system.books.look_up(phase.subscription).masked_number
    assert order(run, [phase.subscription], "late") == {"confirmed": 1}
    everywhere = everything(run, request)
    assert places_of(phase.subscription, everywhere) <= NEVER_TOLD
    assert places_of(number, everywhere) <= NEVER_TOLD
    assert run.system.dead_letters() == []
    run.system.say(commands.DisputeFee(request_id=request, channel="app", ground="too-high"))
    assert left(run, [phase.subscription]) == {}
    again = submit(run.system, phase.subscription, "video-pack", channel="hotline", name="again")
    assert run.system.case("intake", again) is not None and again != request
