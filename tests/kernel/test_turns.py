"""Turns between senders of commands: who sends more than is decided waits, and nobody else behind it."""

from functools import partial

import pytest

from contracts.flow import SHARED_COMMANDS, topic_name
from runtime.kernel.arrivals import Consumed
from runtime.kernel.kernel import Kernel
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
from tests.kernel.tally import REQUEST, heard, pay
from tests.kernel.test_engine import Broker, running, until

LOUD, QUIET = Sender(SHARED_COMMANDS, "/channels/web"), Sender(SHARED_COMMANDS, "/channels/app")
OTHER_LOUD = Sender(topic_name("commands.hotline"), "/channels/hotline")
MOST = 500


def sent_by(source: str, number: int) -> Consumed:
    sent = pay(number)
    headers = [(name, source.encode() if name == "ce_source" else value) for name, value in sent.record.headers]
    return sent._replace(record=sent.record._replace(headers=headers))


def work(sender: Sender, number: int, size: int = 10) -> Work:
    sent = sent_by(sender.source, number)
    return Work(sent._replace(record=sent.record._replace(topic=sender.topic, value=b"x" * size)), None)


def put(turns: Turns, sender: Sender, many: int, now: float = 0.0, size: int = 10) -> None:
    for number in range(many):
        turns.put(sender, work(sender, number, size), now)


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
    turns = Turns(1000)
    put(turns, LOUD, 700)
    assert offsets(turns.taken(MOST, 0.0)) == list(range(500)) and turns.held_back(0.0) == ()
    assert len(turns.taken(MOST, 0.0)) == 200 and not turns
    assert turns.rows[LOUD].bytes == 0


def test_a_long_row_gets_a_few_places_and_then_rests_for_what_they_took() -> None:
    turns = Turns(1000)
    put(turns, LOUD, 700)
    put(turns, QUIET, 3)
    first = turns.taken(MOST, 0.0)
    assert len(first) == 3 + SHORT and offsets(first) == [0, 1, 2, *range(SHORT)], "the short row goes first"
    turns.took(1.0, len(first), 1.0)
    rests = 1.0 * SHORT / len(first) * (1 / SHARE - 1)
    assert turns.seconds_to_rest(1.0) == pytest.approx(rests)
    assert turns.taken(MOST, rests) == [] and turns.held_back(rests) == (LOUD,)
    put(turns, QUIET, 1, now=rests)
    assert len(turns.taken(MOST, rests)) == 1, "others do not rest with it"
    assert offsets(turns.taken(MOST, 1.0 + rests)) == list(range(SHORT, 2 * SHORT)), "in its order"


def test_it_is_held_back_only_while_others_are_about() -> None:
    turns = Turns(1000)
    put(turns, QUIET, 1)
    put(turns, LOUD, 700)
    assert turns.held_back(OTHERS_SECONDS - 0.1) == (LOUD,) and turns.held_back(OTHERS_SECONDS + 0.1) == ()


def test_two_long_rows_share_a_round() -> None:
    turns = Turns(1000)
    put(turns, LOUD, 700)
    put(turns, OTHER_LOUD, 100)
    assert whose(turns.taken(MOST, 0.0)) == {LOUD.topic: 400, OTHER_LOUD.topic: 100}
    put(turns, OTHER_LOUD, 400)
    assert whose(turns.taken(MOST, 0.0)) == {LOUD.topic: 250, OTHER_LOUD.topic: 250}


def test_more_is_read_ahead_of_the_shared_topic_while_somebody_is_held_back_and_bounded_by_bytes() -> None:
    turns = Turns(1000)
    put(turns, LOUD, 1000)
    assert turns.paused_anew(0.0) == frozenset({SHARED_COMMANDS})
    put(turns, QUIET, 1)
    assert turns.paused_anew(0.0) == frozenset(), "others may be found behind them"
    put(turns, LOUD, 3, size=MOST_BYTES // 3)
    assert turns.paused_anew(0.0) == frozenset({SHARED_COMMANDS})


@pytest.mark.parametrize("loud", [LOUD, OTHER_LOUD])
def test_a_topic_is_not_read_on_until_few_of_it_wait(loud: Sender) -> None:
    turns = Turns(1000)
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
    turns = Turns(1000)
    put(turns, QUIET, 1)
    put(turns, OTHER_LOUD, 20, size=MOST_OF_A_TOPIC // 19)
    assert turns.paused_anew(0.0) == frozenset({OTHER_LOUD.topic})
    turns.taken(MOST, 0.0)
    assert turns.paused_anew(0.0) == frozenset() and turns.rows[OTHER_LOUD].bytes < MOST_OF_A_TOPIC // 4


def test_a_name_that_nobody_uses_any_more_is_forgotten() -> None:
    turns = Turns(1000)
    for number in range(50):
        put(turns, Sender(SHARED_COMMANDS, f"/channels/x{number}"), 1)
    turns.taken(MOST, 0.0)
    turns.taken(MOST, OTHERS_SECONDS)
    assert not turns.rows


def test_what_no_channel_sent_has_no_turn() -> None:
    assert sender_in_turn(None) is None
    assert sender_in_turn(heard(1, REQUEST, "demo")) is None and sender_in_turn(pay(1)) is not None


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
