"""The promise of the kernel, at each point where a process can die, on both databases."""

from datetime import date, timedelta
from uuid import uuid5

import pytest
import sqlalchemy as sa
import structlog

from contracts.flow import TOPICS
from policies.editions import Edition, Editions
from policies.pack import load
from runtime import due
from runtime.arrivals import CallDone, Consumed, Outcome
from runtime.batch import LEASE, Batch, Conflict
from runtime.decision import Answered
from runtime.envelope import NAMESPACE, Record, decode
from runtime.kernel import Kernel
from runtime.settings import Settings
from runtime.store import ALARMS, CALLS, CASES, OUTBOX
from tests.kernel.conftest import Kernels
from tests.kernel.tally import LATER, NOW, REQUEST, Tally, ask, buggy, heard, hold, pay, withdraw

OTHER = str(uuid5(NAMESPACE, "another request"))
PACK = load("demo")
SINCE_MARCH = {"effective_from": date(2026, 3, 1)}


def step(kernel: Kernel, *arrivals: object, published: Outcome | None = None) -> Outcome:
    positions = [each.position for each in published.publish] if published else []
    return kernel.step(arrivals, positions, NOW)  # type: ignore[arg-type]


def case(kernel: Kernel) -> Tally:
    rows = kernel.store.read(sa.select(CASES.c.body).where(CASES.c.request_id == REQUEST))
    return Tally.model_validate_json(rows[0].body)


def policy(record: Record) -> str:
    return dict(record.headers)["ce_policyversion"].decode()


def ids(outcome: Outcome) -> list[str]:
    return [decode(each).id for each in said(outcome)]


def said(outcome: Outcome) -> list[Record]:
    """What others hear: without the journal."""
    return [each.record for each in outcome.publish if not each.record.topic.endswith(".journal")]


def test_the_same_message_again_changes_nothing_and_publishes_what_was_not_published_yet(kernel: Kernel) -> None:
    first = step(kernel, pay(1))
    again = step(kernel, pay(1))
    assert (again.handled, again.duplicates) == (0, 1)
    assert ids(again) == ids(first) and len(ids(first)) == 1
    assert case(kernel).heard == 1
    assert ids(step(kernel, pay(1), published=first)) == []


def test_two_copies_in_one_batch_are_one(kernel: Kernel) -> None:
    outcome = step(kernel, pay(1), pay(1), pay(2))
    assert (outcome.handled, outcome.duplicates, case(kernel).heard) == (2, 1, 2)


def test_what_was_left_unpublished_goes_out_before_what_comes_after_it(kernel: Kernel) -> None:
    first = step(kernel, pay(1))
    second = step(kernel, pay(2))
    assert ids(second)[:1] == ids(first) and len(ids(second)) == 2
    sequences = [dict(each.headers)["ce_sequence"] for each in said(second)]
    assert sequences == [b"1", b"2"]


def test_the_ids_of_events_are_derived_so_that_a_repeated_decision_repeats_them(
    kernel: Kernel, another: Kernels
) -> None:
    def refuse_to_commit(*_: object) -> None:
        raise RuntimeError("the power went off before the commit")

    dying = another()
    sa.event.listen(dying.store.engine, "commit", refuse_to_commit)
    with pytest.raises(RuntimeError):
        step(dying, pay(1))
    sa.event.remove(dying.store.engine, "commit", refuse_to_commit)
    assert len(ids(step(kernel, pay(1)))) == 1
    assert case(kernel).heard == 1


