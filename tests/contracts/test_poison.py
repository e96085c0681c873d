"""A record that breaks the contract is set aside under its code; nothing else ever comes out of decoding."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.messages import TYPES
from runtime.envelope import Envelope, Record, Unreadable, decode, event_type
from tests.contracts.extremes import EXTREMES, leaves
from tests.contracts.poison import ALL, STRUCTURED, Poison, body, structured
from tests.contracts.sound import record_of

LEAST_KINDS = 50
SAMPLES = {name: record_of(name) for name in TYPES}
HEADER_NAMES = st.sampled_from(
    ("ce_id", "ce_source", "ce_type", "ce_subject", "ce_specversion", "ce_correlationid", "content-type", "traceparent")
) | st.text(max_size=12)
HEADER_VALUES = st.binary(max_size=40) | st.sampled_from((b"1.0", b"fee.settled.v1", STRUCTURED.encode()))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
ATTRIBUTES = ("id", "source", "type", "subject", "specversion", "data", "time", "datacontenttype", "correlationid")
HEADERS = st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), max_size=8)


def read(record: Record) -> Envelope | None:
    event_type(record.headers)
    try:
        return decode(record)
    except Unreadable as unreadable:
        assert unreadable.code and str(unreadable)
        return None


@pytest.mark.parametrize("poison", ALL, ids=lambda poison: poison.name)
def test_a_bad_record_is_unreadable_for_the_right_reason(poison: Poison) -> None:
    event_type(poison.record.headers)
    with pytest.raises(Unreadable) as caught:
        decode(poison.record)
    assert caught.value.code == poison.code, str(caught.value)
    assert len(str(caught.value)) < 10_000


def test_there_are_many_kinds_of_bad_records_and_no_name_twice() -> None:
    names = [poison.name for poison in ALL]
    assert len(names) == len(set(names)) >= LEAST_KINDS


def test_very_many_faults_are_counted_and_not_written_out() -> None:
    """Each of a hundred thousand would take half a second of everybody's time."""
    with pytest.raises(Unreadable, match="in 9001 places it is not as agreed"):
        decode(body(record_of("fee.settled.v1"), "items", value=[1] * 9001))


@given(st.binary(max_size=64) | st.none(), st.binary(max_size=400) | st.none(), HEADERS)
def test_random_bytes_are_unreadable_and_nothing_worse(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    assert read(Record("cancellation.commands", key, value, headers)) is None


@given(st.sampled_from(sorted(TYPES)), st.integers(0), st.integers(0, 255))
def test_a_sound_record_with_one_byte_changed_is_read_or_unreadable(name: str, where: int, byte: int) -> None:
    record = SAMPLES[name]
    value = bytearray(record.value or b"")
    value[where % len(value)] = byte
    read(record._replace(value=bytes(value)))


@pytest.mark.parametrize("name", sorted(TYPES))
def test_a_sound_record_with_any_one_value_out_of_all_bounds_is_read_or_unreadable(name: str) -> None:
    """What lies at the edge of a type: pydantic hands on every exception of a validator that is no `ValueError`."""
    record = SAMPLES[name]
    for path in leaves(json.loads(record.value or b"")):
        for extreme in EXTREMES:
            read(body(record, *path, value=extreme))


@given(st.sampled_from(sorted(TYPES)), st.lists(st.tuples(HEADER_NAMES, HEADER_VALUES), min_size=1, max_size=3))
def test_a_sound_record_with_strange_headers_added_is_read_or_unreadable(
    name: str, more: list[tuple[str, bytes]]
) -> None:
    record = SAMPLES[name]
    read(record._replace(headers=(*record.headers, *more)))


@given(st.binary(max_size=300))
def test_a_structured_event_of_random_bytes_is_unreadable(value: bytes) -> None:
    headers = (("content-type", STRUCTURED.encode()),)
    assert read(Record("cancellation.commands", b"k", value, headers)) is None


@given(st.dictionaries(st.sampled_from(ATTRIBUTES), JSON, min_size=1, max_size=4))
def test_a_structured_event_with_strange_attributes_is_read_or_unreadable(changes: dict[str, object]) -> None:
    read(structured(**changes))
