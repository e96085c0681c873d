"""Texts that are kept and hardly ever read again, packed; what an earlier build left as a text is read as it is."""

import zlib
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

PACKED = b"x\x9c"  # how it begins, and no text does: in UTF-8 such a second byte follows no letter


def packed(text: str) -> bytes:
    return zlib.compress(text.encode())


def unpacked(kept: bytes | str) -> str:
    if isinstance(kept, str):
        return kept
    return (zlib.decompress(kept) if kept.startswith(PACKED) else kept).decode()


class Packed(sa.TypeDecorator[str]):
    """A text that is shown and never searched through."""

    impl = sa.LargeBinary
    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any]:
        return packed

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        return unpacked


class PackedOrNot(sa.TypeDecorator[str]):
    """A text that whoever writes it may have packed; SQLite takes bytes in any column."""

    impl = sa.Text
    cache_ok = True

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any]:
        return unpacked
