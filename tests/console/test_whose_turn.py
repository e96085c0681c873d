"""The time axis: customer, person in operations, carrier's systems, agreed day and ourselves are told apart."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.console.showing import time_axis
from services.console.showing.whose_turn import AT_STAGE, CARRIER, OURS, PERSON, Turn, persons, turns
from services.console.wording import turns as wording

BEGAN, ZONE = datetime(2026, 10, 1, 16, tzinfo=UTC), ZoneInfo("Asia/Shanghai")
WAY = (  # (seconds, event): each takes it to its next stage
    (0, "request.accepted.v1"),
    (10, "review.referred.v1"),
    (70, "request.approved.v1"),
    (71, "quote.issued.v1"),
    (171, "confirmation.given.v1"),
    (181, "fee.settled.v1"),
    (182, "termination.scheduled.v1"),
    (1182, "item.terminated.v1"),
    (1202, "service.terminated.v1"),
    (1204, "request.closed.v1"),
)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def event(seconds: float, kind: str, **body: Any) -> dict[str, Any]:
    return {"type": kind, "at": at(seconds).isoformat(), "body": body}


def drawn(events: list[dict[str, Any]], now: float, language: str = "en", away: Turn | None = None) -> dict[str, Any]:
    return time_axis.axis(events, [], ZONE, language, at(now), away)


def whose(axis: dict[str, Any]) -> dict[str, list[str]]:
    return {bar["label"]: [each["css"] for each in bar["parts"]] for bar in axis["bars"]}


def test_each_stage_is_coloured_by_whose_turn_it_was_and_the_key_says_how_long() -> None:
    axis = drawn([event(*each) for each in WAY], 5_000)
    told = {each["css"]: each["lasted"] for each in axis["key"]}
    assert whose(axis)["with a person"] == ["person"] and whose(axis)["quoted"] == ["customer"]
    assert whose(axis)["confirmed"] == ["carrier"] and whose(axis)["scheduled"] == ["day"]
    assert told["person"] == "1 min" and told["customer"] == "1 min 40 s" and told["day"] == "16 min"
    assert sum(len(bar["parts"]) for bar in axis["bars"]) == len(axis["bars"])


@pytest.mark.parametrize("now", [1_185, 1_190])
def test_a_refused_call_is_a_persons_turn_until_it_is_resolved(now: int) -> None:
    begun = [*(event(*each) for each in WAY[:8]), event(1_183, "attention.required.v1", incident="switch-off:video")]
    assert whose(drawn(begun, now))["switching off"] == ["carrier", "person"]
    resolved = [*begun, event(1_184, "attention.resolved.v1", incident="switch-off:video")]
    assert whose(drawn(resolved, now))["switching off"] == ["carrier", "person", "carrier"]


def test_of_two_that_wait_for_a_person_the_last_one_ends_it() -> None:
    both = [event(0, "attention.required.v1", incident=name) for name in ("a", "b")]
    assert len(persons(both, at(9))) == 2
    one = [*both, event(3, "attention.resolved.v1", incident="a")]
    assert turns("switching-off", at(0), at(9), persons(one, at(9))) == [Turn(at(0), at(9), PERSON)]


def test_what_was_disputed_after_the_end_has_a_row_of_its_own() -> None:
    over = [event(*each) for each in WAY]
    disputed = [*over, event(2_000, "dispute.opened.v1")]
    assert whose(drawn(disputed, 3_000))["after its end"] == ["person"]
    assert whose(drawn([*disputed, event(2_500, "dispute.resolved.v1")], 3_000))["after its end"] == ["person"]
    assert "after its end" not in whose(drawn(over, 3_000))


def test_a_system_that_does_not_answer_takes_the_turn_from_whoever_had_it() -> None:
    quoted = [event(*each) for each in WAY[:4]]
    axis = drawn(quoted, 171, away=Turn(at(100), at(171), CARRIER))
    assert whose(axis)["quoted"] == ["customer", "carrier"]
    assert axis["bars"][-1]["title"] == "1 min 40 s · the customer, the carrier's systems"


def test_a_stage_of_no_length_is_still_seen() -> None:
    (only,) = turns("checking", at(0), at(0), [])
    assert (only.whose, only.seconds) == (CARRIER, 0)
    assert drawn([event(0, "request.accepted.v1")], 0)["bars"][0]["parts"][0]["width"] >= 3


def test_whoever_can_have_the_turn_has_a_word_in_both_languages() -> None:
    assert {*AT_STAGE.values(), OURS, PERSON} <= wording.WHOSE.keys()
    assert all(zh and en and not zh.isascii() for zh, en in wording.WHOSE.values())


def test_what_is_said_of_a_bar_as_wide_as_the_picture_stands_inside_it() -> None:
    (only,) = drawn([event(0, "review.referred.v1")], 5_000)["bars"]
    assert only["place"] == "inside" and only["text_x"] < time_axis.RIGHT


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_beside_a_bar_is_drawn_outside_the_picture(language: str) -> None:
    for bar in drawn([event(*each) for each in WAY], 5_000, language)["bars"]:
        wide = time_axis.LETTER_WIDTH * (1 if language == "en" else 1.7) * len(bar["title"])
        left = bar["text_x"] if bar["text_anchor"] == "start" else bar["text_x"] - wide
        assert left > time_axis.LEFT - 1 and left + wide <= time_axis.RIGHT
