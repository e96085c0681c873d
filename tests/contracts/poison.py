"""Records that break the contract, each with the code it must be set aside under; chaos runs throw them in as well."""

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from runtime.attributes import LARGEST_VALUE_BYTES, REQUIRED, Record
from tests.contracts.sound import record_of

SETTLED = record_of("fee.settled.v1")
QUOTED = record_of("quote.confirm.v1")
SUBMIT = record_of("cancellation.submit.v1")
STRANGER = "00000000-0000-4000-8000-000000000000"
STRUCTURED = "application/cloudevents+json"
DEEP = 1000


class Poison(NamedTuple):
    name: str
    code: str
    record: Record


def header(record: Record, name: str, value: bytes | None) -> Record:
    """With this header in place of the one of its name; without it if there is no value."""
    others = tuple(each for each in record.headers if each[0] != name)
    return record._replace(headers=others if value is None else (*others, (name, value)))


def body(record: Record, *path: str | int, value: Any) -> Record:
    """With another value at `path` of the message."""
    assert record.value is not None
    data = here = json.loads(record.value)
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return record._replace(value=json.dumps(data).encode())


def without(record: Record, field: str) -> Record:
    assert record.value is not None
    data = json.loads(record.value)
    del data[field]
    return record._replace(value=json.dumps(data).encode())


def structured(**changes: Any) -> Record:
    """The whole event in the value, as JSON; a change to None leaves that attribute out."""
    assert SETTLED.value is not None
    message = json.loads(SETTLED.value)
    event = {"specversion": "1.0", "id": STRANGER, "source": "/tuiding/billing", "type": "fee.settled.v1"}
    event |= {"subject": message["request_id"], "datacontenttype": "application/json", "data": message}
    event = {name: value for name, value in (event | changes).items() if value is not None}
    return in_structured_mode(json.dumps(event).encode())


def in_structured_mode(value: bytes) -> Record:
    return SETTLED._replace(value=value, headers=(("content-type", STRUCTURED.encode()),))


def poisons() -> tuple[Poison, ...]:
    kinds: dict[str, Callable[[], Iterator[tuple[str, Record]]]] = {
        "empty-value": _empty,
        "too-large": _too_large,
        "headers-missing": _headers_missing,
        "headers-not-utf8": _headers_not_utf8,
        "not-cloudevents-1.0": _not_cloudevents,
        "unknown-type": _unknown_types,
        "key-is-not-the-request": _wrong_keys,
        "breaks-contract": _broken_messages,
    }
    return tuple(Poison(name, code, record) for code, kind in kinds.items() for name, record in kind())


def _empty() -> Iterator[tuple[str, Record]]:
    yield "no value (a tombstone)", SETTLED._replace(value=None)
    yield "an empty value", SETTLED._replace(value=b"")
    yield "nothing at all", Record(SETTLED.topic, None, None, ())


def _too_large() -> Iterator[tuple[str, Record]]:
    yield "a megabyte of noise", SETTLED._replace(value=b"\xa5" * 1024 * 1024)
    yield "one byte too many", SETTLED._replace(value=b" " * (LARGEST_VALUE_BYTES + 1))
    yield "a huge structured event", in_structured_mode(b"[" * (LARGEST_VALUE_BYTES + 1))


def _headers_missing() -> Iterator[tuple[str, Record]]:
    yield "no headers", SETTLED._replace(headers=())
    for name in REQUIRED:
        yield f"no ce_{name}", header(SETTLED, f"ce_{name}", None)
        yield f"an empty ce_{name}", header(SETTLED, f"ce_{name}", b"")
    yield "HTTP's ce- instead of Kafka's ce_", SETTLED._replace(headers=_renamed("ce_", "ce-"))
    yield "a structured event without a subject", structured(subject=None)


def _renamed(old: str, new: str) -> tuple[tuple[str, bytes], ...]:
    return tuple((name.replace(old, new), value) for name, value in SETTLED.headers)


def _headers_not_utf8() -> Iterator[tuple[str, Record]]:
    yield "a type that is not text", header(SETTLED, "ce_type", b"\xff\xfe")
    yield "an extension that is not text", header(SETTLED, "ce_channel", b"\x80")
    yield "a traceparent that is not text", header(SETTLED, "traceparent", b"\xc3\x28")
    yield "a lone surrogate in a header", header(SETTLED, "ce_source", b"\xed\xa0\x80")


