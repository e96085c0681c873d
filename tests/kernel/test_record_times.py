"""Whoever publishes a record sets its times; a reader counts with them all the same, in every zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from runtime.kafka.record_times import FIRST, LAST, asked_from, broker_time, said_at

BROKER = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
BROKER_MS = int(BROKER.timestamp()) * 1000
LONGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-09T08:00:00.123456+08:00", datetime(2026, 3, 9, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-09T08:00:00", BROKER),
        ("yesterday", BROKER),
        ("", BROKER),
        ("9999-12-31T23:59:59Z", BROKER),
        ("9999-12-31T23:59:59-12:00", BROKER),
        ("0001-01-01T00:00:00+14:00", BROKER),
        ("1970-01-01T00:00:00Z", BROKER),
    ],
)
def test_an_event_says_when_it_was_said_and_the_broker_where_it_does_not(text: str, said: datetime) -> None:
    assert said_at(text, BROKER_MS) == said


@pytest.mark.parametrize(
    ("timestamp_ms", "at"), [(BROKER_MS, BROKER), (-1, FIRST), (0, FIRST), (-LONGEST, FIRST), (LONGEST, LAST)]
)
def test_a_time_stamp_of_another_age_is_the_nearest_moment_there_is(timestamp_ms: int, at: datetime) -> None:
    assert broker_time(timestamp_ms) == at
    assert said_at("", timestamp_ms).astimezone(ZoneInfo("Pacific/Kiritimati")) == at


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        (BROKER, BROKER_MS),
        (datetime(1970, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai")), 0),
        (datetime.fromisoformat("1969-12-31T23:00"), 0),
        (datetime.fromisoformat("0001-01-01"), 0),
        (datetime(1, 1, 1, tzinfo=ZoneInfo("Pacific/Kiritimati")), 0),
        (datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC), 1_000),
        (datetime.fromisoformat("9999-12-31T23:59"), int(LAST.timestamp()) * 1000),
        (datetime(9999, 12, 31, 23, 59, tzinfo=ZoneInfo("Pacific/Honolulu")), int(LAST.timestamp()) * 1000),
    ],
)
def test_a_broker_is_asked_for_the_nearest_time_that_it_knows(typed: datetime, asked: int) -> None:
    assert asked_from(typed) == asked
