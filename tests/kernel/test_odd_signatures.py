"""Signed events changed in ways that read almost the same: each is refused, by its signature or by its envelope."""

import base64
import json
from collections.abc import Callable

import pytest

from contracts.flow import SERVICES
from contracts.messages import TYPES
from contracts.rights import PLACES, SIGNED
from runtime.envelope import Record, Unreadable, decode
from runtime.signatures import KEY_ID, SIGNATURE, Signatures
from tests.kernel.test_rights import structured
from tests.kernel.test_signatures import KEYS, KNOWN, MONEY, OTHERS, header, owner, signed, signer, text_of

ORDER = 2**252 + 27742317777372353535851937790883648493  # of the curve: one signature has another S beyond it
Change = Callable[[Record], Record]


def also(record: Record, name: str, text: bytes) -> Record:
    return record._replace(headers=[*record.headers, (name, text)])


def first(record: Record, name: str, text: bytes) -> Record:
    return record._replace(headers=[(name, text), *record.headers])


def sealed(record: Record, make: Callable[[bytes], bytes]) -> Record:
    return header(record, SIGNATURE, make(base64.b64decode(text_of(record, SIGNATURE))))


def beyond_the_order(raw: bytes) -> bytes:
    more = int.from_bytes(raw[32:], "little") + ORDER
    return base64.b64encode(raw[:32] + more.to_bytes(32, "little"))


def not_signed_kind(record: Record) -> bytes:
    """A type that may be on that topic, and need not be signed."""
    return next(kind for kind in TYPES if kind not in SIGNED and record.topic in PLACES[kind]).encode()


def both_modes(record: Record) -> Record:
    """Its attributes in the headers are those of an event that needs no signature; in its value are its own."""
    bare = [(name, text) for name, text in record.headers if name.startswith("ce_") and name != "ce_type"]
    whole = structured(record)
    return whole._replace(headers=[*whole.headers, *bare, ("ce_type", not_signed_kind(record))])


def typed(make: Callable[[bytes], bytes]) -> Change:
    return lambda record: header(record, "ce_type", make(text_of(record, "ce_type")))


def keyed(make: Callable[[str], str]) -> Change:
    return lambda record: header(record, KEY_ID, make(text_of(record, KEY_ID).decode()).encode())


def valued(make: Callable[[bytes], bytes | None]) -> Change:
    return lambda record: record._replace(value=make(record.value or b""))


def twice(name: str, text: bytes | None = None) -> Change:
    return lambda record: also(record, name, text_of(record, name) if text is None else text)


def before(name: str, text: bytes) -> Change:
    return lambda record: first(record, name, text)


