"""Whatever a channel writes into the attributes of an event, it is taken as it is or set aside once, for its sender."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid5

import pytest
import sqlalchemy as sa

from contracts.flow import COMMAND_TOPICS, dead_letter_topic
from runtime.envelope import NAMESPACE, Record
from runtime.kernel.tables import CASES
from tests.flow.customer import submit
from tests.flow.system import System

OUR_FAULT = {b"decision-failed", b"cannot-be-stored"}
MOST_BYTES_SAID = 2500  # in headers of ours, whatever was in theirs
CE = [
    "id",
    "source",
    "type",
    "subject",
    "time",
    "specversion",
    "correlationid",
    "causationid",
    "partitionkey",
    "dataschema",
]
CE += ["datacontenttype", "channel", "policyversion", "sequence"]
HEADERS = (*(f"ce_{name}" for name in CE), "content-type", "traceparent", "tracestate", "sig", "kid", "x-redrive-group")
INSIDE = (*CE, "traceparent", "extra", "data", "data_base64")
TEXTS = (
    "",
    " ",
    "\0",
    "x" * 200_000,
    "\u202eabc",
    "a\r\nb: c",
    '"},{"',
    "%s%(x)s%n",
    "{0.__class__}",
    "0" * 36,
    "e\u0301",
)
BYTES: list[bytes | None] = [*(text.encode() for text in TEXTS), b"\xff\xfe\xc3", None]
VALUES: list[Any] = [
    None,
    True,
    1.5,
    10**40,
    [],
    [[]],
    {"a": 1},
    "",
    "\ud800",
    "\0",
    "2026-13-45T99:99:99Z",
    "text/plain",
]
VALUES += ["0001-01-01T00:00:00+23:59", "x" * 100_000]
NAMES = (
    "ce_data",
    "ce_",
    "CE_",
    "ce_x-y",
    "ce_\u0130d",
    "ce_ID ",
    "ce___proto__",
    "\ufeffce_id",
    "ce_id\0",
    "Content-Encoding",
)


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    found = System()
    submit(found, "sub-freeaddon01", "video-pack")
    yield found
    found.close()


class Wish:
    """A sound submission of its own each time, to be spoilt in one place."""

    def __init__(self, system: System, name: str) -> None:
        said = next(record for topic in COMMAND_TOPICS for record in system.log[topic])
        self.topic, self.request_id = said.topic, str(uuid5(NAMESPACE, f"odd/{name}"))
        self.body = json.loads(said.value or b"") | {"request_id": self.request_id}
        kept = {name: value for name, value in said.headers if name in ("ce_source", "ce_type", "ce_specversion")}
        own = {"ce_id": str(uuid5(NAMESPACE, f"odd/{name}/id")).encode(), "ce_subject": self.request_id.encode()}
        self.headers: dict[str, Any] = kept | own | {"content-type": b"application/json"}

    def record(self, value: bytes, *more: tuple[str, Any], **headers: Any) -> Record:
        return Record(self.topic, self.request_id.encode(), value, [*(self.headers | headers).items(), *more])

    def binary(self, *more: tuple[str, Any], **headers: Any) -> Record:
        return self.record(json.dumps(self.body).encode(), *more, **headers)

    def structured(self, name: str, value: Any) -> Record:
        told = {each.removeprefix("ce_"): said.decode() for each, said in self.headers.items() if each[:3] == "ce_"}
        said = json.dumps(told | {"data": self.body} | {name: value}).encode()
        return Record(self.topic, self.request_id.encode(), said, [("content-type", b"application/cloudevents+json")])


def _cases(system: System) -> list[int]:
    count = sa.select(sa.func.count()).select_from(CASES)
    return [each.store.read(count)[0][0] for each in system.steppers.values()]


def _says(system: System, record: Record) -> None:
    before, lengths = _cases(system), {topic: len(records) for topic, records in system.log.items()}
    system.log[record.topic].append(record)
    system.settle()
    said = [each for topic, records in [*system.log.items()] for each in records[lengths.get(topic, 0) :]][1:]
    letters = [each for each in said if each.topic == dead_letter_topic("intake")]
    assert len(letters) == 0 or (len(letters) == len(said) == 1 and _cases(system) == before)
    assert not {dict(each.headers).get("x-error-code") for each in letters} & OUR_FAULT
    for each in (each for each in said if each not in letters and each is not record):
        assert sum(len(name) + len(value or b"") for name, value in each.headers) < MOST_BYTES_SAID
        assert all(sign >= ord(" ") for _, value in each.headers for sign in value or b"")


@pytest.mark.parametrize("name", HEADERS)
def test_an_odd_value_of_a_header_is_taken_or_set_aside(system: System, name: str) -> None:
    for number, value in enumerate(BYTES):
        _says(system, Wish(system, f"{name}/{number}").binary(**{name: value}))
        _says(system, Wish(system, f"{name}/{number}/beside").binary((name.upper(), value)))


@pytest.mark.parametrize("name", INSIDE)
def test_an_odd_value_of_an_attribute_in_the_body_is_taken_or_set_aside(system: System, name: str) -> None:
    for number, value in enumerate(VALUES):
        _says(system, Wish(system, f"{name}/{number}/inside").structured(name, value))


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_of_a_header_is_taken_or_set_aside(system: System, name: str) -> None:
    _says(system, Wish(system, name).binary((name, b"1")))
    _says(system, Wish(system, f"{name}/often").binary(*((f"{name}{number}", b"1") for number in range(1000))))
