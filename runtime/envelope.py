"""CloudEvents 1.0 on Kafka, binary mode: attributes in `ce_*` headers, the message as JSON in the value."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from contracts.flow import CHANNEL_OF
from contracts.messages import TYPES, Command, Message
from contracts.rights import OURS, may_say, whose
from runtime.attributes import LARGEST_VALUE_BYTES as LARGEST_VALUE_BYTES
from runtime.attributes import REQUIRED, attributes_of, each_name_once, odd
from runtime.attributes import Headers as Headers
from runtime.attributes import Record as Record
from runtime.attributes import TwiceThere as TwiceThere
from runtime.attributes import Unreadable as Unreadable
from runtime.faults import first_faults

NAMESPACE = UUID("6f9f7b9e-6d1e-5c5b-8a54-7475696469ff")
NAMESPACE_BYTES = NAMESPACE.bytes
NOT_YOURS_TO_SAY = "not-yours-to-say"
CANONICAL = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

WRITTEN_OTHERWISE = re.compile("(urn:uuid:)?[{]?[0-9a-fA-F-]+[}]?")


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


def spoken(record: Record) -> tuple[str | None, bool]:
    """Its type, None if it is not there, and whether it may be said, as far as the headers tell, without decoding.

    What has no type there is judged by `decode`; of two types the last is judged, and `decode` refuses both.
    """
    first: bytes | None = None
    last = source = b""
    for name, value in record.headers:
        if name == "ce_type":
            last = value or b""
            first = last if first is None else first
        elif name == "ce_source":
            source = value or b""
    may = not last or may_say(record.topic, source.decode("utf-8", "replace"), last.decode("utf-8", "replace"))
    return None if first is None else first.decode("utf-8", "replace"), may


def decode(record: Record) -> Envelope:
    """Raises `Unreadable` naming what is wrong; never anything else."""
    attributes, value = attributes_of(record)
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
        why = f"{message.type!r} for the channel {str(other)!r} on {topic}, where speaks only: {whose(topic)}"
        raise Unreadable(NOT_YOURS_TO_SAY, why)


def _message(model: type[Message], value: bytes) -> tuple[Message, Any]:
    """From outside what reads differently in two JSON libraries is refused: looked for last, as it costs the most."""
    try:
        message = model.model_validate_json(value, strict=True)
        return message, json.loads(value, object_pairs_hook=each_name_once) if issubclass(model, Command) else None
    except ValidationError as error:
        raise Unreadable("breaks-contract", odd(value) or "; ".join(describe(error))) from None
    except (ValueError, RecursionError) as error:
        raise Unreadable("breaks-contract", odd(value) or str(error)[:300]) from None


def describe(error: ValidationError) -> list[str]:
    """`/items/0: ...` for each fault, without the value: it may be personal."""
    return [f"/{'/'.join(map(str, item['loc']))}: {item['msg']}" for item in first_faults(error)]


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
    try:  # Python takes digits of every script, `0x` and `_` as well: those are other texts, so other ids
        return str(UUID(text)) if WRITTEN_OTHERWISE.fullmatch(text) else derived_id(source, text)
    except ValueError:
        return derived_id(source, text)
