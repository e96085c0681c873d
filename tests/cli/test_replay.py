"""`tuiding replay` on a broker in memory: equal, different and where, incomplete, and every way to call it in vain."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition  # type: ignore[import-untyped,unused-ignore]
from kafka.structs import OffsetAndMetadata  # type: ignore[import-untyped,unused-ignore]
from typer.testing import Result

from contracts.flow import BY_NAME, SERVICES, group_id
from runtime.kafka import topics
from runtime.kafka.connect import reach
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import Store
from runtime.local.broker_apache import free_port
from runtime.local.broker_memory import InMemoryKafka
from services.console.app import READS, projection
from tests.flow.customer import confirm, submit
from tests.flow.system import System

Tuiding = Callable[..., Result]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The broker and the stores of a system in which requests ended, were refused, joined and still wait."""
    folder, broker = tmp_path_factory.mktemp("ran"), InMemoryKafka()
    broker.start()
    system = System(database=str(folder / "db"))
    first = submit(system, "sub-linecontract01")
    submit(system, "sub-linecontract01", name="pressed twice")
    submit(system, "sub-arrears01")
    confirm(system, first)
    system.advance(timedelta(days=3))
    submit(system, "sub-freeaddon01", "video-pack")
    console = Store(str(folder / "db"), "console")
    shown = projection(console, system.pack, "1")
    for topic in READS:
        shown.step([Consumed(each, 0, at, 0, "g") for at, each in enumerate(system.log[topic])], (), system.now)
    console.close()
    publish(system, broker.bootstrap)
    system.close()
    yield broker.bootstrap, folder
    broker.stop()


def publish(system: System, bootstrap: str) -> None:
    """Each record at the place where the services read it."""
    topics.apply(bootstrap)
    producer = KafkaProducer(**reach(bootstrap).producer_options)
    for topic, records in system.log.items():
        for each in records:
            producer.send(topic, each.value, each.key, list(each.headers), partition=0).get(10)
    producer.close()
    places = {TopicPartition(topic, 0): len(system.log[topic]) for topic in READS}
    consumer = KafkaConsumer(**reach(bootstrap).options, group_id=group_id("console"), enable_auto_commit=False)
    consumer.assign(list(places))
    consumer.commit({place: OffsetAndMetadata(end, "", -1) for place, end in places.items()})
    consumer.close()


