"""CloudEvents 1.0 on Kafka, binary mode: attributes in `ce_*` headers, the message as JSON in the value."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat
from pydantic import ValidationError

from contracts.flow import CHANNEL_OF
from contracts.messages import TYPES, Command, Message
from contracts.rights import OURS, may_say, whose
from runtime.odd_packing import odd_packing

Headers = Sequence[tuple[str, bytes]]
NAMESPACE = UUID("6f9f7b9e-6d1e-5c5b-8a54-7475696469ff")
NAMESPACE_BYTES = NAMESPACE.bytes
REQUIRED = ("id", "source", "type", "specversion", "subject")
NOT_YOURS_TO_SAY = "not-yours-to-say"
TYPED = "content-type"  # it says where the attributes are: in the headers, or in the value
LARGEST_VALUE_BYTES = 256 * 1024
CANONICAL = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Unreadable(Exception):
    """A record that breaks the contract, with a stable code and a sentence; it goes to the dead letters untouched."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class TwiceThere(ValueError):
    """Two JSON libraries may each take another one of them."""


class Envelope(NamedTuple):
    """A message with the attributes it travelled with."""

    id: str
    source: str
    message: Message
    correlation: str
    causation: str
    traceparent: str
    policy: str = ""  # id of the pack it was decided under
    told: Any = None  # of a command: its JSON, as it came


class Record(NamedTuple):
    """A Kafka record, ready to publish or as it came."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def derived_id(cause: str, name: str) -> str:
    """The same cause and name always give the same id, so a repeated decision repeats its ids.

    It is `uuid5` without the object in between, which costs more than the rest.
    """
    digest = bytearray(sha1(NAMESPACE_BYTES + f"{cause}/{name}".encode(), usedforsecurity=False).digest()[:16])
    digest[6], digest[8] = digest[6] & 0x0F | 0x50, digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def traceparent(root: str, here: str) -> str:
    """W3C trace context without a tracer: the trace is the root command, the span the event."""
    return f"00-{root.replace('-', '')}-{here.replace('-', '')[:16]}-01"


def encode(topic: str, envelope: Envelope, at: datetime, extensions: Mapping[str, str]) -> Record:
    """Our own events need none of the library's checks; a test holds every header against what it would write."""
    message = envelope.message
    request_id = message.request_id.encode()
    headers = [
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", message.type.encode()),
        ("ce_subject", request_id),
        ("ce_time", at.isoformat().replace("+00:00", "Z").encode()),
        ("ce_specversion", b"1.0"),
        ("content-type", b"application/json"),
        ("ce_partitionkey", request_id),
        ("ce_correlationid", envelope.correlation.encode()),
        ("ce_causationid", envelope.causation.encode()),
    ]
    headers += [(f"ce_{name}", value.encode()) for name, value in extensions.items() if value]
    headers.append(("traceparent", envelope.traceparent.encode()))
    return Record(topic, request_id, message.model_dump_json().encode(), headers)


def event_type(headers: Headers) -> str | None:
    """The type without decoding anything, so that what nobody handles costs nothing; None if it is not there."""
    for name, value in headers:
        if name == "ce_type":
            return (value or b"").decode("utf-8", "replace")  # Kafka allows headers without a value
    return None


def attribute(headers: Headers, name: str) -> str:
    """Without decoding anything; empty if it is not there."""
    return next(((value or b"").decode("utf-8", "replace") for each, value in headers if each == name), "")


def request_named(source: str, subject: str) -> str:
    """As the request is called everywhere: some platforms write UUIDs in capitals; our own events never do."""
    return subject if source.startswith(OURS) else subject.lower()


def may_be_said(record: Record) -> bool:
    """As far as the headers tell, without decoding; what has no type there is judged by `decode`."""
    kind = source = b""
    for name, value in record.headers:
        if name == "ce_type":
            kind = value or b""
        elif name == "ce_source":
            source = value or b""
    return not kind or may_say(record.topic, source.decode("utf-8", "replace"), kind.decode("utf-8", "replace"))


def decode(record: Record) -> Envelope:
    """Raises `Unreadable` naming what is wrong; never anything else."""
    attributes, value = _attributes(record)
    if not all(map(attributes.get, REQUIRED)):
        missing = [name for name in REQUIRED if not attributes.get(name)]
        raise Unreadable("headers-missing", f"missing {', '.join('ce_' + name for name in missing)}")
    if attributes["specversion"] != "1.0":
        raise Unreadable("not-cloudevents-1.0", f"ce_specversion is {attributes['specversion'][:40]!r}, expected '1.0'")
    _within_rights(record.topic, attributes["source"], attributes["type"])
    model = TYPES.get(attributes["type"])
    if model is None:
        raise Unreadable("unknown-type", f"nobody here knows the type {attributes['type'][:80]!r}")
    message, told = _message(model, value)
    _in_its_own_name(record.topic, attributes.get("channel", ""), message)
    _same_subject(record, attributes["subject"], message)
    source = attributes["source"]
    event_id = _uuid(attributes["id"], source)
    root = _uuid(attributes["correlationid"], source) if attributes.get("correlationid") else event_id
    return Envelope(
        event_id,
        source,
        message,
        root,
        attributes.get("causationid", ""),
        attributes.get("traceparent", "") or traceparent(root, event_id),
        attributes.get("policyversion", ""),
        told,
    )


