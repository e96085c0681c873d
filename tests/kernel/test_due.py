"""What time brings, on both databases: alarms, calls to make again, records a dead worker left unpublished."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from runtime.kernel import due
from runtime.kernel.arrivals import CallDone
from runtime.kernel.batch import LEASE
from runtime.kernel.kernel import Kernel
from runtime.kernel.tables import ALARMS, CALLS
from runtime.settings import Settings
from tests.kernel.conftest import Kernels
from tests.kernel.steps import case, step
from tests.kernel.tally import LATER, NOW, ask, pay, withdraw


def test_an_alarm_rings_once_and_not_before_its_time(kernel: Kernel, another: Kernels) -> None:
    assert step(kernel, pay(1)).next_due == LATER
    assert due.due_alarms(kernel.store, LATER - timedelta(microseconds=1), 10) == []
    (alarm,) = due.due_alarms(kernel.store, LATER, 10)
    twin = another("2")
    assert (step(kernel, alarm).handled, step(twin, alarm).duplicates) == (1, 1)
    assert case(kernel).rung == 1


def test_an_alarm_set_anew_for_the_same_moment_is_another_one_and_rings_for_what_set_it(kernel: Kernel) -> None:
    """One worker has read it when another's decision moves it to where it was (chaos seed 70502, I12)."""
    step(kernel, pay(1))
    (old,) = due.due_alarms(kernel.store, LATER, 10)
    step(kernel, pay(2))
    stale = step(kernel, old)
    assert (stale.handled, stale.duplicates, stale.next_due) == (0, 1, LATER)
    (new,) = due.due_alarms(kernel.store, LATER, 10)
    assert new.cause != old.cause
    assert (step(kernel, new).handled, case(kernel).rung) == (1, 1)


def test_an_alarm_cancelled_in_the_very_batch_in_which_it_rings_stays_silent(kernel: Kernel) -> None:
    step(kernel, pay(1))
    (alarm,) = due.due_alarms(kernel.store, LATER, 10)
    step(kernel, withdraw(2), alarm)
    assert case(kernel).rung == 0
    assert kernel.store.read(sa.select(ALARMS)) == []


def test_an_alarm_that_was_cancelled_is_gone(kernel: Kernel) -> None:
    step(kernel, pay(1))
    (alarm,) = due.due_alarms(kernel.store, LATER, 10)
    step(kernel, withdraw(2))
    assert step(kernel, alarm).duplicates == 1


def test_a_call_is_stored_with_the_decision_and_its_answer_counts_once(kernel: Kernel) -> None:
    (call,) = step(kernel, ask(1)).calls
    answer = call.answered(None)
    assert step(kernel, CallDone(call, answer)).handled == 1
    assert step(kernel, CallDone(call, answer)).duplicates == 1
    assert kernel.store.read(sa.select(CALLS)) == []


@pytest.mark.parametrize(
    "at", [NOW, NOW + LEASE, LATER, NOW - 2 * due.AHEAD], ids=["at once", "lease", "alarm", "back"]
)
def test_one_look_tells_what_there_is_to_look_for(kernel: Kernel, at: datetime) -> None:
    """`NOW - 2 * AHEAD`: the clock was set back."""
    assert due.to_do(kernel.store, at) == (False, False, None)
    step(kernel, pay(1), ask(2))
    told = due.to_do(kernel.store, at)
    assert told.next_alarm == due.next_alarm(kernel.store) == LATER
    assert told.left == bool(due.left_unpublished(kernel.store, at, 10, ()))
    assert told.calls == bool(due.take_calls(kernel.store, "2", at, 10))


def test_a_call_whose_worker_died_is_taken_over_after_its_lease_under_the_same_key(
    kernel: Kernel, another: Kernels
) -> None:
    (call,) = step(kernel, ask(1)).calls
    other = another("2")
    assert due.take_calls(other.store, "2", NOW + LEASE - timedelta(seconds=1), 10) == []
    (taken,) = due.take_calls(other.store, "2", NOW + LEASE, 10)
    assert (taken.key, taken.call) == (call.key, call.call)
    assert due.take_calls(kernel.store, "1", NOW + LEASE, 10) == []


