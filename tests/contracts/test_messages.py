"""Every message that was ever written can still be read, by us and by any other CloudEvents reader."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from contracts import asyncapi
from contracts.audit import AUDIT, Audited
from contracts.flow import TOPICS
from contracts.health import HEALTH, Heartbeat, heard
from contracts.journal import JOURNAL, Transaction
from contracts.messages import COMMANDS, TYPES, Command
from contracts.rights import spoken_on
from contracts.words import Value, whole_number
from runtime.envelope import LARGEST_VALUE_BYTES, NAMESPACE, decode, derived_id, event_type
from tests.contracts.sound import AT, EXTENSIONS, envelope_of, example_file, record_of

TYPE = re.compile(r"^[a-z-]+(\.[a-z-]+)+\.v\d+$")
ALL = pytest.mark.parametrize("name", TYPES)
ATTRIBUTES = ("id", "source", "type", "subject", "specversion", "correlationid", "causationid", "partitionkey")


def test_every_message_has_an_example_and_none_is_an_orphan() -> None:
    """`<type>.json`, and `<type>+<what>.json` for what was added to it since."""
    written = {file.name.removesuffix(".json").partition("+")[0] for file in asyncapi.EXAMPLES.iterdir()}
    assert written == set(TYPES) | {JOURNAL, HEALTH, AUDIT}
    assert all(example_file(name).is_file() for name in TYPES)


MESSAGES = sorted(file for file in asyncapi.EXAMPLES.iterdir() if not file.name.startswith((JOURNAL, HEALTH, AUDIT)))


@pytest.mark.parametrize("file", MESSAGES, ids=lambda file: file.name)
def test_every_message_ever_written_still_reads(file: Path) -> None:
    """All of it comes out again as it was written; fields added since then may come with their defaults."""
    model = TYPES[file.name.removesuffix(".json").partition("+")[0]]
    message = model.model_validate_json(file.read_text(encoding="utf-8"))
    dumped = message.model_dump_json()
    assert _keeps(json.loads(file.read_text(encoding="utf-8")), json.loads(dumped))
    assert model.model_validate_json(dumped) == message


def test_every_form_of_the_journal_ever_written_still_reads() -> None:
    for file in asyncapi.EXAMPLES.glob(f"{JOURNAL}*.json"):
        written = file.read_text(encoding="utf-8")
        read = Transaction.model_validate_json(written)
        assert _keeps(json.loads(written), json.loads(read.model_dump_json())), file.name
        assert {each.kind for each in read.inputs} == {"record", "answer", "alarm"}


def test_a_heartbeat_of_an_older_or_a_newer_build_still_reads() -> None:
    for file in asyncapi.EXAMPLES.glob(f"{HEALTH}*.json"):
        written = json.loads(file.read_text(encoding="utf-8"))
        assert _keeps(written, json.loads(Heartbeat.model_validate(written).model_dump_json())), file.name
    assert heard(json.dumps(written | {"said-by-a-newer-build": 1}).encode()).key == "notify/1"


def test_a_record_of_who_asked_what_of_an_older_build_still_reads() -> None:
    for file in asyncapi.EXAMPLES.glob(f"{AUDIT}*.json"):
        written = json.loads(file.read_text(encoding="utf-8"))
        assert _keeps(written, json.loads(Audited.model_validate(written).model_dump_json())), file.name


def _keeps(written: Any, dumped: Any) -> bool:
    if isinstance(written, dict):
        return all(name in dumped and _keeps(each, dumped[name]) for name, each in written.items())
    if isinstance(written, list):
        return len(written) == len(dumped) and all(map(_keeps, written, dumped))
    return bool(written == dumped)


def _values(known: type[Value] = Value) -> Iterator[type[Value]]:
    for each in known.__subclasses__():
        yield each
        yield from _values(each)


OURS = sorted({each for each in _values() if each.__module__.startswith("contracts")}, key=lambda each: each.__name__)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_everything_in_a_message_is_frozen_and_closed(model: type[Value]) -> None:
    assert model.model_config["frozen"] and model.model_config["extra"] == "forbid"
    assert not [name for name, field in model.model_fields.items() if field.annotation is float]


@ALL
def test_a_type_is_words_and_a_version(name: str) -> None:
    assert TYPE.match(name)
    assert TYPES[name].type == name


def test_versions_have_no_gaps() -> None:
    versions = defaultdict(list)
    for name in TYPES:
        stem, _, version = name.rpartition(".v")
        versions[stem].append(int(version))
    assert {stem: sorted(each) for stem, each in versions.items()} == {
        stem: list(range(1, len(each) + 1)) for stem, each in versions.items()
    }


@ALL
def test_every_message_is_owned_by_a_topic_of_the_flow(name: str) -> None:
    topics = {topic.name: topic for topic in TOPICS}
    owners = {topics[topic].written_by for topic in spoken_on(TYPES[name])}
    assert owners
    assert all(owner.startswith("channel") for owner in owners) == (name in COMMANDS)


@ALL
def test_a_sample_comes_back_from_its_record_as_it_went_in(name: str) -> None:
    record = record_of(name)
    told = json.loads(record.value or b"") if issubclass(TYPES[name], Command) else None
    assert decode(record) == envelope_of(name)._replace(told=told)
    assert event_type(record.headers) == name
    assert len(record.value or b"") < LARGEST_VALUE_BYTES


@ALL
def test_the_cloudevents_library_reads_our_records_as_we_do(name: str) -> None:
    record, envelope = record_of(name), envelope_of(name)
    assert record.value is not None
    event = from_kafka(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())
    attributes = event.get_attributes()
    ids = (envelope.id, envelope.source, name, envelope.message.request_id, "1.0")
    traces = (envelope.correlation, envelope.causation, envelope.message.request_id)
    assert tuple(attributes[each] for each in ATTRIBUTES) == (*ids, *traces)
    assert {each: attributes[each] for each in EXTENSIONS} == EXTENSIONS
    assert attributes["time"] == AT
    assert event.get_data() == json.loads(envelope.message.model_dump_json())


@ALL
def test_our_records_are_byte_for_byte_those_the_cloudevents_library_would_write(name: str) -> None:
    record, envelope = record_of(name), envelope_of(name)
    event = CloudEvent(
        {
            "id": envelope.id,
            "source": envelope.source,
            "type": name,
            "subject": envelope.message.request_id,
            "time": AT,
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "partitionkey": envelope.message.request_id,
            "correlationid": envelope.correlation,
            "causationid": envelope.causation,
            **EXTENSIONS,
        },
        envelope.message.model_dump_json().encode(),
    )
    theirs = to_binary(event, JSONFormat())
    trace = ("traceparent", envelope.traceparent.encode())
    assert list(record.headers) == [*theirs.headers.items(), trace]
    key = theirs.key.encode() if isinstance(theirs.key, str) else theirs.key
    assert (record.key, record.value) == (key, theirs.value)


@pytest.mark.parametrize("name", ["say/fee.settled.v1/0", "", "网厅", "\U0001f600"])
def test_a_derived_id_is_a_uuid_of_version_5(name: str) -> None:
    assert derived_id(AT.isoformat(), name) == str(uuid5(NAMESPACE, f"{AT.isoformat()}/{name}"))


def test_no_example_holds_what_only_the_carrier_may_know() -> None:
    """Full numbers and addresses; a masked number and opaque references are all that travels."""
    texts = {name: example_file(name).read_text(encoding="utf-8") for name in TYPES}
    telling = re.compile(r'"1\d{10}"|@mail|金丝雀')
    assert not [name for name, text in texts.items() if telling.search(text)]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("15208", 15208),
        ("0", 0),
        ("007", 7),
        ("9" * 15, 999_999_999_999_999),
        ("9" * 16, None),
        ("9" * 5000, None),
        ("²", None),
        ("１２", None),
        ("٣", None),
        ("-5", None),
        (" 5", None),
        ("152.08", None),
        ("", None),
    ],
    ids=[
        "usual",
        "nothing",
        "zeros before",
        "most",
        "one too many",
        "no end",
        "squared",
        "wide",
        "arabic",
        "minus",
        "space",
        "point",
        "empty",
    ],
)
def test_a_number_that_somebody_typed_is_plain_digits_or_none(typed: str, number: int | None) -> None:
    assert whole_number(typed) == number
