"""What a dead letter carries beside the untouched record: an id of its own and why it was set aside."""

import re
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from contracts.flow import TOPICS, group_id
from runtime.envelope import Record, Unreadable, derived_id
from runtime.exits import LONGEST_NUMBER, clean, cut, one_line
from runtime.kernel.arrivals import Consumed, Folded
from runtime.kernel.store import ticks

Header = tuple[str, Any]  # Kafka allows headers without a value
LONGEST_REASON, LONGEST_SOURCE = 512, 80
MOST_OF_A_SOURCE = 4 * (LONGEST_SOURCE + LONGEST_NUMBER)  # bytes; of what comes after them nothing would be told
ANY = "(any)"  # the source of what many senders broke, where it is told together
HOME = str(Path(__file__).parents[2])
READERS = {topic.name: {group_id(service) for service in topic.read_by} for topic in TOPICS}
DECISION_FAILED, CANNOT_BE_STORED = "decision-failed", "cannot-be-stored"
SAME_ID_OTHER_CONTENT = "same-id-other-content"
OTHER_CONTENT = "its source said another command under this id before, and that one counts: each has its own id"
TAKEN_IN = {DECISION_FAILED, CANNOT_BE_STORED}  # set aside after it was taken in: its id counts as seen

REDRIVE_COUNT, REDRIVE_GROUP = "x-redrive-count", "x-redrive-group"  # how often, and for whom
KEEPS_ID = "x-redrive-keeps-id"  # nobody took it in: it counts once, however many of its letters are sent again
LETTER_ID = "x-dead-letter-id"  # the first of the headers that are added
SPANS = re.compile(r"\d{1,18}(-\d{1,18})?(,\d{1,18}(-\d{1,18})?)*", re.ASCII)
MOST_TOGETHER = 10_000  # more than are ever folded into one
STANDS_FOR, OFFSETS = "x-stands-for", "x-offsets"  # of many: how many, and exactly which of its partition
NO_VALUE = ("x-original-value", b"null")


def parted(headers: Sequence[Header]) -> tuple[list[Header], list[Header]]:
    """The original's own headers, and those that were added to them: from the last id of a letter on."""
    first = max((at for at, (name, _) in enumerate(headers) if name == LETTER_ID), default=len(headers))
    return list(headers[:first]), list(headers[first:])


def source_named(record: Record) -> str:
    """Who says that it is theirs; empty where nobody does."""
    named = next((value or b"" for name, value in record.headers if name == "ce_source"), b"")
    return _as_a_source(named[:MOST_OF_A_SOURCE])


@lru_cache(maxsize=1024)
def _as_a_source(named: bytes) -> str:
    return one_line(cut(named.decode("utf-8", "replace"), LONGEST_SOURCE))[:LONGEST_SOURCE]


def for_another(record: Record, group: str) -> bool:
    """An operator sent it again for one of its readers: the others have heard it, or have a letter of their own."""
    for name, value in record.headers:
        if name == REDRIVE_GROUP:
            named = (value or b"").decode("ascii", "replace")
            return named != group and named in READERS.get(record.topic, ())
    return False


def times_sent_again(headers: Sequence[Header]) -> int:
    counts = (value[:4] for name, value in headers if name == REDRIVE_COUNT and value)
    return next((int(count) for count in counts if count.isdigit()), 0)


def letter_id(consumed: Consumed) -> str:
    """Where and when it lay: a broker that lost its data gives the same places again."""
    return derived_id(consumed.group, f"{consumed.place}/{consumed.timestamp_ms}")


def own_letter_id(service: str, input_id: str) -> str:
    """Of what was taken in: several services may set one message aside, each as a letter of its own."""
    return derived_id(input_id, f"dead-letter/{service}")


def permit_id(own: str) -> str:
    """In the inbox of whoever set a message aside: that it may come again, and under which id."""
    return derived_id(own, "may-come-again")


def letter_ids(folded: Folded) -> dict[str, int]:
    """As each would have had by itself, with its offset: what is set aside counts once, alone or among many."""
    group, lies = folded.first.group, f"{folded.first.record.topic}[{folded.first.partition}]"
    return {derived_id(group, f"{lies}@{offset}/{at}"): offset for offset, at in folded.places}


def spans(offsets: Sequence[int]) -> str:
    """`7-9,12`: short while they lie side by side."""
    found: list[list[int]] = []
    for offset in sorted(offsets):
        if found and found[-1][1] == offset - 1:
            found[-1][1] = offset
        else:
            found.append([offset, offset])
    return ",".join(f"{low}-{high}" if high > low else str(low) for low, high in found)


def offsets_in(text: str) -> list[int]:
    """What `spans` wrote; of what somebody else wrote there nothing, or as much as one letter may stand for."""
    if not SPANS.fullmatch(text):
        return []
    bounds = (span.partition("-") for span in text.split(","))
    return list(islice((at for low, _, high in bounds for at in range(int(low), int(high or low) + 1)), MOST_TOGETHER))


def why(
    record: Record, consumed: Consumed | None, code: str, error: Exception, now: datetime
) -> list[tuple[str, bytes]]:
    reason = str(error) if isinstance(error, Unreadable) else _told(error)[-LONGEST_REASON:]
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


def _told(error: Exception) -> str:
    """Files by their names as they are imported: where a machine keeps them is nobody's business, and differs."""
    text = "".join(traceback.format_exception(error))
    for folder in sorted({HOME, *sys.path} - {"", "."}, key=len, reverse=True):
        text = text.replace(f'File "{folder.rstrip("/")}/', 'File "')
    return text
