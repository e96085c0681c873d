"""What a worker says of itself: how the carrier's systems answer it, and what it has not finished."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.carrier.asks import SubscriptionAsk
from contracts.words import Value
from runtime.kernel.backlog import backlog
from runtime.kernel.due import postpone
from runtime.worker.carrier import Outage, Refusal, Resting
from runtime.worker.heartbeat import Experience, Heart
from tests.kernel.conftest import Kernels
from tests.kernel.tally import NOW, ask

LOOK_UP = SubscriptionAsk(subscription="sub-free01")


class Moods:
    """A carrier that answers with what it is given next."""

    def __init__(self, *moods: Exception | None) -> None:
        self.moods, self.asked = list(moods), 0

    async def ask(self, name: str, ask: Value, key: str) -> Value:
        self.asked += 1
        mood = self.moods.pop(0)
        if mood:
            raise mood
        return ask


async def _send(records: object) -> None:
    return None


def _heart(*moods: Exception | None) -> Heart:
    times = iter(datetime(2026, 3, 10, 9, minute, tzinfo=UTC) for minute in range(60))
    heart = Heart("notify", "1", Moods(*moods).ask, _send, lambda: next(times))
    for _ in moods:
        try:
            asyncio.run(heart.ask("look-up", LOOK_UP, "k"))
        except (Outage, Refusal):
            continue
    return heart


def test_a_system_that_is_away_is_known_with_since_when_and_its_last_own_words() -> None:
    seen = _heart(None, Outage("look-up: HTTP 503"), Outage("look-up: ReadTimeout"), Resting("resting")).systems["crm"]
    assert (seen.answered, seen.failed, seen.in_a_row, seen.error) == (1, 2, 2, "look-up: ReadTimeout")
    assert seen.since == datetime(2026, 3, 10, 9, 2, tzinfo=UTC)


@pytest.mark.parametrize("answer", [None, Refusal("no-such-line", "never heard of it")])
def test_an_answer_ends_an_outage_whatever_it_says(answer: Exception | None) -> None:
    seen = _heart(Outage("look-up: HTTP 503"), answer).systems["crm"]
    assert (seen.in_a_row, seen.since, seen.error) == (0, None, "look-up: HTTP 503")


@pytest.mark.parametrize(
    ("after", "resting"), [((), True), ((None,), False), ((Outage("503"),), False), ((Resting("still"),), True)]
)
def test_a_breaker_is_open_until_the_system_is_asked_again(after: tuple[Exception | None, ...], resting: bool) -> None:
    assert _heart(Outage("503"), Resting("resting"), *after).systems["crm"].resting is resting


@pytest.mark.parametrize(
    ("took", "p95"),
    [
        ((), 0.0),
        ((3.0,), 3.0),
        ((1.0,) * 19 + (9.0,), 1.0),
        ((1.0,) * 18 + (9.0,) * 2, 9.0),
        ((9.0,) * 99 + (1.0,) * 200, 1.0),
    ],
)
def test_nineteen_of_twenty_answers_took_at_most_so_long(took: tuple[float, ...], p95: float) -> None:
    known = Experience()
    for seconds in took:
        known.answer(NOW, seconds)
    assert known.p95 == p95


def test_what_is_not_finished_is_counted_and_the_longest_tried_call_comes_first(another: Kernels) -> None:
    kernel = another("7")
    calls = [call for number in (1, 2) for call in kernel.step([ask(number)], (), NOW).calls]
    postpone(kernel.store, calls[0]._replace(attempt=4), NOW + timedelta(minutes=1), "charge: HTTP 503")
    left = backlog(kernel.store, "7")
    assert (left.calls, sum(left.in_vain.values())) == (2, 1)
    assert [(each.attempt, each.problem, each.next_try) for each in left.worst] == [
        (5, "charge: HTTP 503", NOW + timedelta(minutes=1))
    ]
    assert backlog(kernel.store, "another").calls == 0


def test_a_call_that_was_only_put_off_keeps_what_its_last_try_ended_with(another: Kernels) -> None:
    kernel = another("7")
    (call,) = kernel.step([ask(1)], (), NOW).calls
    postpone(kernel.store, call, NOW, "charge: HTTP 503")
    postpone(kernel.store, call._replace(attempt=1), NOW, "")
    assert [(each.attempt, each.problem) for each in backlog(kernel.store, "7").worst] == [(2, "charge: HTTP 503")]
