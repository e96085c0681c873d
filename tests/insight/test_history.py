"""Reading the topics to their ends, and the commands that do so."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer  # type: ignore[import-untyped,unused-ignore]
from typer.testing import CliRunner, Result

from cli import application
from insight.history import history
from insight.past import NEEDED
from runtime.kafka.connect import BrokerAway, reach
from runtime.local.broker import InMemoryKafka
from tests.flow.customer import confirm, submit
from tests.flow.system import START, System

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def broker() -> Iterator[str]:
    """With the topics of a few requests, two of them begun ten days after the others."""
    kafka = InMemoryKafka()
    kafka.start()
    system = System()
    for name in ("sub-freeaddon01", "sub-freeaddon02"):
        confirm(system, submit(system, name, "video-pack"))
    system.advance(10 * DAY)
    submit(system, "sub-linecontract01")
    submit(system, "sub-arrears01")
    publish(system, kafka.bootstrap)
    system.close()
    yield kafka.bootstrap
    kafka.stop()


def publish(system: System, bootstrap: str) -> None:
    producer = KafkaProducer(**reach(bootstrap).producer_options)
    for topic, records in system.log.items():
        for each in records:
            producer.send(topic, each.value, each.key, list(each.headers))
        producer.send(topic, b"noise", b"noise")
    producer.flush()
    producer.close()


@pytest.fixture
def tuiding(broker: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TUIDING_KAFKA", broker)
    monkeypatch.setenv("TUIDING_LANG", "en")
    return lambda *words: CliRunner().invoke(application(), list(words))


def test_every_record_is_read_once_and_noise_is_passed_over(broker: str) -> None:
    with history(broker, NEEDED) as past:
        read = [event for partition in past.partitions for event in partition]
    events = [event for event in read if event]
    assert len(read) == past.records and len(read) - len(events) == len(NEEDED)
    assert len({event.request_id for event in events if event.type == "request.accepted.v1"}) == 4


def test_a_partition_holds_whole_requests(broker: str) -> None:
    with history(broker, NEEDED) as past:
        seen = [{event.request_id for event in partition if event} for partition in past.partitions]
    assert sum(map(len, seen)) == len(set().union(*seen))


def test_only_what_began_since_then_is_read(broker: str) -> None:
    with history(broker, NEEDED, datetime.now(UTC) + DAY) as past:
        assert [event for partition in past.partitions for event in partition if event] == []


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(BrokerAway), history("127.0.0.1:1", NEEDED, wait_seconds=0.5):
        pass


def test_what_if_shows_who_would_pay_what(tuiding: Callable[..., Result], tmp_path: Path) -> None:
    done = tuiding("policy", "what-if", "eu", "--json", "--changes", "changes.jsonl")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["requests"], told["changed"]) == (4, 4) and told["pack"].startswith("eu@")
    lines = [json.loads(line) for line in (tmp_path / "changes.jsonl").read_text().splitlines()]
    assert {line["request_id"] for line in lines} == {each["request_id"] for each in told["most_at_stake"]}


def test_the_same_for_people(tuiding: Callable[..., Result]) -> None:
    done = tuiding("policy", "what-if", "cn-carrier")
    assert done.exit_code == 0 and "0 / 4 requests would be different" in done.stdout


def test_a_pack_that_is_not_there_is_refused_before_anything_is_read(tuiding: Callable[..., Result]) -> None:
    done = tuiding("policy", "what-if", "nowhere")
    assert done.exit_code == 1 and "there is no pack 'nowhere'" in done.stderr


def test_the_report_comes_as_json_and_as_a_page(tuiding: Callable[..., Result], tmp_path: Path) -> None:
    done = tuiding("report", "--json", "--html", "report.html")
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["requests"] == 4 and told["by"]["end"]["closed"] == 2
    assert "Cancellation report" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_day_leaves_out_what_began_before(tuiding: Callable[..., Result]) -> None:
    day = str((START + 5 * DAY).date())
    done = tuiding("report", "--json", "--since", day)
    assert json.loads(done.stdout)["requests"] == 2


def test_the_notices_are_written_where_one_says(tuiding: Callable[..., Result], tmp_path: Path) -> None:
    done = tuiding("policy", "notices", "demo", "--out", "letters", "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["without_example"] == []
    assert (tmp_path / "letters" / "index.html").is_file()
