"""The promise of the kernel, at each point where a process can die, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from contracts.flow import TOPICS
from runtime.envelope import decode
from runtime.kernel import due
from runtime.kernel.batch import Batch
from runtime.kernel.cases import Conflict
from runtime.kernel.dead_letters import HOME
from runtime.kernel.kernel import Kernel
from runtime.kernel.tables import CASES, OUTBOX
from runtime.settings import Settings
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, PACK, case, ids, said, step
from tests.kernel.tally import NOW, POISON, REQUEST, ask, buggy, hold, pay, withdraw


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


def test_what_was_left_unpublished_goes_out_before_what_comes_after_it(kernel: Kernel, another: Kernels) -> None:
    first = step(kernel, pay(1))
    second = step(another("2"), pay(2))
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


@pytest.mark.parametrize("times", [1, 3])
def test_a_case_that_went_meanwhile_is_not_brought_back_by_a_worker_that_remembers_it(
    kernel: Kernel, another: Kernels, times: int
) -> None:
    """Erased, or pruned after its time, by another worker: what comes now is decided as if there had never been one."""
    for number in range(times):
        step(kernel, pay(number))
    with another("2").store.transaction() as tx:
        tx.execute(sa.delete(CASES))
    with pytest.raises(Conflict):
        step(kernel, pay(10))
    step(kernel, pay(10))
    assert case(kernel).heard == 1
    step(kernel, pay(11), pay(12))
    assert case(kernel).heard == 3


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
    why = dict(letter.headers)["x-error-message"]
    assert (
        b"ZeroDivisionError" in why and b'File "' in why and HOME.encode() not in why
    )  # nor does it say on which disk
    assert (outcome.handled, outcome.dead_letters, case(kernel).heard) == (1, 1, 1)


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


def test_what_was_sent_again_is_remembered_from_then_on(kernel: Kernel) -> None:
    """Seed 603603: a letter redriven late lay on its topic when the inbox had forgotten that it was decided."""
    step(kernel, pay(1))
    assert kernel.step([pay(1)], [], NOW + timedelta(days=60)).duplicates == 1
    due.prune(kernel.store, NOW + timedelta(days=100), timedelta(days=90))
    assert kernel.step([pay(1)], [], NOW + timedelta(days=100)).duplicates == 1
    due.prune(kernel.store, NOW + timedelta(days=191), timedelta(days=90))
    assert kernel.step([pay(1)], [], NOW + timedelta(days=191)).handled == 1


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


def test_a_case_from_memory_is_decided_again_when_another_worker_changed_it(kernel: Kernel, another: Kernels) -> None:
    step(kernel, pay(1))
    step(another("2"), pay(2))
    with pytest.raises(Conflict):
        step(kernel, pay(3))
    step(kernel, pay(3))
    assert case(kernel).heard == 3


def test_what_is_left_alone_for_a_case_from_memory_is_checked_too(kernel: Kernel, another: Kernels) -> None:
    """Also that there was none: or it would be decided on a view of long ago."""
    step(kernel, withdraw(1))
    step(another("2"), pay(2))
    with pytest.raises(Conflict):
        step(kernel, withdraw(3))


def test_partitions_that_come_bring_cases_that_others_may_have_changed(kernel: Kernel, another: Kernels) -> None:
    step(kernel, pay(1))
    left = step(another("2"), pay(2))
    kernel.partitions_came()
    assert ids(step(kernel, pay(3)))[:2] == ids(left), "what others left behind goes out first"
