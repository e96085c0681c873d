"""Whole batches, handed over once, acknowledged only while their partitions are ours, committed when it is true."""

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from faust.types import TP

from runtime.kafka.polling import MOST_BATCHES, Polling
from runtime.kafka.positions import Part
from runtime.kafka.received import Handed
from runtime.settings import Settings
from runtime.worker import consuming
from tests.kernel.client import TOPIC, Client, Message, the_end
from tests.waiting import PATIENCE_SECONDS, eventually

MINE = Part(TOPIC, 0)


class Listener:
    def __init__(self) -> None:
        self.batches: queue.Queue[Handed] = queue.Queue()
        self.told: list[tuple[str, list[Part]]] = []

    def handed(self, batch: Handed) -> None:
        self.batches.put(batch)

    def assigned(self, parts: Sequence[Part], marks: Sequence[str]) -> None:
        self.told.append(("assigned", list(parts)))

    def revoked(self, parts: Sequence[Part]) -> None:
        self.told.append(("revoked", list(parts)))

    def next(self) -> Handed:
        return self.batches.get(timeout=PATIENCE_SECONDS)


class Scene:
    def __init__(self) -> None:
        self.listener = Listener()
        self.polling = Polling({"group.id": "tuiding-review"}, 500, self.listener, Client)
        self.client: Client = self.polling.client

    def happens(self, *items: Any) -> None:
        for each in items:
            self.client.items.put(each)

    def offsets(self) -> list[int]:
        return [each.offset for each in self.listener.next().records]

    def acknowledges(self, records: int) -> None:
        """So many as soon as they were handed over, in however many batches."""
        while records > 0:
            batch = self.listener.next()
            records -= len(batch.records)
            self.polling.positions.acknowledge(batch.marks)

    def due(self) -> dict[Part, int]:
        return {part: offset for part, (_, offset) in self.polling.positions.due().items()}


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.polling.start([TOPIC])
    scene.happens(scene.client.moves("on_assign", 0, 1))
    eventually(lambda: scene.listener.told)
    yield scene
    scene.polling.stop()
    assert scene.client.closed


def test_what_has_come_by_then_is_one_batch_in_its_order(scene: Scene) -> None:
    def at_once() -> None:
        scene.happens(*(Message(offset, partition) for offset in range(3) for partition in (0, 1)))

    scene.happens(at_once)
    eventually(lambda: not scene.listener.batches.empty())
    found = [each for batch in list(scene.listener.batches.queue) for each in batch.records]
    assert [each.offset for each in found if each.partition == 0] == [0, 1, 2]
    assert [each.offset for each in found if each.partition == 1] == [0, 1, 2]
    assert scene.listener.batches.qsize() <= 2


def test_each_topic_of_what_came_is_a_batch_acknowledged_by_itself(scene: Scene) -> None:
    other = Part("cancellation.ops", 0)
    scene.polling.positions.assigned([other])
    came = [Message(1), Message(5, topic=other.topic), Message(2)]
    scene.happens(lambda: scene.happens(*came))
    batches = [scene.listener.next() for _ in range(2)]
    assert sorted([each.offset for each in batch.records] for batch in batches) == [[1, 2], [5]]
    scene.polling.positions.acknowledge(next(batch.marks for batch in batches if len(batch.records) == 1))
    assert scene.due() == {other: 6}


def test_nothing_is_to_be_committed_before_it_is_acknowledged(scene: Scene) -> None:
    scene.happens(Message(7))
    batch = scene.listener.next()
    assert scene.due() == {}
    scene.polling.positions.acknowledge(batch.marks)
    assert scene.due() == {MINE: 8}


def test_nothing_of_a_partition_that_went_is_acknowledged_though_it_came_back(scene: Scene) -> None:
    scene.happens(Message(7))
    before = scene.listener.next()
    scene.happens(scene.client.moves("on_revoke", 0, 1), scene.client.moves("on_assign", 0, 1), Message(5))
    assert scene.offsets() == [5]
    scene.polling.positions.acknowledge(before.marks)
    assert scene.due() == {}, "7 is done, but what lies before it is read anew"


def test_a_partition_that_begins_anew_is_read_from_there_and_committed_lower(scene: Scene) -> None:
    """Its topic was deleted and made again: what lies at the offsets of before was never heard."""
    scene.happens(Message(7))
    before = scene.listener.next()
    scene.happens(Message(0))
    anew = scene.listener.next()
    assert [each.offset for each in anew.records] == [0]
    scene.polling.positions.acknowledge(before.marks)
    assert scene.due() == {}, "7 is done, but it lay on the topic of before"
    scene.polling.positions.acknowledge(anew.marks)
    assert scene.due() == {MINE: 1}


def test_what_is_in_hand_while_partitions_move_is_not_handed_over(scene: Scene) -> None:
    revoke = scene.client.moves("on_revoke", 0, 1)

    def at_once() -> Any:
        scene.happens(revoke)
        return Message(7)

    scene.happens(at_once)
    eventually(lambda: ("revoked", [Part(TOPIC, 0), Part(TOPIC, 1)]) in scene.listener.told)
    scene.happens(scene.client.moves("on_assign", 0, 1), Message(6))
    assert scene.offsets() == [6]


def test_partitions_that_go_take_along_what_is_acknowledged(scene: Scene) -> None:
    scene.happens(Message(7), Message(3, partition=1))
    scene.acknowledges(2)
    scene.happens(scene.client.moves("on_revoke", 0, 1))
    eventually(lambda: scene.client.commits)
    assert scene.client.commits == [({0: 8, 1: 4}, False)]