def test_a_worker_that_decided_on_an_old_case_is_refused_by_its_version(
    kernel: Kernel, another: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other worker's whole step happens between this one's reading and writing."""
    step(kernel, pay(1))
    late, rows = another("2"), Batch._write_cases

    def overtaken(batch: Batch) -> None:
        stale = [each for each in batch.cases.values() if each.changed]
        for each in stale:
            each.version -= 1
        rows(batch)

    monkeypatch.setattr(Batch, "_write_cases", overtaken)
    with pytest.raises(Conflict):
        step(late, pay(2))
    monkeypatch.undo()
    assert case(kernel).heard == 1
    step(late, pay(2))
    assert case(kernel).heard == 2


def test_a_decision_that_found_no_case_is_refused_when_one_was_made_meanwhile(
    kernel: Kernel, another: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would say its event without a number, although its service counts by now (simulation, seed 41)."""
    step(kernel, hold(1, REQUEST))
    late, load = another("2"), Batch._load

    def before_there_was_one(batch: Batch, request_ids: set[str]) -> None:
        load(batch, request_ids)
        batch.cases.pop(OTHER, None)

    step(kernel, pay(2, OTHER))
    monkeypatch.setattr(Batch, "_load", before_there_was_one)
    with pytest.raises(Conflict):
        step(late, hold(3, OTHER))
    monkeypatch.undo()
    (event,) = said(step(late, hold(3, OTHER)))[-1:]
    assert dict(event.headers)["ce_sequence"] == b"2"


POISON = Consumed(Record("cancellation.commands", b"k\xff", b"\x00 not json", [("ce_id", b"\xfe")]), 3, 14, 0, "g")


def test_a_record_that_breaks_the_contract_goes_untouched_to_the_dead_letters_once(kernel: Kernel) -> None:
    first = step(kernel, POISON, pay(1))
    (letter, event) = said(first)
    assert (letter.topic, letter.key, letter.value) == ("cancellation.intake.dead-letter", b"k\xff", b"\x00 not json")
    assert letter.headers[0] == ("ce_id", b"\xfe")
    why = dict(letter.headers[1:])
    assert (why["x-original-offset"], why["x-error-code"]) == (b"14", b"headers-not-utf8")
    assert event.topic == "cancellation.intake"
    again = step(kernel, POISON, published=first)
    assert (again.publish, again.dead_letters) == ([], 0)


def test_a_bug_in_a_decision_sets_aside_that_one_message_with_its_traceback(kernel: Kernel) -> None:
    outcome = step(kernel, buggy(1), pay(2))
    letter = outcome.publish[0].record
    assert b"ZeroDivisionError" in dict(letter.headers)["x-error-message"]
    assert (outcome.handled, outcome.dead_letters, case(kernel).heard) == (1, 1, 1)


def test_a_dead_letter_sent_again_is_decided_again_once_for_each_time(kernel: Kernel) -> None:
    step(kernel, pay(1))
    again = {"x_redrive_count": "1", "x_redrive_group": "tuiding-intake"}
    step(kernel, pay(1, **again))
    outcome = step(kernel, pay(1, **again))
    assert (outcome.duplicates, case(kernel).heard) == (1, 2)


def test_a_dead_letter_of_another_service_sent_again_is_not_decided_twice_here(kernel: Kernel) -> None:
    step(kernel, pay(1))
    outcome = step(kernel, pay(1, x_redrive_count="1", x_redrive_group="tuiding-notify"))
    assert (outcome.duplicates, case(kernel).heard) == (1, 1)


def test_what_two_services_could_not_read_is_decided_once_here_though_both_letters_are_redriven(kernel: Kernel) -> None:
    """Neither letter names a group: nobody had taken it in (services/console/dead_letters.py)."""
    outcome = step(kernel, pay(1, x_redrive_count="1"))
    assert outcome.handled == 1
    assert step(kernel, pay(1, x_redrive_count="2"), published=outcome).duplicates == 1


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
    answer = Answered.model_construct(
        request_id=REQUEST, operation="look-up", ask=call.call.ask, note=call.call.note, answer=None
    )
    assert step(kernel, CallDone(call, answer)).handled == 1
    assert step(kernel, CallDone(call, answer)).duplicates == 1
    assert kernel.store.read(sa.select(CALLS)) == []


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


def test_what_is_published_is_forgotten_by_the_next_transaction(kernel: Kernel) -> None:
    step(kernel, published=step(kernel, pay(1)))
    assert kernel.store.read(sa.select(OUTBOX)) == []


def test_a_name_is_held_by_one_open_request_and_free_again_after_it(kernel: Kernel) -> None:
    step(kernel, hold(1, REQUEST))
    refused = step(kernel, hold(2, OTHER))
    assert decode(refused.publish[0].record).message.joined == REQUEST  # type: ignore[attr-defined]
    assert said(step(kernel, hold(3, REQUEST, "let-go"), hold(4, OTHER), published=refused)) == []


def test_old_inbox_rows_and_closed_cases_are_pruned_and_open_ones_stay(kernel: Kernel) -> None:
    step(kernel, pay(1))
    due.prune(kernel.store, NOW + timedelta(days=100), timedelta(days=90))
    assert case(kernel).heard == 1
    assert step(kernel, pay(1)).handled == 1, "its id is forgotten by now"


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


def test_the_inbox_remembers_longer_than_any_topic_can_be_read_again() -> None:
    """Kafka forgets by the segment, which is closed after a week: a record may lie there a week and more too long."""
    slack = timedelta(days=2 * 7)
    for topic in TOPICS:
        kept = timedelta(milliseconds=int(topic.config["retention.ms"]))
        assert timedelta(days=Settings().keep_days) > kept + slack, topic.name


@pytest.mark.parametrize("table", ["cases", "calls"])
def test_a_store_of_an_earlier_version_gets_the_columns_it_lacks(another: Kernels, table: str) -> None:
    first = another()
    first.step([pay(1), ask(2)], (), NOW)
    with first.store.transaction() as tx:
        tx.execute(sa.text(f"alter table {table} drop column policy"))
    again = another()
    again.step([pay(3)], (), NOW)
    assert case(again).heard == 2
    assert {row.policy for row in again.store.read(sa.text(f"select policy from {table}"))} <= {"", PACK.id}


def test_a_request_is_decided_under_the_edition_it_began_under_and_so_is_what_it_asked(kernel: Kernel) -> None:
    later = PACK.model_copy(update={"version": "later", "effective_from": date(2026, 3, 11)})
    kernel.editions = Editions([Edition("demo", PACK), Edition("demo-later", later)])
    step(kernel, pay(1))
    (call,) = step(kernel, ask(2)).calls
    tomorrow = NOW + timedelta(days=1)
    answered = CallDone(
        call, Answered(request_id=REQUEST, operation="look-up", ask=call.call.ask, note="n", answer=None)
    )
    heard_now = said(kernel.step([pay(3), answered, pay(4, request_id=OTHER)], (), tomorrow))[-3:]
    assert [policy(each) for each in heard_now] == [PACK.id, PACK.id, later.id]


def test_a_message_of_another_service_brings_its_edition_and_a_channel_cannot(kernel: Kernel) -> None:
    first = PACK.model_copy(update={"version": "first"})
    kernel.editions = Editions([Edition("demo", first), Edition("demo-now", PACK.model_copy(update=SINCE_MARCH))])
    heard_now = said(step(kernel, pay(1, ce_policyversion=first.id), heard(2, OTHER, first.id)))
    assert [policy(each) for each in heard_now] == [PACK.id, first.id]


def test_an_edition_nobody_has_any_more_is_replaced_by_the_one_in_force_and_told_once(kernel: Kernel) -> None:
    with structlog.testing.capture_logs() as logs:
        heard_now = said(step(kernel, heard(1, REQUEST, "demo@gone+0"), heard(2, REQUEST, "demo@gone+0")))
    assert [policy(each) for each in heard_now] == [PACK.id, PACK.id]
    assert [(each["edition"], each["instead"]) for each in logs] == [("demo@gone+0", PACK.id)]
