"""Topics: the worst stands first, and what everybody reads stays where it was."""

from typing import Any

import pytest

from services.console.showing.topic_views import parted, worst_first


def reader(group: str, verdict: str = "ok", seconds: float = 0.0) -> dict[str, Any]:
    return {"group": group, "verdict": verdict, "seconds": seconds}


def topic(
    name: str, *readers: dict[str, Any], uncommitted: int = 0, uncommitted_seconds: float = 0.0
) -> dict[str, Any]:
    held = {"uncommitted": uncommitted, "uncommitted_seconds": uncommitted_seconds}
    return {"topic": name, **held, **parted(list(readers))}


def test_a_stalled_topic_is_before_a_slow_one_and_both_before_what_is_in_step() -> None:
    found = worst_first(
        [
            topic("in step, though not at this moment", reader("review", seconds=4.0)),
            topic("in step", reader("review"), reader("billing")),
            topic("slow", reader("review", "slow", 90.0)),
            topic("stalled", reader("review"), reader("billing", "stalled", 12.0)),
            topic("stalled for long", reader("billing", "stalled", 700.0)),
            topic("held back", reader("billing"), uncommitted=3, uncommitted_seconds=100.0),
            topic("nobody reads it"),
        ]
    )
    assert [each["topic"] for each in found] == [
        "stalled for long",
        "stalled",
        "held back",
        "slow",
        "in step, though not at this moment",
        "in step",
        "nobody reads it",
    ]
    assert [each["in_step"] for each in found] == [False] * 4 + [True] * 3


@pytest.mark.parametrize("seconds", [1.0, 5_000.0])
def test_the_reader_that_stands_is_named_before_one_that_is_slow(seconds: float) -> None:
    found = parted([reader("review", "slow", seconds), reader("notify"), reader("billing", "stalled", 50.0)])
    assert [each["group"] for each in found["first"]] == ["billing", "review"]
    assert [each["group"] for each in found["fine"]] == ["notify"]
