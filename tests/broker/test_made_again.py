"""A topic that is deleted and made again while a service reads it: what is said there afterwards is heard."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.flow import PARTITIONS, dead_letter_topic, topic_name
from runtime.kafka import topics
from runtime.kafka.connect import admin
from runtime.kafka.publisher import Publisher
from runtime.kafka.reader import Reading
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from tests.supervisor.conftest import eventually

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
    child.ended_by(time.monotonic() + 10)


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


def make_again(kafka: ApacheKafka) -> None:
    with admin(kafka.bootstrap) as (client, _):
        client.delete_topics([COUNTER])
        eventually(lambda: COUNTER not in client.list_topics())
    assert [change.topic for change in topics.apply(kafka.bootstrap)] == [COUNTER]


def test_what_is_said_on_a_topic_that_was_made_again_is_heard(own_kafka: ApacheKafka, intake: Child) -> None:
    before = say(own_kafka, b"before", BEFORE)
    eventually(lambda: heard(own_kafka) >= before)
    make_again(own_kafka)
    after = say(own_kafka, b"after", AFTER)
    eventually(lambda: heard(own_kafka) >= after)
    assert intake.restarts == 0
