"""How a record lies in the outbox, and how it comes back out byte for byte."""

from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from runtime.arrivals import Outgoing
from runtime.envelope import Record
from runtime.journal import numbered
from runtime.store import ticks


def outbox_row(request_id: str, record: Record, now: datetime) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "topic": record.topic,
        "key": record.key,
        "value": record.value,
        "headers": orjson.dumps([[name, _text(value)] for name, value in record.headers]),
        "at": ticks(now),
    }


def _text(value: bytes | None) -> str | None:
    """Every byte as one character; Kafka allows headers without a value, and a dead letter keeps them so."""
    return None if value is None else value.decode("latin-1")


def outgoing(row: sa.Row[Any]) -> Outgoing:
    packed: list[tuple[str, str | None]] = orjson.loads(row.headers)
    headers: list[tuple[str, Any]] = [(name, text if text is None else text.encode("latin-1")) for name, text in packed]
    return Outgoing(row.position, numbered(Record(row.topic, row.key, row.value, headers), row.position))
