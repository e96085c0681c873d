"""A record as it lies on Kafka, and the attributes of its event: in the headers, or in the value beside the data."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
from cloudevents.core.bindings.kafka import KafkaMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from contracts.flow import COMMAND_TOPICS
from runtime.media_types import other_than_json
from runtime.odd_packing import odd_packing

Headers = Sequence[tuple[str, bytes]]
REQUIRED = ("id", "source", "type", "specversion", "subject")
TYPED = "content-type"  # it says where the attributes are: in the headers, or in the value
JSON = b"application/json"
LARGEST_VALUE_BYTES = 256 * 1024
LARGE_VALUE_BYTES = 8 * 1024  # up to here nothing needs to be counted
MOST_VALUES = 8192  # in a command: no text that is allowed has room for as many commas
OF_EVENTS = ("id", "source", "type", "subject", "time", "specversion", "partitionkey", "correlationid", "causationid")
NAMES = {f"ce_{name}": name for name in (*OF_EVENTS, "channel", "policyversion", "sequence")}  # as our services write
NAMES |= {name: name for name in (TYPED, "traceparent", "sig", "kid")}


class Unreadable(Exception):
    """A record that breaks the contract, with a stable code and a sentence; it goes to the dead letters untouched."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class TwiceThere(ValueError):
    """Two JSON libraries may each take another one of them."""


class Record(NamedTuple):
    """A Kafka record, ready to publish or as it came."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def attributes_of(record: Record) -> tuple[dict[str, str], bytes]:
    value = record.value or b""
    if (own := _as_we_write(record.headers)) and 0 < len(value) <= LARGE_VALUE_BYTES:
        return own, value
    return _attributes_of_anybody(record)


def _as_we_write(headers: Headers) -> dict[str, str]:
    """In one step where nothing is there twice, spelt otherwise or unknown; empty where something is."""
    try:
        found = {NAMES[name]: value.decode() for name, value in headers}
    except (KeyError, AttributeError, UnicodeDecodeError):
        return {}
    return found if len(found) == len(headers) and found.get(TYPED) == "application/json" else {}


def _attributes_of_anybody(record: Record) -> tuple[dict[str, str], bytes]:
    headers = {name.lower(): value or b"" for name, value in record.headers}
    if len(headers) < len(record.headers):
        _each_attribute_once([name.lower() for name, _ in record.headers])
    if record.value is None or not record.value:
        raise Unreadable("empty-value", "the record has no value")
    if len(record.value) > LARGEST_VALUE_BYTES:
        raise Unreadable("too-large", f"{len(record.value)} bytes, allowed {LARGEST_VALUE_BYTES}")
    if record.topic in COMMAND_TOPICS and record.value.count(b",") > MOST_VALUES:
        raise Unreadable("too-large", f"more than {MOST_VALUES} values, which no command has")
    try:
        _said_to_be_json(headers.get(TYPED, JSON).decode())
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
        json.loads(value, object_pairs_hook=each_name_once)
        if not isinstance(told, dict):
            why = odd(value) or "the value is no JSON object: publish each event as a record of its own"
            raise Unreadable("not-cloudevents-1.0", f"structured mode: {why}")
        missing = [name for name in REQUIRED if told.get(name) is None]
        if missing:
            raise Unreadable("headers-missing", f"structured mode: missing {', '.join(missing)}")
        if strange := [name for name in REQUIRED if not isinstance(told[name], str)]:
            raise Unreadable("not-cloudevents-1.0", f"structured mode: {', '.join(strange)} must be text")
        _said_in_one_way(headers, told)
        event = from_structured(KafkaMessage(headers, None, value), JSONFormat())
        data = JSONFormat().write_data(event.get_data(), "application/json")
        return {name: str(text) for name, text in event.get_attributes().items()}, data
    except Unreadable:
        raise
    except TwiceThere as error:
        raise Unreadable("breaks-contract", f"structured mode: {error}") from None
    except Exception as error:  # the library raises many kinds; for us each is one more unreadable record
        why = odd(value) or f"{type(error).__name__}: {error}"
        raise Unreadable("not-cloudevents-1.0", f"structured mode: {why}"[:300]) from None


def _said_in_one_way(headers: dict[str, bytes], told: dict[str, Any]) -> None:
    """The headers may say it again, for whoever does not look into the value."""
    for name in REQUIRED:
        if headers.get(f"ce_{name}", inside := told[name].encode()) != inside:
            raise Unreadable("headers-doubled", f"structured mode: ce_{name} is another one than in the value")
    _said_to_be_json(str(told.get("datacontenttype") or "application/json"))


def _said_to_be_json(content_type: str) -> None:
    if wrong := other_than_json(content_type):
        raise Unreadable("not-cloudevents-1.0", wrong.en)


def odd(value: bytes) -> str:
    found = odd_packing(value)
    return found.en if found else ""


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    once = dict(pairs)
    if len(once) < len(pairs):
        raise TwiceThere("a field is there twice")
    return once
