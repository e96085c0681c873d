"""Gathers the history of a real run: the topics read to their ends, the carrier's ledger over HTTP, the SQL tables."""

import importlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import httpx
import sqlalchemy as sa
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from contracts.flow import BY_NAME, NOT_OF_A_REQUEST, PARTITIONS, TOPICS, group_id, topic_name
from contracts.messages import TYPES
from contracts.rights import warden
from policies.pack import PackError, folders, load
from runtime.envelope import (
    NOT_YOURS_TO_SAY,
    Envelope,
    Record,
    Unreadable,
    attribute,
    decode,
    event_type,
    spoken,
)
from runtime.kernel.dead_letters import OFFSETS, offsets_in, parted
from runtime.kernel.store import Store, moment
from runtime.kernel.tables import ALARMS, CALLS, OUTBOX
from runtime.settings import Settings
from runtime.wiring import Wiring
from tests.proof.history import Effect, Event, Letter, Raw, Waiting
from tests.proof.privacy import disguises

PAGE = 10_000
POLL_SECONDS = 1.0
SHORTEST_DISGUISE = 8  # bytes; every disguise of a name, a number or an address is longer
PART_BYTES = 1 << 20
OWN_HEADERS = "x-"  # what a dead letter adds to its original


class Heard(NamedTuple):
    """A record as it lies in its topic; without an envelope where nobody can read it."""

    record: Record
    partition: int
    offset: int
    envelope: Envelope | None

    @property
    def place(self) -> str:
        return f"{self.record.topic}[{self.partition}]@{self.offset}"

    @property
    def is_letter(self) -> bool:
        return self.record.topic.endswith(".dead-letter")

    @property
    def is_journal(self) -> bool:
        return self.record.topic.endswith(".journal")


# ---- topics ----------------------------------------------------------------------------------------------------------


