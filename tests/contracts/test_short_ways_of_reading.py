"""What is read and copied in a short way comes to what the long way comes to."""

from copy import copy

import pytest
from pydantic import BaseModel

from contracts.messages import TYPES
from runtime.attributes import Headers, Record, attributes_of
from tests.contracts.sound import record_of, sample

NOBODYS = ("x-unknown", b"")  # a header that none of our services writes: the long way


def _both_ways(headers: Headers) -> list[dict[str, str]]:
    """What `decode` may ask for, the short way and the long way."""
    ways = [attributes_of(Record("", b"", b"{}", each))[0] for each in (headers, [*headers, NOBODYS])]
    return [{name: text for name, text in way.items() if name not in ("content-type", "sig", "kid")} for way in ways]


@pytest.mark.parametrize("name", TYPES)
def test_attributes_are_the_same_either_way(name: str) -> None:
    short, long = _both_ways(record_of(name).headers)
    assert short == long
    assert short["type"] == name


def test_a_signed_record_is_read_as_one_that_is_not() -> None:
    headers = record_of("fee.settled.v1").headers
    assert _both_ways([*headers, ("sig", b"AA=="), ("kid", b"billing/1")])[0] == _both_ways(headers)[0]


@pytest.mark.parametrize("name", TYPES)
def test_a_copy_is_pydantics_own(name: str) -> None:
    message = sample(name)
    made, pydantics = copy(message), BaseModel.__copy__(message)
    assert made == pydantics == message
    assert made.model_fields_set == pydantics.model_fields_set
    assert made.__dict__ is not message.__dict__
    assert made.model_fields_set is not message.model_fields_set
    assert made.model_dump_json() == message.model_dump_json()
    other = "00000000-0000-4000-8000-000000000009"
    assert message.model_copy(update={"request_id": other}).request_id == other != message.request_id
