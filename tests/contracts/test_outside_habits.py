"""What other people's serialisers do to a command: taken where it means the same, else refused in words that help."""

import json
from collections.abc import Callable

import pytest

from contracts.messages import TYPES, Command
from insight.history import said
from runtime.envelope import Record, Unreadable, decode
from runtime.kernel.arrivals import Consumed
from services.console.kept.rows import event_row
from tests.contracts.poison import STRUCTURED, body, header
from tests.contracts.sound import record_of

COMMANDS = sorted(name for name, model in TYPES.items() if issubclass(model, Command))
EVENTS = sorted(name for name, model in TYPES.items() if not issubclass(model, Command))
BOM, WIDE, TWICE = "byte order mark (BOM)", "UTF-16", "a JSON string that holds JSON"
PACKED: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "UTF-8 with a byte order mark": (BOM, lambda text: text.encode("utf-8-sig")),
    "UTF-16 with a mark": (WIDE, lambda text: text.encode("utf-16")),
    "UTF-16, the small end first": (WIDE, lambda text: text.encode("utf-16-le")),
    "UTF-16, the big end first": (WIDE, lambda text: text.encode("utf-16-be")),
    "UTF-16, big, with a mark": (WIDE, lambda text: b"\xfe\xff" + text.encode("utf-16-be")),
    "UTF-32": (WIDE, lambda text: text.encode("utf-32")),
    "UTF-32, the big end first": (WIDE, lambda text: text.encode("utf-32-be")),
    "serialised twice": (TWICE, lambda text: json.dumps(text).encode()),
    "serialised three times": (TWICE, lambda text: json.dumps(json.dumps(text)).encode()),
    "serialised twice, after white space": (TWICE, lambda text: b" \n" + json.dumps(text).encode()),
    "serialised twice, with a mark": (BOM, lambda text: json.dumps(text).encode("utf-8-sig")),
    "serialised twice, UTF-16": (WIDE, lambda text: json.dumps(text).encode("utf-16-le")),
}


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_value_packed_oddly_is_refused_in_words_that_say_what_to_do(name: str, packing: str) -> None:
    words, pack = PACKED[packing]
    sound = record_of(name)
    with pytest.raises(Unreadable) as caught:
        decode(sound._replace(value=pack((sound.value or b"").decode())))
    assert (caught.value.code, words in str(caught.value)) == ("breaks-contract", True), str(caught.value)
    assert "send" in str(caught.value)


@pytest.mark.parametrize("packing", PACKED)
def test_a_structured_event_packed_oddly_is_refused_in_the_same_words(packing: str) -> None:
    words, pack = PACKED[packing]
    sound = record_of("cancellation.submit.v1")
    event = json.dumps({"specversion": "1.0", "data": json.loads(sound.value or b"")})
    with pytest.raises(Unreadable, match="structured mode") as caught:
        decode(sound._replace(value=pack(event), headers=(("content-type", STRUCTURED.encode()),)))
    assert words in str(caught.value)


WHOLE = '{"specversion": "1.0", "id": "e-1", "source": "/channels/app", "type": "t", "subject": "s", "data": {}}'
NO_EVENT = "publish each event as a record of its own"
NO_EVENTS = {
    "a batch": ('[{"specversion": "1.0"}]', NO_EVENT),
    "a batch of none": ("[]", NO_EVENT),
    "a number": ("7", NO_EVENT),
    "nothing": ("null", NO_EVENT),
    "an id that is a number": (WHOLE.replace('"e-1"', "1"), "id must be text"),
    "a type that is a list": (WHOLE.replace('"t"', "[]"), "type must be text"),
    "two that are none": (WHOLE.replace('"e-1"', "{}").replace('"t"', "true"), "id, type must be text"),
}


@pytest.mark.parametrize("kind", ["", "application/json; charset=utf-8", "Application/JSON", "application/vnd.x+json"])
def test_json_is_read_by_whatever_name_it_goes(kind: str) -> None:
    sound = record_of("cancellation.submit.v1")
    headers = [(name, value) for name, value in sound.headers if name != "content-type"]
    also = [("content-type", kind.encode())] if kind else []
    assert decode(sound._replace(headers=(*headers, *also))) == decode(sound)


def test_in_structured_mode_the_headers_may_say_it_again() -> None:
    """As the binding for Kafka allows, for whoever does not look into the value."""
    sound = record_of("cancellation.submit.v1")
    attributes = {name[3:]: value.decode() for name, value in sound.headers if name.startswith("ce_")}
    whole = json.dumps(attributes | {"data": json.loads(sound.value or b"")}).encode()
    headers = [(name, value) for name, value in sound.headers if name.startswith("ce_")]
    read = decode(sound._replace(value=whole, headers=(*headers, ("content-type", STRUCTURED.encode()))))
    assert (read.id, read.message) == (decode(sound).id, decode(sound).message)


@pytest.mark.parametrize("kind", [STRUCTURED, "application/cloudevents-batch+json"])
@pytest.mark.parametrize("what", NO_EVENTS)
def test_what_is_no_event_in_structured_mode_is_refused_in_words_of_the_field(what: str, kind: str) -> None:
    value, words = NO_EVENTS[what]
    sound = record_of("cancellation.submit.v1")
    with pytest.raises(Unreadable) as caught:
        decode(sound._replace(value=value.encode(), headers=(("content-type", kind.encode()),)))
    assert (caught.value.code, str(caught.value).partition(": ")[2].endswith(words)) == ("not-cloudevents-1.0", True)


@pytest.mark.parametrize("capitals", ["key", "ce_subject", "request_id", "all of them"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_request_id_in_capitals_is_the_same_request(name: str, capitals: str) -> None:
    sound = record_of(name)
    assert decode(_in_capitals(sound, capitals)).message == decode(sound).message


@pytest.mark.parametrize("capitals", ["key", "ce_subject", "request_id", "all of them"])
@pytest.mark.parametrize("name", EVENTS)
def test_our_own_events_are_written_in_one_way_only(name: str, capitals: str) -> None:
    with pytest.raises(Unreadable):
        decode(_in_capitals(record_of(name), capitals))


def test_the_request_that_was_returned_may_be_named_in_capitals_too() -> None:
    earlier = "0A1B2C3D-0000-4000-8000-00000000ABCD"
    told = decode(body(record_of("cancellation.submit.v1"), "resubmission_of", value=earlier)).message
    assert told.model_dump()["resubmission_of"] == earlier.lower()


def _in_capitals(record: Record, what: str) -> Record:
    own = json.loads(record.value or b"")["request_id"].upper()
    assert own != own.lower(), "an id without letters shows nothing"
    if what in ("key", "all of them"):
        record = record._replace(key=own.encode())
    if what in ("ce_subject", "all of them"):
        record = header(record, "ce_subject", own.encode())
    return body(record, "request_id", value=own) if what in ("request_id", "all of them") else record


@pytest.mark.parametrize("name", COMMANDS)
def test_whoever_reads_along_knows_a_request_in_capitals_by_its_one_name(name: str) -> None:
    loud = _in_capitals(record_of(name), "all of them")
    own = record_of(name).key
    row, told = event_row(Consumed(loud, 0, 0, 0, "")), said(loud.topic, loud.headers, loud.value, 0)
    assert row and told and own == row.request_id.encode() == told.request_id.encode()
