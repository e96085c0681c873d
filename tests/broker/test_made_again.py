"""A topic that is deleted and made again while a service reads it: what is said there afterwards is heard."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import KafkaError

from contracts.flow import HEALTH_TOPIC, PARTITIONS, dead_letter_topic, topic_name
from contracts.health import Heartbeat
from runtime.kafka import topics
from runtime.kafka.connect import BrokerTrouble, admin
from runtime.kafka.heartbeats import Heartbeats
from runtime.kafka.peeking import Peeking, fresh
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.kafka.record_times import Place
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from runtime.worker.heartbeat import record
from services.console.watched.broker import Broker
from services.console.watched.finding import Finding
from services.console.watched.findings import Waiting, findings
from services.console.watched.watch import Watch
from tests.broker.test_looking import NOW
from tests.waiting import ends, eventually

COUNTER = topic_name("commands.counter")
LETTERS = dead_letter_topic("intake")
BEFORE, AFTER = 5, 2  # of each partition: afterwards fewer, so that every new offset is one of before


@pytest.fixture
def intake(own_kafka: ApacheKafka, tmp_path: Path) -> Iterator[Child]:
    settings = Settings(kafka=own_kafka.bootstrap, data=str(tmp_path), port=free_port())
    command = (sys.executable, "-m", "services.intake")
    program = Program("intake", command, settings.port, "/readyz", as_environment(settings))
    child = Child(program, tmp_path / "intake.log", print)
    child.start()
    yield child
    child.ask_to_end()
    ends(child)


def say(kafka: ApacheKafka, word: bytes, times: int) -> set[bytes]:
    """No command: what was heard of it is a dead letter."""
    said = {b"%s %d %d" % (word, number, partition) for number in range(times) for partition in range(PARTITIONS)}
    with Publisher(kafka.bootstrap) as publisher:
        for each in sorted(said):
            publisher.publish([], each, each, COUNTER)
    return said


def heard(kafka: ApacheKafka) -> set[bytes | None]:
    with Reading(kafka.bootstrap, [LETTERS]) as reading:
        return {each.record.key for records in reading.records() for each in records}


def delete(kafka: ApacheKafka, topic: str) -> None:
    with admin(kafka.bootstrap) as (client, _):
        client.delete_topics([topic])
        eventually(lambda: topic not in client.list_topics())


def make_again(kafka: ApacheKafka, topic: str = COUNTER) -> None:
    delete(kafka, topic)
    assert [change.topic for change in topics.apply(kafka.bootstrap)] == [topic]


def test_what_is_said_on_a_topic_that_was_made_again_is_heard(own_kafka: ApacheKafka, intake: Child) -> None:
    before = say(own_kafka, b"before", BEFORE)
    eventually(lambda: heard(own_kafka) >= before)
    make_again(own_kafka)
    after = say(own_kafka, b"after", AFTER)
    eventually(lambda: heard(own_kafka) >= after)
    assert intake.restarts == 0
    (told,) = eventually(lambda: [each for each in strip(own_kafka) if each.kind == "deleted"])
    assert "was deleted and made again" in told.title.en and COUNTER in told.detail.en


def beat(kafka: ApacheKafka, worker: str, times: int = 1) -> None:
    said = record(Heartbeat(service="billing", worker=worker, version="1", started=NOW, at=NOW))
    with Publisher(kafka.bootstrap) as publisher:
        for _ in range(times):
            publisher.publish([], said.key or b"", said.value or b"", HEALTH_TOPIC)


@pytest.mark.parametrize("looks", ["while it is gone", "afterwards only"])
def test_heartbeats_are_heard_on_a_topic_that_was_made_again(own_kafka: ApacheKafka, looks: str) -> None:
    heartbeats = Heartbeats(own_kafka.bootstrap)
    beat(own_kafka, f"before {looks}", 5)
    assert f"billing/before {looks}" in heartbeats.look()
    delete(own_kafka, HEALTH_TOPIC)
    if looks == "while it is gone":
        with contextlib.suppress(BrokerTrouble, KafkaError):
            heartbeats.look()
    topics.apply(own_kafka.bootstrap)
    beat(own_kafka, f"after {looks}")
    eventually(lambda: f"billing/after {looks}" in _heard_or_not(heartbeats))
    heartbeats.close()


def _heard_or_not(heartbeats: Heartbeats) -> dict[str, Heartbeat]:
    """As the console looks: what the broker cannot say just now it says later."""
    try:
        return heartbeats.look()
    except (BrokerTrouble, KafkaError):
        return {}


def test_who_looks_at_a_topic_as_it_is_made_again_sees_what_lies_there_now(own_kafka: ApacheKafka) -> None:
    """The console's pages and its live tail, on one connection throughout."""
    peeking, known = Peeking(own_kafka.bootstrap), dict[Place, int]()
    say(own_kafka, b"before", 4 * BEFORE)
    for place, (_, end) in peeking.bounds(COUNTER).items():
        known[place] = end
    make_again(own_kafka)
    after = say(own_kafka, b"after", AFTER)

    def followed() -> set[bytes | None]:
        try:
            wanted = fresh(known, peeking.bounds(COUNTER))
            return {each.record.key for each in peeking.records(wanted, 50)} if wanted else set()
        except (BrokerTrouble, KafkaError):
            return set()

    eventually(lambda: followed() == after)
    peeking.close()


def gone(kafka: ApacheKafka) -> dict[str, int]:
    """As the last worker of intake says it, to whoever looks later."""
    heartbeats = Heartbeats(kafka.bootstrap)
    try:
        said = _heard_or_not(heartbeats).values()
        latest = max((each for each in said if each.service == "intake"), key=lambda each: each.at, default=None)
        return dict(latest.gone) if latest else {}
    finally:
        heartbeats.close()


def test_what_went_before_it_was_read_is_told_after_the_service_has_gone_on(
    own_kafka: ApacheKafka, intake: Child, tmp_path: Path
) -> None:
    first = say(own_kafka, b"first", BEFORE)
    eventually(lambda: heard(own_kafka) >= first)
    intake.ask_to_end()
    ends(intake)
    unread = say(own_kafka, b"never read", 3)
    reached = {place: end for place, end in topics.offsets(own_kafka.bootstrap).items() if place[0] == COUNTER}
    with admin(own_kafka.bootstrap) as (client, _):
        client.delete_records({TopicPartition(*place): end for place, end in reached.items()})
    after = say(own_kafka, b"behind", AFTER)
    later = Child(intake.program, tmp_path / "later.log", print)
    later.start()
    try:
        eventually(lambda: heard(own_kafka) >= after)
        eventually(lambda: gone(own_kafka) == {COUNTER: len(unread)})
    finally:
        later.ask_to_end()
        ends(later)
    (said,) = (each for each in strip(own_kafka) if each.kind == "deleted")
    assert f"{len(unread)} of them" in said.detail.en and COUNTER in said.detail.en


def strip(kafka: ApacheKafka) -> list[Finding]:
    seen = Watch(Broker(kafka.bootstrap))._look()
    now = datetime.now(UTC)
    return findings(Waiting(), seen.workers.values(), [], "", None, now, gone=seen.deleted)
