"""The journal's records: what a transaction was made of, written through the outbox like all it leads to."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from contracts.flow import journal_topic
from contracts.journal import JOURNAL
from runtime.decision import Answered, Refused
from runtime.envelope import Record, derived_id
from runtime.kernel.arrivals import Arrived, CallDone, Consumed

BY_SOURCE = "by-source"  # how this build names its inputs
LARGEST_PART_BYTES = 400_000  # well below what every broker takes
FORM, ID, POSITION = "x-journal-form", "x-journal-id", "x-journal-position"
Line = tuple[str, str, bytes]  # id and request of an input, and its entry


def line(own: str, request_id: str, arrival: Arrived, failed: bool = False) -> Line:
    """`failed`: it was taken out and is a dead letter, nothing was decided on it."""
    return own, request_id, orjson.dumps(_entry(arrival) | ({"failed": True} if failed else {}))


def _entry(arrival: Arrived) -> dict[str, Any]:
    if isinstance(arrival, Consumed):
        place = {"topic": arrival.record.topic, "partition": arrival.partition, "offset": arrival.offset}
        return {"kind": "record", **place}
    if isinstance(arrival, CallDone):
        return {"kind": "answer", "call": arrival.pending.id, **_outcome(arrival.outcome)}
    return {"kind": "alarm", "request_id": arrival.request_id, "name": arrival.name, "due": arrival.due}


def _outcome(outcome: Answered | Refused) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"refusal": {"code": outcome.code, "detail": outcome.detail, "key": outcome.key}}
    return {"answer": None if outcome.answer is None else orjson.Fragment(outcome.answer.model_dump_json())}


def records(service: str, pack: str, now: datetime, lines: Sequence[Line]) -> Iterator[tuple[str, Record]]:
    """Usually one. Named after the first input: an input is decided once, so nobody else writes under this name."""
    parts = list(_parts(lines))
    for number, part in enumerate(parts, 1):
        request_id = part[0][1]
        inputs = [orjson.Fragment(entry) for _, _, entry in part]
        value = {"now": now, "pack": pack, "ids": BY_SOURCE, "part": number, "parts": len(parts), "inputs": inputs}
        headers = [(FORM, JOURNAL.encode()), (ID, derived_id(lines[0][0], "journal").encode())]
        yield request_id, Record(journal_topic(service), request_id.encode(), orjson.dumps(value), headers)


def _parts(lines: Sequence[Line]) -> Iterator[list[Line]]:
    part: list[Line] = []
    size = 0
    for each in lines:
        if part and size + len(each[2]) > LARGEST_PART_BYTES:
            yield part
            part, size = [], 0
        part.append(each)
        size += len(each[2])
    if part:
        yield part


def numbered(record: Record, position: int) -> Record:
    """A journal's record says its place in the outbox: given inside the transaction, it puts them in a valid order."""
    if not record.topic.endswith(".journal"):
        return record
    return record._replace(headers=[*record.headers, (POSITION, str(position).encode())])
