"""The brokers that a developer gets without asking for one."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.connect import reach
from runtime.kafka.publisher import BrokerRefused, NotPublished, Publisher
from runtime.local import broker_jars
from runtime.local.broker import ApacheKafka, Broker, BrokerProblem, ExternalKafka, InMemoryKafka, choose
from runtime.local.broker_apache import START_SECONDS
from runtime.local.broker_cluster import KafkaCluster
from runtime.local.broker_keeper import BrokerKeeper
from tests.waiting import PATIENCE_SECONDS, eventually

COMMANDS = "cancellation.commands"
HEADERS = [("ce_id", b"1"), ("traceparent", b"00-")]


def test_apache_kafka_carries_a_record_with_its_headers(kafka: ApacheKafka) -> None:
    assert_carries_a_record(kafka)
    assert kafka.warning is None


def test_the_in_memory_broker_carries_a_record_with_its_headers(in_memory: InMemoryKafka) -> None:
    assert_carries_a_record(in_memory)
    assert "every record is lost" in str(in_memory.warning)


def test_a_killed_broker_comes_back_with_its_records(own_kafka: ApacheKafka) -> None:
    with Publisher(own_kafka.bootstrap) as publisher:
        before = publisher.publish(HEADERS, b"r-1", b"kept", COMMANDS)
    own_kafka.kill()
    own_kafka.start()
    assert (b"r-1", b"kept", HEADERS) in read_all(own_kafka, COMMANDS, before.partition)


def test_a_record_that_nobody_confirmed_is_not_called_published(own_kafka: ApacheKafka) -> None:
    with Publisher(own_kafka.bootstrap, delivery_seconds=1) as publisher:
        own_kafka.kill()
        with pytest.raises(NotPublished, match="publish it again"):
            publisher.publish(HEADERS, b"r-1", b"lost", COMMANDS)
    own_kafka.start()


def test_a_dead_letter_may_be_larger_than_any_original(kafka: ApacheKafka) -> None:
    large = b"x" * (3 * 1024 * 1024 // 2)
    with Publisher(kafka.bootstrap) as publisher:
        publisher.publish(HEADERS, b"r-1", large, "cancellation.console.dead-letter")
        with pytest.raises(BrokerRefused, match=COMMANDS):
            publisher.publish(HEADERS, b"r-1", large, COMMANDS)


def test_a_second_start_on_the_same_directory_is_refused_in_one_sentence(kafka: ApacheKafka) -> None:
    with pytest.raises(BrokerProblem, match=r"^An Apache Kafka already runs on .*directory\.$"):
        ApacheKafka(kafka.data_dir, 0).start()


def test_a_taken_port_is_refused_in_one_sentence(tmp_path: Path) -> None:
    taken = r"^Port \d+ is taken: .*another port\.$"
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(BrokerProblem, match=taken):
        ApacheKafka(tmp_path, other.getsockname()[1]).start()


def test_a_broker_that_cannot_start_quotes_the_end_of_its_log(tmp_path: Path, kafka: ApacheKafka) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=99\n")
    with pytest.raises(BrokerProblem, match=r"(?s)^Apache Kafka ended while it was starting: .*99"):
        ApacheKafka(tmp_path, 0).start()


def test_a_broker_that_cannot_start_again_is_started_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a disk that is full for a while; here Java is away."""
    said: list[str] = []
    broker = ApacheKafka(tmp_path, 0)
    keeper = BrokerKeeper(broker, said.append)
    keeper.start()
    try:
        with monkeypatch.context() as without:
            without.setenv("PATH", str(tmp_path))
            without.delenv("JAVA_HOME", raising=False)
            assert broker.pid is not None
            os.killpg(broker.pid, signal.SIGKILL)
            eventually(lambda: any("kafka is started again in" in each for each in said))
        eventually(lambda: keeper.restarts, START_SECONDS)
        reach(broker.bootstrap, PATIENCE_SECONDS)
    finally:
        keeper.stop()
    assert said[0].startswith("kafka has ended; it starts again in") and "install it" in said[1]


def test_a_broker_outlives_the_thread_that_started_it(own_kafka: ApacheKafka) -> None:
    own_kafka.stop()
    starter = threading.Thread(target=own_kafka.start)
    starter.start()
    starter.join()
    assert not reach(own_kafka.bootstrap).in_memory


def test_a_broker_does_not_outlive_the_process_that_started_it(tmp_path: Path, kafka: ApacheKafka) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == "started\n"
        parent.kill()
    with ThreadPoolExecutor(1) as waiting, (tmp_path / "lock").open() as lock:
        waiting.submit(fcntl.flock, lock, fcntl.LOCK_EX).result(PATIENCE_SECONDS)


PARENT = """
import sys
from pathlib import Path
from runtime.local.broker import ApacheKafka
ApacheKafka(Path(sys.argv[1]), 0).start()
print("started", flush=True)
sys.stdin.read()
"""


def test_secured_brokers_find_the_keys_that_they_share_from_the_folders_they_work_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for node in KafkaCluster(Path("var"), 0, secure=True).nodes:  # as `make up SECURE=1 BROKERS=3` has it
        assert node.keys is not None and node.keys.broker == tmp_path / "var" / "keys" / "broker.pem"


def test_a_given_address_is_used_as_it_is(tmp_path: Path) -> None:
    broker = choose("kafka.example:9092", tmp_path, 9092, pytest.fail)
    assert isinstance(broker, ExternalKafka) and broker.bootstrap == "kafka.example:9092"


def test_apache_kafka_is_chosen_where_it_can_run(tmp_path: Path, kafka: ApacheKafka) -> None:
    broker = choose(None, tmp_path, 9092, pytest.fail)
    assert isinstance(broker, ApacheKafka) and broker.bootstrap.endswith(":9092")


def test_without_java_the_in_memory_broker_is_chosen_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    said: list[str] = []
    broker = choose(None, tmp_path, 9092, said.append)
    assert isinstance(broker, InMemoryKafka) and said == [broker.warning]


@pytest.mark.parametrize(
    ("banner", "version"),
    [
        ('openjdk version "21.0.2" 2024-01-16', 21),
        ('openjdk version "17" 2021-09-14', 17),
        ('java version "1.8.0_402"', 8),
        ("no such runtime", 0),
    ],
)
def test_the_version_of_java_is_read_from_its_banner(tmp_path: Path, banner: str, version: int) -> None:
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\necho '{banner}' >&2\n")
    program.chmod(0o755)
    assert broker_jars.java_version(str(program)) == version


def assert_carries_a_record(broker: Broker) -> None:
    with Publisher(broker.bootstrap) as publisher:
        stored = publisher.publish(HEADERS, b"r-7", b"{}", COMMANDS)
    assert (b"r-7", b"{}", HEADERS) in read_all(broker, COMMANDS, stored.partition)


def read_all(broker: Broker, topic: str, partition: int) -> list[tuple[bytes, bytes, list[tuple[str, bytes]]]]:
    """Everything up to the end as it was when we asked."""
    consumer, place = KafkaConsumer(**reach(broker.bootstrap).options), TopicPartition(topic, partition)
    consumer.assign([place])
    consumer.seek_to_beginning(place)
    end, records = consumer.end_offsets([place])[place], []
    while consumer.position(place) < end:
        records += consumer.poll(timeout_ms=1000).get(place, [])
    consumer.close()
    return [(record.key, record.value, list(record.headers)) for record in records]
