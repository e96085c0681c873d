"""What a dead letter carries beside the untouched record: an id of its own and why it was set aside."""

import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from runtime.envelope import Record, Unreadable, derived_id
from runtime.exits import clean
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import ticks

Header = tuple[str, Any]  # Kafka allows headers without a value
LONGEST_REASON = 512
DECISION_FAILED, CANNOT_BE_STORED = "decision-failed", "cannot-be-stored"
TAKEN_IN = {DECISION_FAILED, CANNOT_BE_STORED}  # set aside after it was taken in: its id counts as seen

LETTER_ID = "x-dead-letter-id"  # the first of the headers that are added
NO_VALUE = ("x-original-value", b"null")


def parted(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """The original's own headers, and those that were added to them: from the last id of a letter on."""
    first = max((at for at, (name, _) in enumerate(headers) if name == LETTER_ID), default=len(headers))
    return list(headers[:first]), list(headers[first:])


def letter_id(consumed: Consumed) -> str:
    """Where and when it lay: a broker that lost its data gives the same places again."""
    return derived_id(consumed.group, f"{consumed.place}/{consumed.timestamp_ms}")


def why(
    record: Record, consumed: Consumed | None, code: str, error: Exception, now: datetime
) -> list[tuple[str, bytes]]:
    reason = (
        str(error) if isinstance(error, Unreadable) else "".join(traceback.format_exception(error))[-LONGEST_REASON:]
    )
    texts = {
        "x-original-topic": record.topic,
        "x-original-partition": str(consumed.partition if consumed else -1),
        "x-original-offset": str(consumed.offset if consumed else -1),
        "x-original-timestamp": str(consumed.timestamp_ms if consumed else ticks(now) // 1000),
        "x-original-group": consumed.group if consumed else "",
        "x-error-code": code,
        "x-error-class": type(error).__name__,
        "x-error-message": clean(reason)[:LONGEST_REASON],
        "x-failed-at": now.isoformat(),
    }
    return [(name, text.encode()) for name, text in texts.items()]