@pytest.fixture
def data(ran: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the stores for one test."""
    shutil.copytree(ran[1], tmp_path / "copy")
    monkeypatch.setenv("TUIDING_KAFKA", ran[0])
    monkeypatch.setenv("TUIDING_DATA", str(tmp_path / "copy"))
    return tmp_path / "copy"


def change(data: Path, service: str, statement: str) -> None:
    with sqlite3.connect(data / "db" / f"{service}.db") as store:
        assert store.execute(statement).rowcount > 0


def test_every_service_is_rebuilt_from_the_topics_and_is_equal(tuiding: Tuiding, data: Path) -> None:
    done = tuiding("replay", "--json")
    assert done.exit_code == 0, done.output
    found = {each["service"]: each for each in json.loads(done.stdout)}
    assert found.keys() == BY_NAME.keys()
    assert {each["state"] for each in found.values()} == {"equal"}
    assert all(each["transactions"] for each in found.values())
    with sqlite3.connect(data / "db" / "intake.db") as store:
        assert found["intake"]["cases"] == store.execute("select count(*) from cases").fetchone()[0] > 2
    assert found["console"]["cases"] > 15


NOBODY = "00000000-0000-4000-8000-000000000000"
CHANGES = {
    "a case": (
        "billing",
        f"update cases set body = json_set(body, '$.request_id', '{NOBODY}') where typeof(body) = 'text'",  # not packed
        "cases ",
    ),
    "a version": ("review", "update cases set version = version + 1", "version is "),
    "a case that is gone": ("termination", "delete from cases", "is only in the rebuilt store"),
    "an alarm": ("termination", "update alarms set due = due + 1", "alarms "),
    "a claim": ("intake", "delete from claims", "claims "),
    "a row of the console": ("console", "update money set minor = minor + 1", "money paid/CNY: minor is "),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_by_hand_is_named(tuiding: Tuiding, data: Path, name: str) -> None:
    service, statement, sentence = CHANGES[name]
    change(data, service, statement)
    done = tuiding("replay", "--service", service)
    assert done.exit_code == 1
    assert sentence in done.stderr and "replay.md" in done.stderr
    assert "different" in done.stdout


def test_looking_changes_no_store(tuiding: Tuiding, data: Path) -> None:
    before = {file.name: file.read_bytes() for file in (data / "db").glob("*.db")}
    assert tuiding("replay").exit_code == 0
    assert {file.name: file.read_bytes() for file in (data / "db").glob("*.db")} == before


def test_the_rebuilt_stores_can_be_kept_and_are_equal_again(
    tuiding: Tuiding, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept" / "db"
    assert tuiding("replay", "--into", str(kept)).exit_code == 0
    assert {file.name for file in kept.glob("*.db")} == {f"{each.name}.db" for each in SERVICES}
    monkeypatch.setenv("TUIDING_DATA", str(tmp_path / "kept"))
    assert tuiding("replay").exit_code == 0
    with sqlite3.connect(kept / "billing.db") as store:
        assert store.execute("select count(*) from outbox").fetchone() == (0,), "all of it had been said"
        last = store.execute("select seq from sqlite_sequence where name = 'outbox'").fetchone()[0]
    with sqlite3.connect(data / "db" / "billing.db") as store:
        (live,) = store.execute("select seq from sqlite_sequence where name = 'outbox'").fetchone()
    assert last == live, "positions go on where they ended"


def test_a_store_that_is_lost_is_made_again_and_put_back(tuiding: Tuiding, data: Path, tmp_path: Path) -> None:
    again, live = tmp_path / "again", data / "db" / "billing.db"
    live.rename(tmp_path / "billing.lost")
    assert tuiding("replay", "--service", "billing", "--lost").exit_code == 2, "it says that it must be kept"
    done = tuiding("replay", "--service", "billing", "--into", str(again), "--lost")
    assert done.exit_code == 0, done.stderr
    assert "made again" in done.stdout and "different" not in done.stdout, "it is held against nothing"
    assert tuiding("database", "restore", str(again), "--service", "billing", "--yes").exit_code == 0
    assert tuiding("replay", "--service", "billing").exit_code == 0
    twice = tuiding("database", "restore", str(again), "--service", "billing", "--yes")
    assert twice.exit_code == 5 and "not empty" in twice.stderr


def test_a_backup_of_every_service_is_taken_and_never_written_over(
    tuiding: Tuiding, data: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "backup"
    assert tuiding("database", "backup", str(kept)).exit_code == 0
    assert {file.name for file in kept.iterdir()} == {f"{each.name}.db" for each in SERVICES}
    again = tuiding("database", "backup", str(kept))
    assert again.exit_code == 5 and "never written over" in again.stderr


def test_a_folder_that_holds_something_is_never_written_over(tuiding: Tuiding, data: Path) -> None:
    done = tuiding("replay", "--into", str(data / "db"))
    assert done.exit_code == 2 and "not a new or empty folder" in done.stderr


def test_a_missing_topic_is_one_sentence(tuiding: Tuiding, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.kafka.reader.KafkaConsumer.topics", lambda self: {"cancellation.intake"})
    done = tuiding("replay", "--service", "review")
    assert done.exit_code == 4
    assert done.stderr.startswith("The topic cancellation.ops does not exist at ")


def test_an_unknown_service_is_a_wrong_call(tuiding: Tuiding, data: Path) -> None:
    done = tuiding("replay", "--service", "biling")
    assert done.exit_code == 2 and "biling" in done.stderr


def test_where_no_store_is_one_sentence_says_where_it_was_looked_for(tuiding: Tuiding, data: Path) -> None:
    (data / "db" / "notify.db").unlink()
    done = tuiding("replay")
    assert done.exit_code == 4
    assert done.stderr.startswith("There is no store ") and "notify.db" in done.stderr and "TUIDING_DATA" in done.stderr


def test_a_broker_that_is_down_is_one_sentence(tuiding: Tuiding, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_KAFKA", f"127.0.0.1:{free_port()}")
    done = tuiding("replay", "--wait", "0.1")
    assert done.exit_code == 3 and done.stderr.startswith("No Kafka broker answers at ")


def test_another_pack_is_named(tuiding: Tuiding, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUIDING_POLICY", "demo")
    done = tuiding("replay", "--service", "billing")
    assert done.exit_code == 1 and "under the policy pack cn-carrier@" in done.stderr


def test_a_topic_whose_beginning_is_gone_is_incomplete_and_never_equal(
    tuiding: Tuiding, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KafkaConsumer.beginning_offsets

    def begins_later(consumer: KafkaConsumer, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        late = TopicPartition("cancellation.review", 0)
        return {place: 2 if place == late else begin for place, begin in known(consumer, places).items()}

    monkeypatch.setattr("runtime.kafka.reader.KafkaConsumer.beginning_offsets", begins_later)
    done = tuiding("replay", "--json")
    found = {each["service"]: each["state"] for each in json.loads(done.stdout)}
    assert done.exit_code == 1
    assert "cancellation.review[0] begins at offset 2, of 20" in done.stderr
    readers = {name for name, service in BY_NAME.items() if "review" in (*service.reads, service.writes)}
    assert {name for name, state in found.items() if state == "incomplete"} == readers
    assert {state for name, state in found.items() if name not in readers} == {"equal"}
