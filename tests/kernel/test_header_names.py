"""No name of a header stops a reader, whichever of the two clients reads and however the batch is packed."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from confluent_kafka import Consumer
from kafka.errors import CorruptRecordError  # type: ignore[import-untyped,unused-ignore]
from kafka.record import default_records, memory_records  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import topic_name
from runtime.envelope import Headers
from runtime.kafka.header_names import read_any_header_name
from runtime.kafka.publisher import Publisher
from runtime.kafka.received import headers_of
from runtime.local.broker_memory import InMemoryKafka
from tests.contracts.odd_names import LATIN, odd_name

NOT_PACKED, GZIP = 0, 1
HEADERS: list[tuple[str, bytes | None]] = [("ce_id", b"\xff"), (LATIN, b"1"), ("ce_type", None)]


def records(data: bytes) -> Any:
    """Of a batch, by the tools' client."""
    read_any_header_name()
    return list(memory_records.MemoryRecords(data).next_batch())


def batch(packing: int, *headers: list[tuple[str, bytes | None]]) -> bytes:
    builder = default_records.DefaultRecordBatchBuilder(2, packing, False, -1, -1, -1, 100_000)
    for number, each in enumerate(headers):
        builder.append(number, 1, b"key", b"value %d" % number, each)
    return bytes(builder.build())


@pytest.mark.parametrize("packing", [NOT_PACKED, GZIP])
def test_a_foreign_name_is_spelled_out_and_its_neighbours_are_read_as_ever(packing: int) -> None:
    found = records(batch(packing, [("before", b"0")], HEADERS, [("after", None)]))
    assert [each.value for each in found] == [b"value 0", b"value 1", b"value 2"]
    assert [each.offset for each in found] == [0, 1, 2]
    spelled = [("ce_id", b"\xff"), ("caf\\xe9", b"1"), ("ce_type", None)]
    assert [list(each.headers) for each in found] == [[("before", b"0")], spelled, [("after", None)]]


def test_a_name_in_chinese_stays_what_it_is() -> None:
    headers: list[tuple[str, bytes | None]] = [("渠道", "网厅".encode())]
    assert list(records(batch(NOT_PACKED, headers))[0].headers) == headers


def test_a_torn_batch_is_still_an_error() -> None:
    torn = bytearray(batch(NOT_PACKED, HEADERS))
    torn[-1] ^= 0xFF  # the length of the last header's value
    with pytest.raises(Exception, match=r"(?i)record|index|bytes"):
        records(bytes(torn))


def test_the_tools_client_still_needs_it() -> None:
    with pytest.raises((UnicodeDecodeError, CorruptRecordError), match="utf-8"):
        list(default_records.DefaultRecordBatch(batch(NOT_PACKED, HEADERS)))


@pytest.fixture(scope="module")
def broker() -> Iterator[InMemoryKafka]:
    broker = InMemoryKafka()
    broker.start()
    yield broker
    broker.stop()


def received(broker: InMemoryKafka, group: str, *sent: Sequence[tuple[str, bytes]]) -> list[Headers]:
    """By the worker's client."""
    with Publisher(broker.bootstrap) as publisher:
        for headers in sent:
            publisher.publish(headers, b"key", b"value", topic_name("intake"))
    reader = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest"})
    reader.subscribe([topic_name("intake")])
    found: list[Headers] = []
    while len(found) < len(sent):
        found += [headers_of(message) for message in reader.consume(100, 0.2)]
    reader.close()
    return found


def test_the_worker_reads_on_past_names_that_are_not_text(broker: InMemoryKafka) -> None:
    plain = [("ce_id", b"\xff"), ("渠道", "网厅".encode())]
    several = [(odd_name(b"\xff"), b"1"), ("ce_id", b"2"), (LATIN, b"3")]
    found = received(broker, "names", plain, [*plain, (LATIN, b"1"), ("after", b"")], [], several)
    assert found == [
        plain,
        [*plain, ("caf\\xe9", b"1"), ("after", b"")],
        (),
        [("\\xff", b"1"), ("ce_id", b"2"), ("\\xff", b"3")],
    ]