def _within_rights(topic: str, source: str, kind: str) -> None:
    if not may_say(topic, source, kind):
        where = f"on {topic}, where speaks only: {whose(topic)}"
        raise Unreadable(NOT_YOURS_TO_SAY, f"{kind[:80]!r} from {source[:80]!r} {where}")


def _in_its_own_name(topic: str, named: str, message: Message) -> None:
    """On a channel's own topic the broker has proved who wrote; no other channel is spoken for there."""
    own = CHANNEL_OF.get(topic)
    if own and isinstance(message, Command) and {message.channel, named or own} != {own}:
        other = message.channel if message.channel != own else named[:40]
        why = f"{message.type!r} for the channel {other!r} on {topic}, where speaks only: {whose(topic)}"
        raise Unreadable(NOT_YOURS_TO_SAY, why)


def _attributes(record: Record) -> tuple[dict[str, str], bytes]:
    headers = {name.lower(): value or b"" for name, value in record.headers}
    if len(headers) < len(record.headers):
        _each_attribute_once([name.lower() for name, _ in record.headers])
    if record.value is None or not record.value:
        raise Unreadable("empty-value", "the record has no value")
    if len(record.value) > LARGEST_VALUE_BYTES:
        raise Unreadable("too-large", f"{len(record.value)} bytes, allowed {LARGEST_VALUE_BYTES}")
    try:
        if headers.get(TYPED, b"").lower().startswith(b"application/cloudevents"):
            return _structured(headers, record.value)
        texts = {name[3:]: value.decode() for name, value in headers.items() if name.startswith("ce_")}
        return texts | {"traceparent": headers.get("traceparent", b"").decode()}, record.value
    except UnicodeDecodeError:
        raise Unreadable("headers-not-utf8", "a header is not UTF-8 text") from None


def _each_attribute_once(names: list[str]) -> None:
    times = Counter(names)  # a record has room for a hundred thousand headers
    if doubled := [name for name, number in times.items() if number > 1 and (name.startswith("ce_") or name == TYPED)]:
        raise Unreadable("headers-doubled", f"{min(doubled)[:40]} is there twice, so it could mean two things")


def _structured(headers: dict[str, bytes], value: bytes) -> tuple[dict[str, str], bytes]:
    """Attributes and data in one JSON object. The library makes up an id where there is none, so we look first."""
    try:
        told = orjson.loads(value)
        json.loads(value, object_pairs_hook=_each_name_once)
        missing = [name for name in REQUIRED if told.get(name) is None]
        if missing:
            raise Unreadable("headers-missing", f"structured mode: missing {', '.join(missing)}")
        event = from_kafka(KafkaMessage(headers, None, value), JSONFormat())
        data = JSONFormat().write_data(event.get_data(), "application/json")
        return {name: str(text) for name, text in event.get_attributes().items()}, data
    except Unreadable:
        raise
    except TwiceThere as error:
        raise Unreadable("breaks-contract", f"structured mode: {error}") from None
    except Exception as error:  # the library raises many kinds; for us each is one more unreadable record
        why = _odd(value) or f"{type(error).__name__}: {error}"
        raise Unreadable("not-cloudevents-1.0", f"structured mode: {why}"[:300]) from None


def _message(model: type[Message], value: bytes) -> tuple[Message, Any]:
    """From outside what reads differently in two JSON libraries is refused: looked for last, as it costs the most."""
    try:
        message = model.model_validate_json(value, strict=True)
        return message, json.loads(value, object_pairs_hook=_each_name_once) if issubclass(model, Command) else None
    except ValidationError as error:
        raise Unreadable("breaks-contract", _odd(value) or "; ".join(describe(error))) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable("breaks-contract", _odd(value) or str(error)[:300]) from None


def _odd(value: bytes) -> str:
    found = odd_packing(value)
    return found.en if found else ""


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    once = dict(pairs)
    if len(once) < len(pairs):
        raise TwiceThere("a field is there twice")
    return once


def describe(error: ValidationError) -> list[str]:
    """`/items/0: ...` for each fault, without the value: it may be personal."""
    return [f"/{'/'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)[:20]]


def _same_subject(record: Record, subject: str, message: Message) -> None:
    key = (record.key or b"").decode("utf-8", "replace")
    if isinstance(message, Command):  # some platforms write UUIDs in capitals; our own events never do
        key, subject = key.lower(), subject.lower()
    if not (key == subject == message.request_id):
        raise Unreadable("key-is-not-the-request", "key, ce_subject and request_id must be the same request id")


def _uuid(text: str, source: str) -> str:
    """CloudEvents ids are any text, unique within their source; ours are UUIDs."""
    if CANONICAL.fullmatch(text):
        return text
    try:
        return str(UUID(text))
    except ValueError:
        return derived_id(source, text)