def every_record(bootstrap: str) -> list[Heard]:
    """All of our topics from the beginning to their present ends, each partition in order."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "proof", "enable.auto.commit": False})
    topics = [topic.name for topic in TOPICS if topic.name not in NOT_OF_A_REQUEST]  # it never rests
    places = [TopicPartition(name, number, OFFSET_BEGINNING) for name in topics for number in range(PARTITIONS)]
    left = {(p.topic, p.partition): consumer.get_watermark_offsets(p, 10) for p in places}
    missing = {place: end - low for place, (low, end) in left.items() if end > low}
    consumer.assign(places)
    found: list[Heard] = []
    while missing:
        for record in consumer.consume(1000, POLL_SECONDS):
            if record.error() is None:
                found.append(_heard(record))
                _count_down(missing, (str(record.topic()), record.partition() or 0))
    consumer.close()
    return found


def _count_down(missing: dict[tuple[str, int], int], place: tuple[str, int]) -> None:
    if place in missing:
        missing[place] -= 1
        if not missing[place]:
            del missing[place]


def _heard(record: Any) -> Heard:
    own = Record(record.topic(), record.key(), record.value(), tuple(record.headers() or ()))
    try:
        envelope = None if own.topic.endswith((".dead-letter", ".journal")) else decode(own)
    except Unreadable:
        envelope = None
    return Heard(own, record.partition(), record.offset(), envelope)


def events_of(records: Iterable[Heard]) -> list[Event]:
    return [_event(heard, heard.envelope) for heard in records if heard.envelope is not None]


def _event(heard: Heard, envelope: Envelope) -> Event:
    headers = dict(heard.record.headers)
    at = datetime.fromisoformat(headers["ce_time"].decode()) if "ce_time" in headers else moment(0)
    count = int(headers.get("ce_sequence", b"0"))
    about = (envelope.id, envelope.source, envelope.message, envelope.correlation, envelope.causation)
    return Event(heard.record.topic, heard.partition, heard.offset, *about, count, at)


def letters_of(records: Iterable[Heard]) -> list[Letter]:
    return [_letter(heard.record) for heard in records if heard.is_letter]


def _letter(record: Record) -> Letter:
    why = {name: (value or b"").decode() for name, value in record.headers if name.startswith(OWN_HEADERS)}
    place = f"{why['x-original-topic']}[{why['x-original-partition']}]@{why['x-original-offset']}"
    kept = tuple(each for each in record.headers if not each[0].startswith(OWN_HEADERS))
    value = None if why.get("x-original-value") == "null" else record.value
    many = places_in(record)
    return Letter(why["x-original-group"], why["x-error-code"], place, record.key, value, kept, many)


def places_in(letter: Record) -> tuple[str, ...]:
    """Of a letter that stands for many: where each of them lies."""
    why = {name: (value or b"").decode() for name, value in parted(letter.headers)[1]}
    part = f"{why['x-original-topic']}[{why['x-original-partition']}]"
    return tuple(f"{part}@{offset}" for offset in offsets_in(why.get(OFFSETS, "")))


def unreadable_of(records: Iterable[Heard]) -> dict[str, Heard]:
    """By place: what lies on a topic and breaks the contract."""
    return {
        heard.place: heard for heard in records if heard.envelope is None and not (heard.is_letter or heard.is_journal)
    }


def raw_of(unreadable: Mapping[str, Heard]) -> dict[str, Raw]:
    return {
        place: Raw(heard.record.key, heard.record.value, tuple(heard.record.headers))
        for place, heard in unreadable.items()
    }


def to_set_aside(unreadable: Mapping[str, Heard]) -> frozenset[tuple[str, str]]:
    """(group, place): whoever would decide on it must set it aside; the console shows it without reading."""
    return frozenset(
        (group_id(service), place)
        for service in deciding()
        for place, heard in unreadable.items()
        if heard.record.topic in reads(service) and sets_aside(service, heard.record)
    )


# ---- who reads what --------------------------------------------------------------------------------------------------


def deciding() -> list[str]:
    """The services with a kernel; the console only shows."""
    return [name for name in BY_NAME if name != "console"]


def reads(service: str) -> set[str]:
    return {topic_name(short) for short in BY_NAME[service].reads}


@cache
def wiring_of(service: str) -> Wiring:
    wiring: Wiring = importlib.import_module(f"services.{service}.app").WIRING
    return wiring


@cache
def decides_on(service: str) -> frozenset[str]:
    return frozenset(wiring_of(service).decisions)


def wants(service: str, record: Record) -> bool:
    """As the kernel judges it: by its headers alone."""
    kind = event_type(record.headers)
    if not spoken(record)[1]:
        return warden(record.topic) == service
    if kind in decides_on(service):
        return not leads_to_nothing(service, kind, attribute(record.headers, "ce_policyversion"))
    return kind is None or kind not in TYPES


@cache
def leads_to_nothing(service: str, kind: str, policy: str) -> bool:
    """Such as an event that the pack it was decided under has no words for."""
    silent, edition = wiring_of(service).silent, policy.partition("+")[0]
    if silent is None or "@" not in edition:
        return False
    try:
        return silent(kind, load(edition, folders(Settings().policies)))
    except PackError:
        return False


def sets_aside(service: str, record: Record) -> bool:
    """Of a record that nobody can read: all who would decide on it, but of what may not be said only its warden."""
    return wants(service, record) and (warden(record.topic) == service or not _may_not_be_said(record))


def _may_not_be_said(record: Record) -> bool:
    """Also where only the value tells who says what: a structured event."""
    try:
        decode(record)
    except Unreadable as error:
        return error.code == NOT_YOURS_TO_SAY
    return False


# ---- ledger and tables -----------------------------------------------------------------------------------------------


def effects_of(carrier: str) -> list[Effect]:
    """The whole ledger of the stand-in, in order."""
    rows: list[dict[str, Any]] = []
    while True:
        after = rows[-1]["entry"] if rows else 0
        address = f"{carrier}/ledger?after={after}&limit={PAGE}"
        page = httpx.get(address, trust_env=False, timeout=60).raise_for_status().json()
        rows += page
        if len(page) < PAGE:
            return [Effect(**(row | {"at": datetime.fromisoformat(row["at"])})) for row in rows]


def waiting_of(stores: Mapping[str, Store]) -> Iterator[Waiting]:
    for service, store in stores.items():
        for row in store.read(sa.select(CALLS)):
            yield Waiting(service, row.request_id, "call", row.operation, moment(row.due))
        for row in store.read(sa.select(ALARMS)):
            yield Waiting(service, row.request_id, "alarm", row.name, moment(row.due))
        for row in store.read(sa.select(OUTBOX)):
            yield Waiting(service, row.request_id, "outbox", row.topic, moment(row.at))


# ---- what was written where ------------------------------------------------------------------------------------------


def texts_of_topics(records: Iterable[Heard]) -> dict[str, bytes]:
    texts: dict[str, list[bytes]] = {}
    for heard in records:
        parts = [heard.record.key, heard.record.value]
        for name, value in heard.record.headers:
            parts += [name.encode(), value]
        texts.setdefault(f"the topic {heard.record.topic}", []).append(b"\n".join(part or b"" for part in parts))
    return {name: b"\n".join(parts) for name, parts in texts.items()}


def texts_of_tables(stores: Mapping[str, Store]) -> dict[str, bytes]:
    found = {}
    for service, store in stores.items():
        for table in sa.inspect(store.engine).get_table_names():
            rows = store.read(sa.text(f'select * from "{table}"'))
            found[f"{service}'s table {table}"] = b"\n".join(_bytes(value) for row in rows for value in row)
    return found


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "replace")


def suspicious(texts: Mapping[str, bytes], personal: Iterable[str]) -> tuple[dict[str, bytes], list[str]]:
    """The few texts and secrets worth a close look: one pass looks for the beginning of each form."""
    beginnings: dict[bytes, str] = {}
    for secret in personal:
        for _, disguised in disguises(secret):
            beginnings[disguised[:SHORTEST_DISGUISE]] = secret
    places, secrets = {}, set[str]()
    for place, text in texts.items():
        there = {piece for part in _parts(text) for piece in _pieces(part) & beginnings.keys()}
        if there:
            places[place] = text
            secrets |= {beginnings[piece] for piece in there}
    return places, sorted(secrets)


def _parts(text: bytes) -> Iterator[bytes]:
    """Each a little longer than its share, so that no disguised is cut in two."""
    for begin in range(0, len(text), PART_BYTES):
        yield text[begin : begin + PART_BYTES + SHORTEST_DISGUISE]


def _pieces(text: bytes) -> set[bytes]:
    return {text[at : at + SHORTEST_DISGUISE] for at in range(len(text) - SHORTEST_DISGUISE + 1)}
