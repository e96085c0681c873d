"""A moment is a date, a time and an offset, a day is a date: a number, in quotes or not, is refused everywhere."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from contracts.carrier.operations import OPERATIONS
from contracts.messages import TYPES
from contracts.words import Day, Moment
from runtime.envelope import Record, Unreadable, decode
from tests.contracts.sound import record_of

NUMBERS = (0, -1, 1.5, 20270301, 1803859200, 1803859200000, 1e9)
IN_QUOTES = ("0", "-5", "+5", "20270301", "1803859200", "1803859200000", "1803859200.5", "1e9", "NaN", "")
ODD_MOMENTS: tuple[Any, ...] = (
    "2027-03-01",
    "2027-03-01T00:00:00",
    "20270301T000000Z",
    "2027-W09-1T00:00:00Z",
    "2027-02-29T00:00:00Z",
    "2027-03-01T24:00:00Z",
    "2027-03-01T00:00:60Z",
    "2027-03-01T00:00:00+24:00",
    "２０２７-03-01T00:00:00Z",
    " 2027-03-01T00:00:00Z",
    "2027-03-01T00:00:00Z\u200b",
    "2027-03-01T00:00:00 UTC",
    "9999-12-31T23:59:59-12:00",
    True,
    None,
    [],
)
ODD_DAYS: tuple[Any, ...] = (
    "2027-3-1",
    "20270301",
    "2027-W09-1",
    "2027-02-29",
    "2027-03-01T00:00:00Z",
    "２０２７-03-01",
    True,
    None,
    {},
)
SAME = (
    "2027-03-01T00:00:00Z",
    "2027-03-01t00:00:00z",
    "2027-03-01 00:00:00Z",
    "2027-03-01T00:00Z",
    "2027-03-01T08:00:00+08:00",
    "2027-03-01T08:00:00+0800",
    "2027-02-28T17:00:00.000000000-07:00",
)
STRICT = pytest.mark.parametrize("strict", [True, False])


@STRICT
@pytest.mark.parametrize("told", [*NUMBERS, *IN_QUOTES, *ODD_MOMENTS])
def test_what_is_no_moment_is_refused(told: Any, strict: bool) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Moment).validate_json(json.dumps(told), strict=strict)


@STRICT
@pytest.mark.parametrize("told", SAME)
def test_a_moment_is_read_as_iso_8601_writes_it(told: str, strict: bool) -> None:
    read = TypeAdapter(Moment).validate_json(json.dumps(told), strict=strict)
    assert (read, read.tzinfo) == (datetime(2027, 3, 1, tzinfo=UTC), UTC)


@STRICT
@pytest.mark.parametrize("told", [*NUMBERS, *IN_QUOTES, *ODD_DAYS])
def test_what_is_no_day_is_refused(told: Any, strict: bool) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_json(json.dumps(told), strict=strict)


@STRICT
def test_a_day_is_read_as_iso_8601_writes_it(strict: bool) -> None:
    assert TypeAdapter(Day).validate_json('"2027-03-01"', strict=strict) == date(2027, 3, 1)


def places(told: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where an example has a day or a moment."""
    if isinstance(told, dict | list):
        for name, each in told.items() if isinstance(told, dict) else enumerate(told):
            yield from places(each, (*way, name))
    elif isinstance(told, str) and told[4:8:3] == "--" and told[:4].isdigit():
        yield way


def with_another(told: Any, way: tuple[str | int, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(told))
    inner = changed
    for name in way[:-1]:
        inner = inner[name]
    inner[way[-1]] = value
    return changed


def told_by(record: Record) -> Any:
    return json.loads(record.value or b"")


TIMED = [(name, way) for name in sorted(TYPES) for way in places(told_by(record_of(name)))]


@pytest.mark.parametrize(("name", "way"), TIMED, ids=[f"{name} {'/'.join(map(str, way))}" for name, way in TIMED])
def test_no_message_takes_a_number_for_a_moment(name: str, way: tuple[str | int, ...]) -> None:
    sound = record_of(name)
    for number in (1803859200, "1803859200", "0"):
        changed = json.dumps(with_another(told_by(sound), way, number)).encode()
        with pytest.raises(Unreadable, match="/".join(map(str, way))) as no:
            decode(sound._replace(value=changed))
        assert no.value.code == "breaks-contract"


def models() -> Iterator[type[BaseModel]]:
    """Of all that comes from outside: what services hear, what a carrier answers, and all that is within these."""
    left: list[Any] = [*TYPES.values(), *(each.answer for each in OPERATIONS.values())]
    seen = set[type[BaseModel]]()
    while left:
        kind = left.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            seen.add(kind)
            yield kind
            left += [each.annotation for each in kind.model_fields.values()]
        left += getattr(kind, "__args__", ())


TIMES = [
    (kind, name, field)
    for kind in models()
    for name, field in kind.model_fields.items()
    if '"format": "date' in json.dumps(TypeAdapter(field.rebuild_annotation()).json_schema())
]


@pytest.mark.parametrize(("kind", "name", "field"), TIMES, ids=[f"{each[0].__name__}.{each[1]}" for each in TIMES])
def test_no_field_from_outside_reads_time_in_the_library_s_own_way(kind: Any, name: str, field: FieldInfo) -> None:
    for number in (*NUMBERS, *IN_QUOTES):
        with pytest.raises(ValidationError):
            TypeAdapter(field.rebuild_annotation()).validate_json(json.dumps(number))
