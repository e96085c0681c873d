"""Turns between senders of commands: who sends more than is decided waits, and nobody else behind it."""

import asyncio
from functools import partial
from uuid import uuid5

import pytest

from contracts.flow import SHARED_COMMANDS, topic_name
from contracts.messages.commands import EscalateComplaint
from contracts.words import Value
from runtime.envelope import NAMESPACE
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
from runtime.worker.carrier import CALLING
from runtime.worker.senders import Sender
from runtime.worker.turns import (
    MOST_BYTES,
    MOST_OF_A_TOPIC,
    OTHERS_SECONDS,
    SHARE,
    SHORT,
    Turns,
    Work,
    sender_in_turn,
)
from tests.kernel.tally import REQUEST, heard, pay, record
from tests.kernel.test_engine import Broker, running, until

LOUD, QUIET = Sender(SHARED_COMMANDS, "/channels/web"), Sender(SHARED_COMMANDS, "/channels/app")
OTHER_LOUD = Sender(topic_name("commands.hotline"), "/channels/hotline")
MOST = 500


def sent_by(source: str, number: int) -> Consumed:
    return from_source(pay(number), source)


def complaint_by(source: str, number: int, request_id: str) -> Consumed:
    """Which the kernel of these tests asks the carrier about."""
    wish = EscalateComplaint(request_id=request_id, channel="app", level="operator", ground="unfair")
    return from_source(record(wish, number), source)


def from_source(sent: Consumed, source: str) -> Consumed:
    headers = [(name, source.encode() if name == "ce_source" else value) for name, value in sent.record.headers]
    return sent._replace(record=sent.record._replace(headers=headers))


def work(sender: Sender, number: int, size: int = 10) -> Work:
    sent = sent_by(sender.source, number)
    return Work(sent._replace(record=sent.record._replace(topic=sender.topic, value=b"x" * size)), None, sender)


def put(turns: Turns, sender: Sender, many: int, now: float = 0.0, size: int = 10) -> None:
    for number in range(many):
        turns.put(work(sender, number, size), now)


