"""Records that were deleted before a consumer had read them, counted as it goes on behind the gap.

Afterwards nothing at the broker tells of them: its client says so once, in a line of its log.
"""

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from confluent_kafka import KafkaError

from runtime.kafka.positions import Part

log = structlog.get_logger()
FELL_OUT = re.compile(r"(?P<topic>\S+) \[(?P<partition>\d+)\]: offset reset \(at offset (?P<offset>\d+)")


class Gone(NamedTuple):
    """By topic how many at most, markers of transactions among them, and when the latest was noticed.

    None of a topic says that it was made again.
    """

    records: dict[str, int] = {}
    at: datetime | None = None


NOTHING_GONE = Gone()


class Unread:
    """Stands before the client's logger; used by the thread that polls, asked by others."""

    def __init__(self, logger: Any = None) -> None:
        self.logger = logger
        self.gone = NOTHING_GONE
        self.open: dict[Part, int] = {}  # where a partition fell out, until it goes on

    def log(self, level: int, form: str, *told: Any) -> None:
        if found := FELL_OUT.search(form % told if told else form):
            self.open[Part(found["topic"], int(found["partition"]))] = int(found["offset"])
        if self.logger is not None:
            self.logger.log(level, form, *told)

    def heard(self, message: Any) -> None:
        error = message.error()
        if error is None or error.code() == KafkaError._PARTITION_EOF:
            self.goes_on(Part(message.topic(), message.partition()), message.offset())

    def goes_on(self, part: Part, offset: int) -> None:
        """A topic that was made again begins before where it fell out: how much lay there unread nobody can tell."""
        missing = offset - self.open.pop(part, offset)
        if not missing:
            return
        counted = self.gone.records | {part.topic: self.gone.records.get(part.topic, 0) + max(0, missing)}
        self.gone = Gone(counted, datetime.now(UTC))
        if missing < 0:
            log.error("made again", topic=part.topic, partition=part.partition, goes_on_at=offset)
        else:
            log.error("deleted unread", topic=part.topic, partition=part.partition, records=missing, goes_on_at=offset)
