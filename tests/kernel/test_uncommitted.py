"""How long records stand uncommitted behind an open transaction: one table, with clocks that are wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from runtime.envelope import Record
from runtime.kafka.lag import Lag
from runtime.kafka.record_times import Looks
from runtime.kafka.uncommitted import ONE_LOOK, held_back, uncommitted
from runtime.kernel.arrivals import Consumed

NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
TOPIC = "cancellation.commands.app"
HANGING = Lag(TOPIC, 2, "tuiding-intake", 7, 7, 12)  # all that may be read is read, and five more lie there
IN_STEP = Lag(TOPIC, 1, "tuiding-intake", 9, 9, 9)
OLDER = Lag(TOPIC, 3, "tuiding-intake", 0, 4, 5)
SEEN: Looks = ((0.0, {(TOPIC, 2): 7}), (10.0, {(TOPIC, 2): 12}), (40.0, {(TOPIC, 2): 12}))


def first(seconds_ago: float, source: bytes | None = b"/channels/app", offset: int = 7) -> Consumed:
    stamp = round((NOW - timedelta(seconds=seconds_ago)).timestamp() * 1000)
    return Consumed(Record(TOPIC, b"k", b"v", [("ce_source", source)] if source else []), 2, offset, stamp, "")


def test_a_partition_in_step_holds_nobody_back_and_several_readers_wait_at_one_place() -> None:
    assert held_back([IN_STEP, HANGING, HANGING._replace(group="tuiding-console")]) == {(TOPIC, 2): 7}
    assert uncommitted([IN_STEP], {}, ONE_LOOK, NOW) == []
    (found,) = uncommitted([HANGING, HANGING._replace(group="tuiding-console")], {}, ONE_LOOK, NOW)
    assert (found.topic, found.partition, found.offset, found.records) == (TOPIC, 2, 7, 5)
    assert (found.seconds, found.hangs, found.source) == (0.0, False, ""), "nobody could say yet how long"


@pytest.mark.parametrize(("seconds", "hangs"), [(0, False), (29, False), (30, True), (900, True)])
def test_it_is_as_long_as_its_first_record_lies_there(seconds: float, hangs: bool) -> None:
    (found,) = uncommitted([HANGING], {(TOPIC, 2, 7): first(seconds)}, ONE_LOOK, NOW)
    assert (found.seconds, found.since, found.hangs) == (seconds, NOW - timedelta(seconds=seconds), hangs)
    assert found.source == "/channels/app"


@pytest.mark.parametrize(("stamped", "counted"), [(35, 35), (-3600, 30), (50 * 365 * 86_400, 40)])
def test_a_publishers_clock_counts_as_far_as_we_have_not_seen_otherwise(stamped: float, counted: float) -> None:
    (found,) = uncommitted([HANGING], {(TOPIC, 2, 7): first(stamped)}, SEEN, NOW)
    assert found.seconds == counted


@pytest.mark.parametrize("source", [None, b"\x1b[2J", b"/channels/" + b"x" * 500, b"+86 138 1234 5678", b"\xff", b""])
def test_a_source_that_is_no_name_of_ours_is_not_shown(source: bytes | None) -> None:
    (found,) = uncommitted([HANGING], {(TOPIC, 2, 7): first(60, source)}, ONE_LOOK, NOW)
    assert (found.source, found.hangs) == ("", True)


def test_the_one_that_has_stood_longest_comes_first() -> None:
    firsts = {(TOPIC, 2, 7): first(10), (TOPIC, 3, 4): first(50, offset=4)}
    assert [each.partition for each in uncommitted([HANGING, OLDER], firsts, ONE_LOOK, NOW)] == [3, 2]