def whose(works: list[Work]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in works:
        assert isinstance(each.arrival, Consumed)
        topic = each.arrival.record.topic
        found[topic] = found.get(topic, 0) + 1
    return found


def offsets(works: list[Work]) -> list[int]:
    return [each.arrival.offset for each in works if isinstance(each.arrival, Consumed)]


def test_whoever_is_alone_has_the_whole_round() -> None:
    turns = Turns(1000, 32)
    put(turns, LOUD, 700)
    assert offsets(turns.taken(MOST, 0.0)) == list(range(500)) and turns.held_back(0.0) == ()
    assert len(turns.taken(MOST, 0.0)) == 200 and not turns
    assert turns.rows[LOUD].bytes == 0


def test_a_long_row_gets_a_few_places_and_then_rests_for_what_they_took() -> None:
    turns = Turns(1000, 32)
    put(turns, LOUD, 700)
    put(turns, QUIET, 3)
    first = turns.taken(MOST, 0.0)
    assert len(first) == 3 + SHORT and offsets(first) == [0, 1, 2, *range(SHORT)], "the short row goes first"
    turns.took(1.0, first, 1.0)
    rests = 1.0 * SHORT / len(first) * (1 / SHARE - 1)
    assert turns.seconds_to_rest(1.0) == pytest.approx(rests)
    assert turns.taken(MOST, rests) == [] and turns.held_back(rests) == (LOUD,)
    put(turns, QUIET, 1, now=rests)
    assert len(turns.taken(MOST, rests)) == 1, "others do not rest with it"
    assert offsets(turns.taken(MOST, 1.0 + rests)) == list(range(SHORT, 2 * SHORT)), "in its order"


def test_it_is_held_back_only_while_others_are_about() -> None:
    turns = Turns(1000, 32)
    put(turns, QUIET, 1)
    put(turns, LOUD, 700)
    assert turns.held_back(OTHERS_SECONDS - 0.1) == (LOUD,) and turns.held_back(OTHERS_SECONDS + 0.1) == ()


def test_two_long_rows_share_a_round() -> None:
    turns = Turns(1000, 32)
    put(turns, LOUD, 700)
    put(turns, OTHER_LOUD, 100)
    assert whose(turns.taken(MOST, 0.0)) == {LOUD.topic: 400, OTHER_LOUD.topic: 100}
    put(turns, OTHER_LOUD, 400)
    assert whose(turns.taken(MOST, 0.0)) == {LOUD.topic: 250, OTHER_LOUD.topic: 250}


def test_more_is_read_ahead_of_the_shared_topic_while_somebody_is_held_back_and_bounded_by_bytes() -> None:
    turns = Turns(1000, 32)
    put(turns, LOUD, 1000)
    assert turns.paused_anew(0.0) == frozenset({SHARED_COMMANDS})
    put(turns, QUIET, 1)
    assert turns.paused_anew(0.0) == frozenset(), "others may be found behind them"
    put(turns, LOUD, 3, size=MOST_BYTES // 3)
    assert turns.paused_anew(0.0) == frozenset({SHARED_COMMANDS})


@pytest.mark.parametrize("loud", [LOUD, OTHER_LOUD])
def test_a_topic_is_not_read_on_until_few_of_it_wait(loud: Sender) -> None:
    turns = Turns(1000, 32)
    put(turns, loud, 999)
    assert turns.paused_anew(0.0) == frozenset()
    put(turns, loud, 1)
    left = list[int]()
    while turns.paused_anew(0.0):
        assert turns.paused == {loud.topic}, "whatever lies on another is read"
        left.append(len(turns.rows[loud].works))
        turns.taken(100, 0.0)
    assert left[-1] >= 250 > len(turns.rows[loud].works)


def test_a_channels_own_topic_rests_for_its_bytes_too() -> None:
    turns = Turns(1000, 32)
    put(turns, QUIET, 1)
    put(turns, OTHER_LOUD, 20, size=MOST_OF_A_TOPIC // 19)
    assert turns.paused_anew(0.0) == frozenset({OTHER_LOUD.topic})
    turns.taken(MOST, 0.0)
    assert turns.paused_anew(0.0) == frozenset() and turns.rows[OTHER_LOUD].bytes < MOST_OF_A_TOPIC // 4


def test_a_name_that_nobody_uses_any_more_is_forgotten() -> None:
    turns = Turns(1000, 32)
    for number in range(50):
        put(turns, Sender(SHARED_COMMANDS, f"/channels/x{number}"), 1)
    turns.taken(MOST, 0.0)
    turns.taken(MOST, OTHERS_SECONDS)
    assert not turns.rows


def test_what_no_channel_sent_has_no_turn() -> None:
    assert sender_in_turn(None) is None
    assert sender_in_turn(heard(1, REQUEST, "demo")) is None and sender_in_turn(pay(1)) is not None


def test_a_row_is_as_long_as_what_the_carrier_has_not_answered_for_it() -> None:
    turns = Turns(1000, 32)
    put(turns, QUIET, 1)
    put(turns, LOUD, SHORT)
    assert turns.held_back(0.0) == ()
    turns.asking(LOUD, 1)
    assert turns.held_back(0.0) == (LOUD,) and turns.is_long(LOUD) and not turns.is_long(QUIET)
    turns.taken(MOST, 0.0)
    turns.taken(MOST, OTHERS_SECONDS)
    assert turns.rows[LOUD].calls == 1, "nobody is forgotten whose calls are under way"


@pytest.mark.parametrize(("others", "room"), [(True, 24), (False, 1000)])
def test_a_long_row_is_decided_no_faster_than_the_carrier_answers(others: bool, room: int) -> None:
    turns = Turns(1000, 32)
    put(turns, QUIET, others)
    put(turns, LOUD, 700)
    turns.asking(LOUD, room)
    assert len(turns.taken(MOST, 0.0)) == others
    assert turns.seconds_to_rest(0.0) is None, "until a call is over"
    turns.asking(LOUD, -3)
    assert turns.seconds_to_rest(0.0) == 0.0
    assert offsets(turns.taken(MOST, 0.0)) == [0, 1, 2]


def test_the_answers_to_its_calls_are_of_its_time() -> None:
    turns = Turns(1000, 32)
    put(turns, QUIET, 1)
    put(turns, LOUD, 700)
    turns.taken(MOST, 0.0)
    answer = Work(None, None, LOUD)
    turns.took(1.0, [answer, Work(None, None, QUIET)], 1.0)
    turns.took(1.0, [answer], 1.5)
    assert turns.seconds_to_rest(1.5) == pytest.approx(0.5 * 3 - 0.5 + 3)


async def test_whom_the_carrier_keeps_waiting_keeps_no_other_waiting(kernel: Kernel) -> None:
    asked, answers = list[str](), asyncio.Event()

    async def carrier(operation: str, ask: Value, key: str) -> Value:
        pending = CALLING.get()
        assert pending is not None
        asked.append(pending.request_id)
        if pending.request_id != REQUEST:
            await answers.wait()
        return ask

    async with running(kernel, Broker(), carrier, calls_at_once=8) as engine:
        flood = [complaint_by(LOUD.source, number, str(uuid5(NAMESPACE, str(number)))) for number in range(200)]
        await engine.arrived_together(flood[: SHORT + 1], None)
        await engine.arrived_together([sent_by(QUIET.source, 901)], None)
        await until(lambda: len(asked) == 6 and engine.turns.is_long(LOUD))
        assert not engine.crowding, "it waits for the carrier, and nothing of it for us"
        await engine.arrived_together(flood[SHORT + 1 :], None)
        await engine.arrived_together([complaint_by(QUIET.source, 900, REQUEST)], None)
        await until(lambda: REQUEST in asked)
        assert len(asked) == 7 and list(engine.crowding) == [f"{LOUD.source} on {LOUD.topic}"]
        answers.set()
        await until(lambda: len(asked) == 201, seconds=60)


async def test_behind_a_flood_another_is_decided_before_it_and_all_are_acknowledged_in_their_order(
    kernel: Kernel,
) -> None:
    acknowledged = list[str]()
    async with running(kernel, Broker()) as engine:
        for number, source in enumerate([LOUD.source] * 200 + [QUIET.source]):
            name = QUIET.source if source == QUIET.source else str(number)
            await engine.arrived_together([sent_by(source, number)], partial(acknowledged.append, name))
        assert engine.crowding == (f"{LOUD.source} on {LOUD.topic}",)
        await until(lambda: not engine.turns.rows[QUIET].works)
        assert len(engine.turns) >= 200 - SHORT, "the flood waits"
        await until(lambda: len(acknowledged) == 201, seconds=60)
    assert acknowledged == [*map(str, range(200)), QUIET.source]


async def test_what_lies_on_another_topic_is_acknowledged_without_waiting_for_the_row(kernel: Kernel) -> None:
    acknowledged = list[str]()
    async with running(kernel, Broker()) as engine:
        flood = [sent_by(LOUD.source, number) for number in range(500)]
        await engine.arrived_together([sent_by(QUIET.source, 900)], lambda: None, SHARED_COMMANDS)
        await engine.arrived_together(flood, partial(acknowledged.append, "flood"), SHARED_COMMANDS)
        event = heard(1, REQUEST, "demo")
        await engine.arrived_together([event], partial(acknowledged.append, "event"), event.record.topic)
        await until(lambda: len(acknowledged) == 2, seconds=60)
    assert acknowledged == ["event", "flood"]