def _not_cloudevents() -> Iterator[tuple[str, Record]]:
    yield "specversion 0.3", header(SETTLED, "ce_specversion", b"0.3")
    yield "specversion 2.0", header(SETTLED, "ce_specversion", b"2.0")
    yield "structured: not JSON", in_structured_mode(b"{")
    yield "structured: a list", in_structured_mode(b"[]")
    yield "structured: not UTF-8", in_structured_mode(b"\xff\xfe{}")
    yield "structured: a batch", in_structured_mode(b'[{"specversion": "1.0"}]')
    yield "structured: too deep", in_structured_mode(b"[" * DEEP * 10)
    yield "structured: specversion 0.3", structured(specversion="0.3")
    yield "structured: an attribute that is no name", structured(**{"Not-A-Name": "x"})
    yield "structured: an id that is a number", structured(id=7)
    yield "structured: time is no time", structured(time="yesterday")


def many_headers(how_many: int, name: str) -> Record:
    """What takes a moment for each pair of them would stop the reader for hours."""
    more = tuple((name.format(number), b"1") for number in range(how_many))
    return SETTLED._replace(headers=(*SETTLED.headers, *more, (name.format(1), b"2")))


def said_twice(first: bytes, both: bytes) -> Record:
    whole = structured()
    value = whole.value or b""
    assert first in value
    return whole._replace(value=value.replace(first, both, 1))


def header_twice(name: str, second: bytes) -> Record:
    return SETTLED._replace(headers=(*SETTLED.headers, (name, second)))


def _unknown_types() -> Iterator[tuple[str, Record]]:
    yield "nobody's type", header(SETTLED, "ce_type", b"fee.eaten.v1")
    yield "a newer version", header(SETTLED, "ce_type", b"fee.settled.v99")
    yield "version none", header(SETTLED, "ce_type", b"fee.settled")
    yield "a type in capitals", header(SETTLED, "ce_type", b"FEE.SETTLED.V1")
    yield "a type of 10,000 letters", header(SETTLED, "ce_type", b"x" * 10_000)
    yield "structured: a newer version", structured(type="fee.settled.v99")


def _wrong_keys() -> Iterator[tuple[str, Record]]:
    yield "no key", SETTLED._replace(key=None)
    yield "an empty key", SETTLED._replace(key=b"")
    yield "another request's key", SETTLED._replace(key=STRANGER.encode())
    yield "a key that is not text", SETTLED._replace(key=b"\xff\x00")
    yield "the key in quotes, as JSON serialisers write it", SETTLED._replace(key=b'"' + (SETTLED.key or b"") + b'"')
    yield "another request's subject", header(SETTLED, "ce_subject", STRANGER.encode())
    yield "another request's body", body(SETTLED, "request_id", value=STRANGER)
    yield "structured: another request's subject", structured(subject=STRANGER)


def _broken_messages() -> Iterator[tuple[str, Record]]:
    yield from _broken_json()
    yield from _broken_values()
    yield "another type's body", header(SETTLED, "ce_type", b"quote.issued.v1")
    yield "structured: no data", structured(data=None)
    yield "structured: data is text", structured(data="fee settled")