def test_partitions_that_others_have_already_are_not_committed(scene: Scene) -> None:
    scene.happens(Message(7))
    scene.polling.positions.acknowledge(scene.listener.next().marks)
    scene.happens(scene.client.moves("on_lost", 0, 1))
    eventually(lambda: scene.listener.told[-1][0] == "revoked")
    assert (scene.client.commits, scene.due()) == ([], {})


def test_the_position_behind_the_markers_of_a_transaction_counts_once_all_before_it_is_done(scene: Scene) -> None:
    scene.happens(Message(7), the_end(9))
    batch = scene.listener.next()
    eventually(lambda: scene.polling.positions.read_to(MINE) == 9)
    assert scene.due() == {}
    scene.polling.positions.acknowledge(batch.marks)
    assert scene.due() == {MINE: 9}
    scene.happens(the_end(11))
    eventually(lambda: scene.due() == {MINE: 11})


def test_while_nobody_takes_what_came_all_is_paused_and_the_group_still_answered(scene: Scene) -> None:
    for offset in range(MOST_BATCHES):
        scene.happens(Message(offset))
        assert scene.offsets() == [offset]
    eventually(lambda: scene.client.paused == {0, 1})
    polls = scene.client.polls
    eventually(lambda: scene.client.polls > polls)
    for _ in range(MOST_BATCHES):
        scene.polling.taken()
    eventually(lambda: scene.client.paused == set())
    scene.happens(Message(MOST_BATCHES))
    assert scene.offsets() == [MOST_BATCHES]


def test_what_is_held_from_outside_stays_held_when_it_comes_back(scene: Scene) -> None:
    scene.polling.pause([MINE])
    eventually(lambda: scene.client.paused == {0})
    scene.happens(scene.client.moves("on_revoke", 0, 1), scene.client.moves("on_assign", 0, 1))
    eventually(lambda: len(scene.listener.told) == 3)
    assert scene.client.paused == {0}
    scene.polling.resume([MINE])
    eventually(lambda: scene.client.paused == set())


def test_a_topic_that_rests_does_so_on_partitions_that_come_meanwhile(scene: Scene) -> None:
    scene.polling.rest(frozenset({TOPIC}))
    eventually(lambda: scene.client.paused == {0, 1})
    scene.happens(scene.client.moves("on_revoke", 0, 1), scene.client.moves("on_assign", 0, 2))
    eventually(lambda: scene.client.paused >= {0, 2})
    scene.polling.rest(frozenset({"another"}))
    eventually(lambda: not scene.client.paused & {0, 2})


def test_what_the_clients_threads_would_never_say_ends_the_process() -> None:
    polling = Scene().polling
    now = time.monotonic()
    assert polling.trouble(now, 60, 30) == ""
    assert "has not moved for 31 s" in polling.trouble(polling.turned + 31, 60, 30)
    polling.turned = now + 100
    assert "have not reported" in polling.trouble(now + 100, 60, 30)
    polling._reported('{"cgrp": {"state": "wait-coord"}}')
    polling.reported = now + 100
    assert "no coordinator for 100 s" in polling.trouble(polling.coordinated + 100, 60, 30)
    polling._reported('{"cgrp": {"state": "up"}}')
    polling.coordinated = polling.reported = now + 100
    assert polling.trouble(now + 100, 60, 30) == ""


def test_a_thread_that_died_says_so(scene: Scene) -> None:
    def dies() -> None:
        raise MemoryError("no more")

    scene.happens(dies)
    eventually(lambda: "MemoryError" in scene.polling.trouble(time.monotonic(), 60, 30))


# ---- with Faust, which says when to commit ------------------------------------------------------------------------


class Broker:
    """Knows what was committed; fails as often as it is told to, and `meanwhile` something happens."""

    def __init__(self) -> None:
        self.committed, self.failures = 8, 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        self.meanwhile()
        if self.failures:
            self.failures -= 1
            return False
        self.committed = offsets[TP(*MINE)]
        return True


async def nobody(*arguments: Any) -> None: ...


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[tuple[Any, Broker]]:
    app = consuming.faust_app("intake", Settings(kafka="127.0.0.1:1", data=str(tmp_path)), nobody, lambda marks: None)
    consumer, broker = app.consumer, Broker()
    monkeypatch.setattr(consumer, "_commit", broker.commit)
    consumer.polling.positions.assigned([MINE])
    yield consumer, broker
    consumer.polling.client.close()


def done(consumer: Any, *offsets: int) -> None:
    marks: dict[Any, int] = {}
    for offset in offsets:
        consumer.polling.positions.hand(MINE, offset, marks)
    consumer.acknowledge(marks)


async def test_a_commit_that_failed_does_not_leave_a_lag(asked: tuple[Any, Broker]) -> None:
    consumer, broker = asked
    done(consumer, 8, 9)
    broker.failures = 1
    assert not await consumer.commit()
    assert await consumer.commit()
    assert broker.committed == 10
    assert not await consumer.commit(), "once is enough"


async def test_what_was_believed_is_forgotten_when_the_partition_moved_meanwhile(asked: tuple[Any, Broker]) -> None:
    consumer, broker = asked
    done(consumer, 8, 9)

    def rebalance() -> None:
        consumer.polling.positions.gone([MINE])
        consumer.polling.positions.assigned([MINE])

    broker.meanwhile = rebalance
    await consumer.commit()
    broker.committed, broker.meanwhile = 8, lambda: None  # another one had it, and set it back
    done(consumer, 8, 9)  # read again
    await consumer.commit()
    assert broker.committed == 10


async def test_what_went_to_another_worker_is_not_committed_here(asked: tuple[Any, Broker]) -> None:
    consumer, broker = asked
    done(consumer, 8, 9)
    consumer.polling.positions.gone([MINE])
    await consumer.commit()
    assert broker.committed == 8
