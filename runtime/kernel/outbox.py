"""Stores a record in the outbox and reads it back byte for byte."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from runtime.envelope import Record
from runtime.kernel.arrivals import Outgoing
from runtime.kernel.journal import numbered

AGAIN_SECONDS = 60.0


class KeptBack:
    """Rows the broker will not take, and those of the same request behind them; tried again now and then.

    They stay in the outbox: whoever raises the broker's limit, or starts the service again, sees them go. Until one is
    tried again, or another worker has published it, nothing overtakes it, however late it is.
    """

    def __init__(self) -> None:
        self._rows: dict[int, tuple[tuple[str, bytes | None], float]] = {}  # position -> (what waits behind it, until)

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Outgoing, now: float) -> None:
        self._rows[row.position] = (_line(row), now + AGAIN_SECONDS)

    def due(self, now: float) -> tuple[list[int], list[int]]:
        """The positions to try again now, and the others."""
        again = [position for position, (_, until) in self._rows.items() if until <= now]
        return again, [position for position in self._rows if position not in again]

    def let_go(self, positions: Iterable[int]) -> None:
        for position in positions:
            self._rows.pop(position, None)

    def holds(self, row: Outgoing) -> bool:
        """Whether it, or one that it must not overtake, was refused a short while ago."""
        return any(position <= row.position and line == _line(row) for position, (line, _) in self._rows.items())


def _line(row: Outgoing) -> tuple[str, bytes | None]:
    return row.record.topic, row.record.key


def outbox_row(request_id: str, record: Record, at: int) -> tuple[Any, ...]:
    """In the order of `statements.OUTBOX_COLUMNS`."""
    texts = [(name, value if value is None else value.decode("latin-1")) for name, value in record.headers]
    headers = orjson.dumps(texts)  # every byte as one character; without a value, as Kafka allows, they stay without
    return request_id, record.topic, record.key, record.value, headers, at


def outgoing(row: Sequence[Any]) -> Outgoing:
    """From a row of the table as it stands."""
    position, _, topic, key, value, packed, _ = row
    texts: list[tuple[str, str | None]] = orjson.loads(packed)
    headers: list[tuple[str, Any]] = [(name, text if text is None else text.encode("latin-1")) for name, text in texts]
    return Outgoing(position, numbered(Record(topic, key, value, headers), position))
