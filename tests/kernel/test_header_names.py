"""No name of a header stops a reader, whichever of the two clients reads and however the batch is packed."""

from collections.abc import Callable
from typing import Any

import pytest
from aiokafka.consumer import fetcher
from aiokafka.record import _crecords
from aiokafka.record.default_records import DefaultRecordBatchBuilder, _DefaultRecordBatchBuilderPy
from kafka.errors import CorruptRecordError  # type: ignore[import-untyped,unused-ignore]
from kafka.record import default_records, memory_records  # type: ignore[import-untyped,unused-ignore]

from runtime.kafka.header_names import read_any_header_name
from tests.contracts.odd_names import LATIN

NOT_PACKED, GZIP = 0, 1
HEADERS: list[tuple[str, bytes | None]] = [("ce_id", b"\xff"), (LATIN, b"1"), ("ce_type", None)]


@pytest.fixture(params=["worker", "tools"])
def records(request: pytest.FixtureRequest) -> Callable[[bytes], Any]:
    """Of a batch, by the client of either."""
    read_any_header_name()
    reader = fetcher.MemoryRecords if request.param == "worker" else memory_records.MemoryRecords
    return lambda data: list(reader(data).next_batch())


def batch(packing: int, *headers: list[tuple[str, bytes | None]]) -> bytes:
    builder: Any = _DefaultRecordBatchBuilderPy(2, packing, False, -1, -1, -1, 100_000)
    for number, each in enumerate(headers):
        builder.append(number, 1, b"key", b"value %d" % number, each)
    return bytes(builder.build())


@pytest.mark.parametrize("packing", [NOT_PACKED, GZIP])
def test_a_foreign_name_is_spelled_out_and_its_neighbours_are_read_as_ever(
    records: Callable[[bytes], Any], packing: int
) -> None:
    found = records(batch(packing, [("before", b"0")], HEADERS, [("after", None)]))
    assert [each.value for each in found] == [b"value 0", b"value 1", b"value 2"]
    assert [each.offset for each in found] == [0, 1, 2]
    spelled = [("ce_id", b"\xff"), ("caf\\xe9", b"1"), ("ce_type", None)]
    assert [list(each.headers) for each in found] == [[("before", b"0")], spelled, [("after", None)]]


def test_a_name_in_chinese_stays_what_it_is(records: Callable[[bytes], Any]) -> None:
    headers: list[tuple[str, bytes | None]] = [("渠道", "网厅".encode())]
    assert list(records(batch(NOT_PACKED, headers))[0].headers) == headers


def test_a_torn_batch_is_still_an_error(records: Callable[[bytes], Any]) -> None:
    torn = bytearray(batch(NOT_PACKED, HEADERS))
    torn[-1] ^= 0xFF  # the length of the last header's value
    with pytest.raises(Exception, match=r"(?i)record|index|bytes"):
        records(bytes(torn))


@pytest.mark.parametrize("batch_of", [_crecords.DefaultRecordBatch, default_records.DefaultRecordBatch])
def test_both_clients_still_need_it(batch_of: Any) -> None:
    assert DefaultRecordBatchBuilder is not _DefaultRecordBatchBuilderPy, "the worker's client has its parts in C"
    with pytest.raises((UnicodeDecodeError, CorruptRecordError), match="utf-8"):
        list(batch_of(batch(NOT_PACKED, HEADERS)))