ODD: dict[str, Change] = {
    "a type with a space": typed(lambda kind: kind + b" "),
    "a type in capitals": typed(bytes.upper),
    "a type with a zero": typed(lambda kind: kind + b"\0"),
    "a type that looks alike": typed(lambda kind: kind.replace(b"e", "\u0435".encode())),
    "a type of the next version": typed(lambda kind: kind.replace(b".v1", b".v9")),
    "a type that needs none": lambda record: header(record, "ce_type", not_signed_kind(record)),
    "an empty type": typed(lambda kind: b""),
    "two types": twice("ce_type"),
    "two types, the last needs none": lambda record: also(record, "ce_type", not_signed_kind(record)),
    "two types, the first needs none": lambda record: first(record, "ce_type", not_signed_kind(record)),
    "two types in other letters": lambda record: also(record, "CE_TYPE", not_signed_kind(record)),
    "in both modes": both_modes,
    "structured, by its content type alone": lambda record: header(
        record, "content-type", b"application/cloudevents+json"
    )._replace(value=structured(record).value),
    "two ids": twice("ce_id", OTHERS.encode()),
    "two ids, the right one last": before("ce_id", OTHERS.encode()),
    "two sources": twice("ce_source", b"/tuiding/console"),
    "the source of another": lambda record: header(
        record, "ce_source", next(f"/tuiding/{each.name}" for each in SERVICES if each.name != owner(record)).encode()
    ),
    "a source with a slash": lambda record: header(record, "ce_source", text_of(record, "ce_source") + b"/"),
    "a source in capitals": lambda record: header(record, "ce_source", text_of(record, "ce_source").upper()),
    "no source": lambda record: header(record, "ce_source", None),
    "no id": lambda record: header(record, "ce_id", None),
    "an id in capitals": lambda record: header(record, "ce_id", text_of(record, "ce_id").upper() + b"A"),
    "another subject": lambda record: header(record, "ce_subject", OTHERS.encode()),
    "another version of the envelope": lambda record: header(record, "ce_specversion", b"0.3"),
    "a pack that was none": lambda record: header(record, "ce_policyversion", b"demo@2"),
    "no key": lambda record: record._replace(key=None),
    "a key that is no text": lambda record: record._replace(key=b"\xff" + (record.key or b"")),
    "a key in capitals": lambda record: record._replace(key=b"ABCDEF" + (record.key or b"")[6:].upper()),
    "a key with a space": lambda record: record._replace(key=(record.key or b"") + b" "),
    "no value": valued(lambda value: None),
    "an empty value": valued(lambda value: b""),
    "a value cut short": valued(lambda value: value[:-1]),
    "a value that goes on": valued(lambda value: value + b"\n"),
    "a value with a byte order mark": valued(lambda value: b"\xef\xbb\xbf" + value),
    "a value twice": valued(lambda value: value + value),
    "a value with its fields turned": valued(
        lambda value: json.dumps(dict(reversed(json.loads(value).items()))).encode()
    ),
    "a value with one more field": valued(lambda value: json.dumps(json.loads(value) | {"more": 1}).encode()),
    "a value in escapes": valued(lambda value: value.replace(b'"request_id"', b'"\\u0072equest_id"')),
    "another's name with a space": keyed(lambda name: f"{name} "),
    "a key's name in capitals": keyed(str.upper),
    "a key's name with two slashes": keyed(lambda name: name.replace("/", "//")),
    "a key's name with a way up": keyed(lambda name: f"x/../{name}"),
    "a key's name without its service": keyed(lambda name: name.partition("/")[2]),
    "a service without a key's name": keyed(lambda name: name.partition("/")[0]),
    "a key's name as a file": keyed(lambda name: f"{name}.pem"),
    "two keys' names": twice(KEY_ID, b"console/none"),
    "two signatures, the last one none": twice(SIGNATURE, b""),
    "a signature in hex": lambda record: sealed(record, lambda raw: raw.hex().encode()),
    "a signature with a line's end": lambda record: sealed(record, lambda raw: base64.b64encode(raw) + b"\n"),
    "a signature of 63 bytes": lambda record: sealed(record, lambda raw: base64.b64encode(raw[:-1])),
    "a signature of 65 bytes": lambda record: sealed(record, lambda raw: base64.b64encode(raw + b"\0")),
    "a signature beyond the order": lambda record: sealed(record, beyond_the_order),
    "a signature of zeros": lambda record: sealed(record, lambda raw: base64.b64encode(bytes(64))),
    "a signature of the point that is none": lambda record: sealed(
        record, lambda raw: base64.b64encode(b"\1" + bytes(63))
    ),
    "a signature turned": lambda record: sealed(record, lambda raw: base64.b64encode(raw[32:] + raw[:32])),
    "a signature of the value alone": lambda record: header(
        record, SIGNATURE, base64.b64encode(KEYS[text_of(record, KEY_ID).decode()].sign(record.value or b""))
    ),
}


def refused(record: Record, by: Signatures) -> bool:
    if by.fault(record):
        return True
    try:
        decode(record)
    except Unreadable:
        return True
    return False


@pytest.mark.parametrize("how", ODD)
@pytest.mark.parametrize("kind", MONEY)
def test_what_reads_almost_like_a_signed_event_is_refused(kind: str, how: str) -> None:
    told = signed(kind)
    changed = ODD[how](told)
    assert changed != told and refused(changed, signer("console/a"))


@pytest.mark.parametrize("kind", MONEY)
def test_what_a_key_signed_is_refused_once_the_key_is_gone(kind: str) -> None:
    told = signed(kind, "a")
    gone = {name: key for name, key in KNOWN.items() if name != text_of(told, KEY_ID).decode()}
    assert refused(told, Signatures(None, gone)) and not refused(told, Signatures(None, KNOWN))


@pytest.mark.parametrize("kind", MONEY)
def test_a_key_under_another_services_name_speaks_for_neither(kind: str) -> None:
    """Somebody who may write one public key puts his own under a service's name: only that name's events are his."""
    told = signed(kind)
    for service in (each.name for each in SERVICES if each.name != owner(told)):
        forged = Signatures((f"{service}/x", KEYS["console/b"]), None).signed(
            header(header(told, SIGNATURE, None), KEY_ID, None)
        )
        assert refused(forged, Signatures(None, KNOWN | {f"{service}/x": KEYS["console/b"].public_key()}))
