"""A settlement that nobody signed, or somebody else, on a real broker: a dead letter before it is read, and no case."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from kafka import KafkaProducer
from typer.testing import CliRunner

from bench.programs import Programs
from cli import application
from contracts.flow import dead_letter_topic
from demo.scene import until
from runtime.envelope import Record
from runtime.kafka.connect import reach
from runtime.kafka.reader import Reading
from runtime.kernel.store import Store
from runtime.kernel.tables import ALARMS, CALLS, CASES, INBOX, OUTBOX
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.settings import Settings
from runtime.signatures import Signatures
from runtime.worker.signing_keys import signatures_of
from tests.contracts.sound import record_of
from tests.waiting import PATIENCE_SECONDS

OTHERS = "10101010-2020-4030-8040-505050505050"
LETTERS = dead_letter_topic("termination")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed") / "keys"
    assert CliRunner().invoke(application(), ["deploy", "signing-keys", str(folder)]).exit_code == 0
    return folder


@pytest.fixture(scope="module")
def store(own_kafka: ApacheKafka, keys: Path) -> Iterator[Store]:
    """Of the termination service, which runs as its own process and believes what is signed."""
    data, port = keys.parent / "data", free_port()
    environment = {
        "TUIDING_KAFKA": own_kafka.bootstrap,
        "TUIDING_DATA": str(data),
        "TUIDING_POLICY": "demo",
        "TUIDING_PORT": str(port),
        "TUIDING_SIGNING_KEY": str(keys / "private" / "termination"),
        "TUIDING_SIGNERS": str(keys / "signers"),
    }
    with Programs(keys.parent / "logs") as programs:
        programs.add("termination", ["-m", "services.termination"], environment, f"http://127.0.0.1:{port}/readyz")
        programs.wait_ready()
        opened = Store(Settings(data=str(data)).store, "termination")
        yield opened
        opened.close()


def signer(keys: Path, service: str) -> Signatures:
    return signatures_of(service, Settings(signing_key=str(keys / "private" / service)))


def changed(record: Record, name: str, text: bytes) -> Record:
    return record._replace(headers=[*((each, value) for each, value in record.headers if each != name), (name, text)])


def forged(keys: Path) -> dict[str, Record]:
    bare = record_of("fee.settled.v1")
    sound = signer(keys, "billing").signed(bare)
    return {
        "without a signature, and no JSON": bare._replace(value=b"{not even JSON"),
        "signed by another service": signer(keys, "notify").signed(bare),
        "for another request": sound._replace(key=OTHERS.encode()),
        "under another id": changed(sound, "ce_id", OTHERS.encode()),
        "with another amount": sound._replace(value=(sound.value or b"").replace(b'"minor":', b'"minor":9')),
        "from another topic": changed(sound, "sig", dict(signer(keys, "billing").signed(
            bare._replace(topic="cancellation.intake")).headers)["sig"]),
    }  # fmt: skip


def publish(kafka: ApacheKafka, *records: Record) -> None:
    producer = KafkaProducer(**reach(kafka.bootstrap).producer_options)
    for each in records:
        producer.send(each.topic, key=each.key, value=each.value, headers=list(each.headers), partition=0)
    producer.flush()
    producer.close()


def letters(kafka: ApacheKafka) -> list[Record]:
    with Reading(kafka.bootstrap, [LETTERS]) as reading:
        return [each.record for some in reading.records() for each in some]


def kept(store: Store) -> list[str]:
    """All that lasts but the letters themselves."""
    said = sa.select(OUTBOX).where(OUTBOX.c.topic != LETTERS)
    return [repr(row) for asked in (*map(sa.select, (CASES, CALLS, ALARMS)), said) for row in store.read(asked)]


def taken_in(store: Store) -> int:
    """How many records, dead letters among them."""
    return int(store.read(sa.select(sa.func.count()).select_from(INBOX))[0][0])


def test_what_was_forged_moved_or_replayed_is_a_dead_letter_unread_and_changes_nothing(
    own_kafka: ApacheKafka, keys: Path, store: Store
) -> None:
    tried = forged(keys)
    publish(own_kafka, *tried.values())
    asyncio.run(until(lambda: len(letters(own_kafka)) == len(tried), PATIENCE_SECONDS, "a letter for each of them"))
    found = letters(own_kafka)
    assert [dict(each.headers)["x-error-code"] for each in found] == [b"not-signed"] * len(tried)
    assert {each.value for each in found} == {each.value for each in tried.values()}, "as they came"
    assert kept(store) == []

    assert taken_in(store) == len(tried)
    publish(own_kafka, signer(keys, "billing").signed(record_of("fee.settled.v1")))
    asyncio.run(until(lambda: taken_in(store) > len(tried), PATIENCE_SECONDS, "what is sound being taken in"))
    assert len(letters(own_kafka)) == len(tried)