def _broken_json() -> Iterator[tuple[str, Record]]:
    value = SETTLED.value or b""
    yield "not JSON", SETTLED._replace(value=b"fee settled")
    yield "JSON cut off", SETTLED._replace(value=value[: len(value) // 2])
    yield "JSON and then more", SETTLED._replace(value=value + b"{}")
    yield "a JSON list", SETTLED._replace(value=b"[]")
    yield "a JSON null", SETTLED._replace(value=b"null")
    yield "an empty object", SETTLED._replace(value=b"{}")
    yield "not UTF-8", SETTLED._replace(value=b'{"request_id": "\xff"}')
    yield "UTF-16", SETTLED._replace(value=value.decode().encode("utf-16"))
    yield "a byte order mark", SETTLED._replace(value=b"\xef\xbb\xbf" + value)
    yield "a lone surrogate", SETTLED._replace(value=value.replace(b'"charge-', b'"\\ud800-'))
    yield "lists in lists in lists", SETTLED._replace(value=b"[" * DEEP + b"]" * DEEP)
    yield "objects in objects", SETTLED._replace(value=b'{"a":' * DEEP + b"1" + b"}" * DEEP)
    yield "an Avro record behind a schema id", SETTLED._replace(value=b"\x00\x00\x00\x00\x07" + value)
    yield "gzip", SETTLED._replace(value=b"\x1f\x8b\x08\x00" + value)


def _broken_values() -> Iterator[tuple[str, Record]]:
    yield "an unknown field", body(SETTLED, "unheard_of", value=True)
    yield "an unknown field deep inside", body(SETTLED, "dates", "unheard_of", value=1)
    yield "a missing field", without(SETTLED, "audience")
    yield "money as a float", body(SETTLED, "paid", "minor", value=152.08)
    yield "money as a whole float", body(SETTLED, "paid", "minor", value=15208.0)
    yield "money as text", body(SETTLED, "paid", "minor", value="15208")
    yield "money that is true", body(SETTLED, "paid", "minor", value=True)
    yield "money that is not a number", body(SETTLED, "paid", "minor", value=float("nan"))
    yield "money without end", body(SETTLED, "paid", "minor", value=float("inf"))
    yield "money of a million digits' kind", _digits(5_000)
    yield "money in lower case", body(SETTLED, "paid", "currency", value="cny")
    yield "a channel nobody knows", body(SUBMIT, "channel", value="fax")
    yield "a kind nobody knows", body(SUBMIT, "kind", value="everything")
    yield "a phone number as subscription", body(SUBMIT, "subscription", value="13800138000")
    yield "an item in capitals", body(SUBMIT, "items", value=["VIDEO-PACK"])
    yield "51 items", body(SUBMIT, "items", value=[f"item-{n}" for n in range(51)])
    yield "a request id that is no UUID", _no_uuid()
    yield "a time without a zone", body(SETTLED, "confirmed_at", value="2026-03-10T09:06:17")
    yield "a day that does not exist", body(SETTLED, "confirmed_at", value="2026-02-30T09:06:17Z")
    yield "a time in the year 10000", body(SETTLED, "confirmed_at", value="10000-01-01T00:00:00Z")
    yield "a time after the last day in UTC", body(SUBMIT, "requested_end", value="9999-12-31T23:59:59-12:00")
    yield "a time as a text of digits", body(SUBMIT, "requested_end", value="1893456000")
    yield "a time before the first day in UTC", body(SUBMIT, "requested_end", value="0001-01-01T00:00:00+14:00")
    yield "quote version none", body(QUOTED, "quote_version", value=0)
    yield "half a quote version", body(QUOTED, "quote_version", value=1.5)
    yield "a reference with markup", body(SETTLED, "reference", value="<script>")
    yield "null where something is needed", body(SETTLED, "items", value=None)


def _digits(count: int) -> Record:
    value = SETTLED.value or b""
    return SETTLED._replace(value=value.replace(b'"minor":15208', b'"minor":' + b"9" * count))


def _no_uuid() -> Record:
    changed = body(SETTLED, "request_id", value="R-1")
    return header(changed, "ce_subject", b"R-1")._replace(key=b"R-1")


def found() -> Iterator[Poison]:
    """What was once let through or made the process fall over."""
    empty = (*SETTLED.headers[1:], ("ce_id", None))
    yield Poison("a header without a value", "headers-missing", SETTLED._replace(headers=empty))  # type: ignore[arg-type]
    yield Poison("structured: a lone surrogate as id", "not-cloudevents-1.0", structured(id="\ud800"))
    yield Poison("structured: a lone surrogate as source", "not-cloudevents-1.0", structured(id="7", source="\ud800"))
    yield Poison("structured: no id", "headers-missing", structured(id=None))
    yield Poison("structured: no type", "headers-missing", structured(type=None))
    yield Poison("specversion twice, the last one wrong", "headers-doubled", header_twice("ce_specversion", b"9"))
    yield Poison("the type twice, the last one unknown", "headers-doubled", header_twice("ce_type", b"fee.eaten.v1"))


def of_late() -> Iterator[Poison]:
    """The same, beside those that chance is dealt from: another one among them would change every seed."""
    yield Poison("the kind of content twice", "headers-doubled", header_twice("Content-Type", b"application/json"))
    yield Poison("thirty thousand headers, all alike", "headers-doubled", many_headers(30_000, "ce_a"))
    yield Poison("thirty thousand headers, two alike", "headers-doubled", many_headers(30_000, "ce_{}"))
    yield Poison(
        "structured: two sources",
        "breaks-contract",
        said_twice(b'"subject"', b'"source": "/channels/other", "subject"'),
    )
    yield Poison(
        "structured: a field of the data twice", "breaks-contract", said_twice(b'"paid":', b'"held": null, "paid":')
    )
    for kind in ("image/png", "text/plain", "application/json; charset=utf-16", "application/avro"):
        yield Poison(f"said to be {kind}", "not-cloudevents-1.0", header(SETTLED, "content-type", kind.encode()))
    avro = header(structured(), "content-type", b"application/cloudevents+avro")
    yield Poison("structured: avro", "not-cloudevents-1.0", avro)
    yield Poison("structured: data of XML", "not-cloudevents-1.0", structured(datacontenttype="application/xml"))
    for name in REQUIRED:
        beside = header(structured(), f"ce_{name}", b"1.1")
        yield Poison(f"structured: another {name} in the headers", "headers-doubled", beside)
    for name, many in (("names", {f"a{number}": 1 for number in range(9000)}), ("items", {"items": [1] * 9000})):
        value = json.dumps(json.loads(SUBMIT.value or b"") | many).encode()
        yield Poison(f"a command of thousands of {name}", "too-large", SUBMIT._replace(value=value))


POISONS = (*poisons(), *found())
ALL = (*POISONS, *of_late())