def test_a_restarted_worker_takes_up_its_own_calls_at_once(kernel: Kernel) -> None:
    step(kernel, ask(1))
    due.take_over_own_calls(kernel.store, "1", NOW)
    assert len(due.take_calls(kernel.store, "1", NOW, 10)) == 1


def test_two_machines_of_one_name_keep_each_others_calls_and_each_comes_back_to_its_own(
    another: Kernels, tmp_path: Path
) -> None:
    """Containers that somebody gave one name, say; each has a folder, and all of them one database."""

    def name(folder: str) -> str:
        ours = Settings(worker="", port=0, port_shift=0, database="postgresql://one", data=str(tmp_path / folder))
        return ours.as_worker_of("review").worker

    east, west = name("east"), name("west")
    assert east != west and (name("east"), name("west")) == (east, west)
    step(another(east), ask(1))
    twin = another(west).store
    due.take_over_own_calls(twin, west, NOW)
    assert due.take_calls(twin, west, NOW, 10) == []
    again = another(name("east")).store
    due.take_over_own_calls(again, east, NOW)
    assert len(due.take_calls(again, east, NOW, 10)) == 1


def test_a_postponed_call_comes_back_when_its_time_has_come(kernel: Kernel) -> None:
    (call,) = step(kernel, ask(1)).calls
    due.postpone(kernel.store, call, NOW + timedelta(seconds=5), "HTTP 503")
    assert due.take_calls(kernel.store, "1", NOW + timedelta(seconds=4), 10) == []
    (again,) = due.take_calls(kernel.store, "1", NOW + timedelta(seconds=5), 10)
    assert (again.attempt, again.key) == (1, call.key)


def test_what_a_dead_worker_left_unpublished_is_found(kernel: Kernel, another: Kernels) -> None:
    outcome = step(kernel, pay(1))
    other = another("2").store
    assert due.left_unpublished(other, NOW + due.ABANDONED - timedelta(seconds=1), 10, []) == []
    left = due.left_unpublished(other, NOW + due.ABANDONED, 10, [])
    assert [each.record.value for each in left] == [each.record.value for each in outcome.publish]
    assert [name for name, _ in left[0].record.headers] == [name for name, _ in outcome.publish[0].record.headers]


def test_what_a_worker_whose_clock_is_slow_said_last_is_not_found_before_what_was_said_first(
    kernel: Kernel, another: Kernels
) -> None:
    """Seed 303334: by its time the later record was the older one, and it overtook one the broker would not take."""
    first = step(kernel, pay(1)).publish
    twin = another("2")
    slow = twin.step([pay(2)], [], NOW - timedelta(minutes=30))
    assert due.left_unpublished(twin.store, NOW, 10, []) == []
    left = due.left_unpublished(twin.store, NOW + due.ABANDONED, 10, [])
    assert [each.position for each in left] == sorted(each.position for each in slow.publish)
    known = [each.position for each in first]
    behind = due.left_unpublished(twin.store, NOW, 10, known)
    assert [each.position for each in behind] == [each.position for each in slow.publish if each.position not in known]


def test_calls_and_records_do_not_wait_out_an_hour_by_which_the_clock_was_set_back(
    kernel: Kernel, another: Kernels
) -> None:
    outcome = step(kernel, ask(1), pay(2))
    before = NOW - timedelta(hours=1)
    assert [each.id for each in due.take_calls(another("2").store, "2", before, 10)] == [outcome.calls[0].id]
    assert due.take_calls(another("3").store, "3", before, 10) == [], "it has a lease again"
    left = due.left_unpublished(kernel.store, before, 10, ())
    assert [each.position for each in left] == [each.position for each in outcome.publish]
    assert due.due_alarms(kernel.store, before, 10) == [], "an alarm is never early"
