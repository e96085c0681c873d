"""From six partitions to twenty-four, as docs/runbooks/growth.md says, while requests are under way and others come."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from contracts.flow import COMMAND_TOPICS, SERVICES, topic_name
from contracts.words import End
from demo.carrier.books import utc_now
from demo.carrier.crowd import crowd
from demo.reconciliation import Reckoning, at_rest, reckon
from demo.scene import Scene, until
from demo.story import Story
from demo.visits import LATE, NEVER, SORRY_AT_ONCE, SORRY_LATER, Visit, visits
from runtime.kafka.lag import lag
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.broker.patient_pack import patient_pack
from tests.broker.restoring import say
from tests.ports import own_shift

MANY, CROWD, THROUGH, WAITING, MEANWHILE = 24, 120, 6, 10, 6
HESITANT = (NEVER, LATE, SORRY_AT_ONCE, SORRY_LATER)
WITHIN_SECONDS = 120.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    own = {"data": str(tmp_path)} | patient_pack(tmp_path)
    for name, value in (own | {"port_shift": str(own_shift())}).items():
        monkeypatch.setenv(f"TUIDING_{name.upper()}", value)
    return Settings(log_level="WARNING")


def test_six_become_twenty_four_while_requests_wait_and_commands_come(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    coming = _decided()
    with _running(settings) as before:
        waiting = asyncio.run(_half_way(before, coming))
    with _running(settings.model_copy(update={"takes_commands": False})) as draining:
        draining.wait_ready(120)
        meanwhile = asyncio.run(_commands_come(draining, coming))
    with Supervisor(settings, carrier=False, services=()) as alone:
        monkeypatch.setenv("TUIDING_KAFKA", alone.addresses["kafka"])
        say("topics", "grow", "--partitions", str(MANY))
    monkeypatch.delenv("TUIDING_KAFKA")
    monkeypatch.setenv("TUIDING_PARTITIONS", str(MANY))
    with _running(settings.model_copy(update={"partitions": MANY})) as after:
        reckoning, letters = asyncio.run(_to_the_end(after, waiting, meanwhile, coming))
        monkeypatch.setenv("TUIDING_KAFKA", after.addresses["kafka"])
        say("topics", "verify")
        say("replay")
        assert _out_of_order(after.addresses["kafka"]) == {}
    assert (reckoning.disagreements, letters) == ([], []) and reckoning.total.charged > 0


def _running(settings: Settings) -> Supervisor:
    return Supervisor(settings, carrier_options=("--crowd", str(CROWD), "--mixed"))


def _decided() -> Iterator[Visit]:
    everybody = visits(crowd(CROWD, utc_now().date(), mixed=True), seed=11)
    return (
        each
        for each in everybody
        if each.end is End.CLOSED and each.temper not in HESITANT and not each.customer.quirks.get("payment")
    )


async def _half_way(tuiding: Supervisor, coming: Iterator[Visit]) -> list[Story]:
    """Some are through, some wait for their yes, and some have only just come when everybody is stopped."""
    tuiding.wait_ready(120)
    async with Scene(tuiding.addresses) as scene:
        through = [await _submitted(scene, each) for each in islice(coming, THROUGH)]
        waiting = [await _submitted(scene, each) for each in islice(coming, WAITING // 2)]
        await _closed(through)
        return waiting + [await _submitted(scene, each) for each in islice(coming, WAITING - WAITING // 2)]


async def _commands_come(tuiding: Supervisor, coming: Iterator[Visit]) -> list[Story]:
    """Nobody reads them; all else is read to its end."""
    async with Scene(tuiding.addresses) as scene:
        by_kafka = (each for each in coming if each.by.door == "kafka")
        there = [await _submitted(scene, each) for each in islice(by_kafka, MEANWHILE)]
        await until(lambda: _only_commands(tuiding.addresses["kafka"]), WITHIN_SECONDS, "everything else to be read")
        return there


def _only_commands(bootstrap: str) -> bool:
    behind = {each.topic for each in lag(bootstrap) if each.behind}
    return bool(behind) and behind <= set(COMMAND_TOPICS)


async def _to_the_end(
    tuiding: Supervisor, waiting: list[Story], meanwhile: list[Story], coming: Iterator[Visit]
) -> tuple[Reckoning, list[str]]:
    tuiding.wait_ready(120)
    async with Scene(tuiding.addresses, from_the_beginning=True) as scene:
        for each in (*waiting, *meanwhile):
            each.scene = scene
        await _closed([*waiting, *meanwhile])
        await _closed([await _submitted(scene, each) for each in islice(coming, THROUGH)])
        assert await at_rest(scene), "somebody still reads or writes"
        return await reckon(scene), scene.listener.dead_letters


async def _submitted(scene: Scene, visit: Visit) -> Story:
    return await Story(scene, visit.subscription, visit.by).submit(*visit.items)


async def _closed(stories: list[Story]) -> None:
    for each in stories:
        await each.wait_for("quoted", within=WITHIN_SECONDS)
        await each.confirm()
    for each in stories:
        await each.wait_for("closed", within=WITHIN_SECONDS)


def _out_of_order(bootstrap: str) -> dict[tuple[str, bytes], list[tuple[int, int]]]:
    """Each service's numbers of a request are 1, 2, 3 ... in the order in which the broker got them."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "looks", "enable.auto.commit": False})
    topics = [topic_name(service.writes) for service in SERVICES]
    places = [TopicPartition(topic, number, OFFSET_BEGINNING) for topic in topics for number in range(MANY)]
    left = sum(high - low for low, high in (consumer.get_watermark_offsets(each, 10) for each in places))
    consumer.assign(places)
    found: dict[tuple[str, bytes], list[tuple[int, int]]] = defaultdict(list)
    seen: set[bytes] = set()
    for _ in range(left):
        record = consumer.poll(30)
        assert record is not None and record.error() is None
        told: dict[str, Any] = dict(record.headers() or ())
        if told.get("ce_sequence") and told["ce_id"] not in seen:  # what is published twice is the same
            seen.add(told["ce_id"])
            place = str(record.topic()), record.key() or b""
            found[place].append((int(record.timestamp()[1]), int(told["ce_sequence"])))
    consumer.close()
    assert any(len(each) > 1 for each in found.values())
    return {name: each for name, each in found.items() if [n for _, n in sorted(each)] != [*range(1, len(each) + 1)]}
