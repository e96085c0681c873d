"""What the invariants say once a line is closed: it may be reopened once, or its number released once."""

from datetime import timedelta

import pytest

from contracts.words import Money
from tests.proof.history import History, Waiting
from tests.proof.invariants import INVARIANTS
from tests.simulation.histories import (
    AT,
    DAY,
    FEE,
    LINE,
    REQUEST,
    broken,
    closed,
    confirmed,
    done,
    line,
    quoted,
    settled,
    sound,
    submitted,
    told,
)


def test_i2_a_closed_request_stays_ended_when_its_line_comes_back() -> None:
    events = line(submitted(), told("request.accepted.v1"), closed(), told("line.reopened.v1"))
    assert INVARIANTS["I2"](sound(events=events)) == []
    assert broken("I2", sound(events=line(submitted(), closed(), told("line.reopened.v1"), closed())))


def test_i1_a_number_that_is_merely_kept_is_no_wait() -> None:
    kept = Waiting("termination", REQUEST, "alarm", "number-quarantine", AT + 90 * DAY)
    assert broken("I1", History(events=line(submitted()), waiting=[kept]))


@pytest.mark.parametrize(("kind", "allowed"), [("charge", 1), ("refund", 0)])
def test_i3_a_reopening_is_charged_once_and_given_back_only_when_it_failed(kind: str, allowed: int) -> None:
    moved = [done(kind, "reopening", FEE, entry=entry) for entry in range(allowed + 1)]
    sentence = f"{kind} reopening was carried out {allowed + 1} times, {allowed} allowed"
    assert broken("I3", sound(effects=moved)) == sentence
    failed = line(submitted(), told("reopening.failed.v1"))
    assert INVARIANTS["I3"](sound(events=failed, effects=moved)) == []


def test_i3_a_reopening_restores_each_item_once() -> None:
    events = line(submitted(), told("reopening.paid.v1"))
    once, twice = done("restore", "plan-basic", entry=1), done("restore", "plan-basic", entry=2)
    assert INVARIANTS["I3"](sound(events=events, effects=[once])) == []
    assert "2 times, 1 allowed" in broken("I3", sound(events=events, effects=[once, twice]))


def test_i6_what_was_paid_for_a_reopening_is_what_was_moved() -> None:
    events = [*sound().events, *line(submitted(), told("reopening.paid.v1", paid=Money(minor=1)))[1:]]
    events[-1] = events[-1]._replace(id="paid")
    assert "charge for reopening: 1 was told, 0 was moved" in broken("I6", sound(events=events))


def test_i7_a_reopening_costs_what_its_quote_had_told() -> None:
    events = line(submitted(), quoted(), confirmed(), settled(), told("reopening.paid.v1", paid=Money(minor=1)))
    assert broken("I7", sound(events=events)) == "1 was paid for a reopening, undisclosed"


def test_i16_a_line_is_reopened_once_or_its_number_released_once() -> None:
    back, gone = told("line.reopened.v1"), told("number.released.v1")
    ended = told("service.terminated.v1", number_free_from=AT)
    assert INVARIANTS["I16"](sound(events=line(submitted(), ended, gone))) == []
    assert broken("I16", sound(events=line(submitted(), ended, gone, gone))) == "was released 2 times"
    assert broken("I16", sound(events=line(submitted(), back, back))) == "was reopened 2 times"
    assert broken("I16", sound(events=line(submitted(), ended, back, gone))) == "was reopened and its number released"


def test_i16_a_number_is_never_released_early() -> None:
    ended = told("service.terminated.v1", number_free_from=AT + DAY)
    assert "too early" in broken("I16", sound(events=line(submitted(), ended, told("number.released.v1"))))
    assert "too early" in broken("I16", sound(events=line(submitted(), told("number.released.v1"))))


def test_i16_nothing_comes_back_before_its_fee_is_paid() -> None:
    on = [done("restore", "plan-basic", at=timedelta(seconds=30))]
    assert "nobody had paid" in broken("I16", sound(effects=on))
    events = line(submitted(), told("reopening.paid.v1"))
    assert "before the fee was paid" in broken("I16", sound(events=events, effects=on))


def test_i16_what_is_back_stays_on() -> None:
    events = line(submitted(), told("reopening.paid.v1"), told("line.reopened.v1"))
    off = [done("switch-off", "plan-basic", at=DAY)]
    assert broken("I16", sound(events=events, effects=off)) == "was reopened, and plan-basic went off again"


def test_i17_what_was_erased_is_nobodys_any_more() -> None:
    kept = {
        ("billing cases", REQUEST): "a case",
        ("console events", "event-1"): f"{REQUEST} says {LINE}",
        ("intake claims", f"{LINE}/plan"): "None",
        ("console requests", REQUEST): "erased",
    }
    assert INVARIANTS["I17"](sound(live=kept)) == []
    found = INVARIANTS["I17"](sound(live=kept, erased={REQUEST: LINE}))
    assert [each.sentence for each in found] == [
        f"billing cases still has {REQUEST}",
        "console events still has event-1",
        f"intake claims still has {LINE}/plan",
    ]
