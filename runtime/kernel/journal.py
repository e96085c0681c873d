"""The journal's records: what a transaction was made of, written through the outbox like all it leads to."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from contracts.flow import JOURNALS, journal_topic
from contracts.journal import JOURNAL
from runtime.decision import Answered, Refused
from runtime.envelope import Record, derived_id
from runtime.kernel.arrivals import Arrived, CallDone, Consumed, Outgoing

BY_SOURCE = "by-source"  # how this build names its inputs
LARGEST_PART_BYTES = 400_000  # well below what every broker takes
NAME_BYTES = 100  # of a transaction that lies in another's record: its id and its position
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


class Shelf:
    """The journal's rows wait here a moment for others, to go out together; meanwhile they lie in the outbox."""

    def __init__(self) -> None:
        self.rows: dict[int, Outgoing] = {}
        self.size = 0

    def put(self, rows: Iterable[Outgoing]) -> list[Outgoing]:
        """Returns those that are not the journal's."""
        others: list[Outgoing] = []
        for row in rows:
            if row.record.topic not in JOURNALS:
                others.append(row)
            elif row.position not in self.rows:
                self.rows[row.position] = row
                self.size += len(row.record.value or b"")
        return others

    @property
    def is_full(self) -> bool:
        return self.size >= LARGEST_PART_BYTES // 2

    def cleared(self) -> list[Outgoing]:
        rows = list(self.rows.values())
        self.rows, self.size = {}, 0
        return rows


def apart(rows: Iterable[Outgoing]) -> Iterator[Record]:
    return (row.record for row in rows)


def bound(rows: Iterable[Outgoing]) -> Iterator[Record]:
    """As few records as hold them: each is that of its first transaction, with the others behind it."""
    together: list[Record] = []
    size = 0
    for row in rows:
        length = len(row.record.value or b"") + NAME_BYTES
        if together and size + length > LARGEST_PART_BYTES:
            yield _one_record(together)
            together, size = [], 0
        together.append(row.record)
        size += length
    if together:
        yield _one_record(together)


def _one_record(records: Sequence[Record]) -> Record:
    first, *others = records
    if not others:
        return first
    more = b",".join(_further(each) for each in others)
    return first._replace(value=(first.value or b"{}")[:-1] + b',"more":[' + more + b"]}")


def _further(record: Record) -> bytes:
    headers = dict(record.headers)
    return b'{"id":"%b","position":%b,%b' % (headers[ID], headers[POSITION], (record.value or b"{}")[1:])


def numbered(record: Record, position: int) -> Record:
    """A journal's record says its place in the outbox: given inside the transaction, it puts them in a valid order."""
    if record.topic not in JOURNALS:
        return record
    return record._replace(headers=[*record.headers, (POSITION, str(position).encode())])
