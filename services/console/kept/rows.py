"""A consumed record as a row, whatever it is: what breaks the contract is shown, but never taken for an event."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from contracts.flow import SERVICES, dead_letter_topic
from contracts.messages import TYPES
from contracts.words import whole_number
from runtime.envelope import LARGEST_VALUE_BYTES, NOT_YOURS_TO_SAY, Headers, Record, Unreadable, decode, request_named
from runtime.kafka.record_times import said_at
from runtime.kernel.arrivals import Consumed
from runtime.kernel.store import ticks
from runtime.signatures import NOT_SIGNED, OFF, Signatures
from services.console.kept.tables import DEAD_LETTERS

ID_OF_A_REQUEST = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PLACE = re.compile(r"\[\d+\]@\d+$")
LONGEST_ID, LONGEST_REASON = 128, 600
DEAD_LETTERS_OF = {dead_letter_topic(service.name): service.name for service in SERVICES}
TOLD = {f"ce_{name}" for name in ("id", "type", "subject", "source", "time", "channel", "sequence")}
TOLD |= {"ce_causationid", "ce_correlationid"}
BROKEN = "unreadable "  # before the type of a record that calls itself an event and is none
TOLD_AS_IT_IS = ("unknown-type", NOT_YOURS_TO_SAY)  # where nobody knows the type: it may be a newer build's
UNREADABLE = "console"  # whose dead letters are records that carry no event at all


class Event(NamedTuple):
    id: str
    request_id: str
    type: str
    source: str
    topic: str
    partition: int
    offset: int
    at: int
    channel: str
    sequence: int
    cause: str
    root: str
    body: str

    @property
    def place(self) -> str:
        """As `Consumed` says it."""
        return f"{self.topic}[{self.partition}]@{self.offset}"


def event_row(consumed: Consumed, signatures: Signatures = OFF) -> Event | None:
    """None: this record is not a CloudEvent that could be shown in a timeline."""
    record = consumed.record
    told = {
        name: value.decode("utf-8", "replace").replace("\x00", "\ufffd")[:LONGEST_ID]
        for name, value in record.headers
        if name in TOLD and value
    }
    own, kind, subject = told.get("ce_id"), told.get("ce_type"), told.get("ce_subject")
    if not (own and kind and subject and record.value) or len(record.value) > LARGEST_VALUE_BYTES:
        return None
    if fault := _fault(record, signatures):  # it may carry the id of a sound event, whose place it must not take
        own, kind = consumed.place, _shown(kind, fault)
    elif PLACE.search(own):  # nor one of such a record
        own = consumed.place
    source = told.get("ce_source", "")
    return Event(
        own,
        request_named(source, subject),
        kind,
        source,
        record.topic,
        consumed.partition,
        consumed.offset,
        ticks(said_at(told.get("ce_time", ""), consumed.timestamp_ms)),
        told.get("ce_channel", ""),
        whole_number(told.get("ce_sequence", "")) or 0,
        told.get("ce_causationid", ""),
        told.get("ce_correlationid") or own,
        readable(record.value),
    )


def _shown(kind: str, fault: str) -> str:
    """A type nobody knows is taken for nothing, so it keeps its name; a known one would be believed."""
    return kind if fault in TOLD_AS_IT_IS and kind not in TYPES else f"{BROKEN}{kind}"


def _fault(record: Record, signatures: Signatures) -> str:
    """Empty for a sound event."""
    if signatures.fault(record):
        return NOT_SIGNED
    try:
        decode(record)
    except Unreadable as error:
        return error.code
    return ""


def letter_row(consumed: Consumed) -> dict[str, Any]:
    """A row for any record whatever; without `x-` headers it is one the console itself could not read."""
    record = consumed.record
    why = {name: value for name, value in record.headers if name.startswith("x-") and value}
    service = DEAD_LETTERS_OF.get(record.topic, UNREADABLE)
    return {
        "place": consumed.place,
        "letter": _text(why, "x-dead-letter-id") or consumed.place,
        "service": service,
        "code": _text(why, "x-error-code") or "not-an-event",
        "reason": readable(why.get("x-error-message") or b"ce_id, ce_type, ce_subject or value")[:LONGEST_REASON],
        "request_id": readable(record.key or b"")[:LONGEST_ID],
        "key": record.key,
        "value": record.value,
        "headers": packed(record.headers),
        "original_topic": _text(why, "x-original-topic") or record.topic,
        "original_partition": _number(_text(why, "x-original-partition"), -1 if why else consumed.partition),
        "original_offset": _number(_text(why, "x-original-offset"), -1 if why else consumed.offset),
        "at": ticks(said_at(_text(why, "x-failed-at"), consumed.timestamp_ms)),
        "state": "open",
        "operator": "",
        "decision": "",
        "decided_at": None,
    }


def at_their_own_place(tx: sa.Connection, letters: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A topic that was made again gives the same places again: whoever lay there before keeps its own."""
    places = [each["place"] for each in letters]
    known = sa.select(DEAD_LETTERS.c.place, DEAD_LETTERS.c.at).where(DEAD_LETTERS.c.place.in_(places))
    taken = {(row.place, row.at) for row in tx.execute(known)}
    occupied = {place for place, _ in taken}
    return [
        _moved(each) if each["place"] in occupied and (each["place"], each["at"]) not in taken else each
        for each in letters
    ]


def _moved(letter: dict[str, Any]) -> dict[str, Any]:
    """Named by the time as well, also where nobody but its place named it."""
    own = f"{letter['place']}+{letter['at']}"
    return letter | {"place": own, "letter": own if letter["letter"] == letter["place"] else letter["letter"]}


def packed(headers: Headers) -> bytes:
    """Every byte as one character; a header without a value stays without."""
    return orjson.dumps([[name, None if value is None else value.decode("latin-1")] for name, value in headers])


def unpacked(headers: bytes) -> list[tuple[str, Any]]:
    return [(name, None if text is None else text.encode("latin-1")) for name, text in orjson.loads(headers)]


def readable(value: bytes) -> str:
    """Text for people and for databases that cannot hold a zero byte."""
    text = value.decode("utf-8", "replace")
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


def _text(found: dict[str, bytes], name: str) -> str:
    value = found.get(name)
    return readable(value)[:LONGEST_ID] if value else ""


def _number(text: str, otherwise: int) -> int:
    number = whole_number(text)
    return otherwise if number is None else number
