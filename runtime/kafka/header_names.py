"""Lets kafka-python read header names that are not UTF-8: to Kafka they are bytes, and kafka-python fails on them.

A channel's client in C or Go can write such a name, and no broker refuses it. Here it is read with its foreign bytes
spelled out (`caf\\xe9`): a name that nobody asks for, like any other header of a channel's own. What the worker's
client does with it is in `received.py`.
"""

from typing import Any, SupportsIndex, overload

import kafka.record.memory_records  # type: ignore[import-untyped,unused-ignore]


def read_any_header_name() -> None:
    """For every consumer of kafka-python in this process. Doing it again changes nothing."""
    kafka.record.memory_records.DefaultRecordBatch = _Batch


class _AnyName(bytes):
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode("utf-8", "backslashreplace")


class _Spelled(bytes):
    """Of which every part can be decoded."""

    @overload
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> bytes: ...
    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return _AnyName(found) if isinstance(found, bytes) else found


class _Forgiving:
    """A record that cannot be read is read once more, as if its bytes were all letters."""

    _pos: int
    _buffer: Any

    def _read_msg(self) -> Any:
        try:
            return super()._read_msg()  # type: ignore[misc]
        except UnicodeDecodeError:  # `_pos` still is where the record begins
            strict, self._buffer = self._buffer, _Spelled(self._buffer)
        try:
            return super()._read_msg()  # type: ignore[misc]
        finally:
            self._buffer = strict


class _Batch(_Forgiving, kafka.record.memory_records.DefaultRecordBatch): ...  # type: ignore[misc]
