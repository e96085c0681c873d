"""A clock that is wrong: found at the start against the database, and while running against what the kernel counts."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from runtime.kernel.store import Store
from runtime.worker.clock import Clock, why_wrong
from runtime.worker.giving_up import GaveUp

START = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(("hours", "told"), [(0, ""), (1, "is +3600 s off"), (-1, "is -3600 s off")])
def test_a_worker_whose_clock_is_not_the_databases_is_told_what_to_do(
    fresh_postgresql_url: str, hours: int, told: str
) -> None:
    store = Store(fresh_postgresql_url, "intake")
    why = why_wrong(store, lambda: datetime.now(UTC) + timedelta(hours=hours))
    store.close()
    assert told in why and bool(why) == bool(told)
    assert not why or "NTP" in why


def test_a_file_of_this_machine_has_no_clock_of_its_own() -> None:
    store = Store("memory:", "intake")
    assert why_wrong(store, lambda: START) == ""
    store.close()


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_nothing_is_decided_by_a_clock_that_has_jumped(seconds: int) -> None:
    jumped, counted = timedelta(0), 100.0
    clock = Clock(lambda: START + timedelta(seconds=counted) + jumped, lambda: counted)
    counted = 5000.0
    assert clock() == START + timedelta(seconds=5000), "that time passes is no jump"
    jumped = timedelta(seconds=seconds)
    with pytest.raises(GaveUp, match=re.escape(f"has jumped by {seconds:+d} s: let it be set by NTP")):
        clock()
