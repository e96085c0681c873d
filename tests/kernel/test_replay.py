"""Whatever a kernel did can be done again from what it published, and what could not have been is found."""

from collections import defaultdict
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from contracts.journal import JOURNAL, Transaction
from policies.editions import of
from policies.pack import load
from runtime.envelope import Record
from runtime.kernel import due, journal
from runtime.kernel.arrivals import Arrival, CallDone, Consumed, Outgoing
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store
from runtime.kernel.tables import CASES, OUTBOX
from runtime.replay.archive import Archive
from runtime.replay.rebuilt import Look, look
from runtime.replay.replay import Astray, Replay
from tests.kernel.steps import OTHER, said
from tests.kernel.tally import LATER, NOW, POISON, REQUEST, WIRING, Tally, ask, buggy, hold, pay, withdraw


class Played:
    """A kernel with a log: everything that arrived and all that it published, each at its place."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.read: list[Consumed] = []
        self.published: dict[str, list[Record]] = defaultdict(list)

    def step(self, *arrivals: Arrival, twice: bool = False, late: bool = False) -> Kernel:
        self.read += [each for each in arrivals if isinstance(each, Consumed)]
        outcome = self.kernel.step(arrivals, (), LATER if late else NOW)
        self.kernel.step((), [each.position for each in outcome.publish], NOW)
        for each in outcome.publish * (2 if twice else 1):
            self.published[each.record.topic].append(each.record)
        return self.kernel

    def archive(self) -> Archive:
        made = Archive()
        made.put(self.read)
        for records in self.published.values():
            made.put(Consumed(each, 0, at, 0, "") for at, each in enumerate(reversed(records)))
        return made


@pytest.fixture
def played(kernel: Kernel) -> Played:
    """Every kind of input: records, copies, poison, a bug, an answer, a refusal, an alarm, a name that was taken."""
    played = Played(kernel)
    played.step(pay(1), pay(2), pay(1))
    played.step(withdraw(3), POISON, buggy(4), twice=True)
    for number in (5, 6):
        played.step(ask(number))
    for turn, call in enumerate(due.take_calls(kernel.store, "1", LATER, 10)):
        played.step(CallDone(call, call.refused("unknown", "nobody") if turn else call.answered(None)))
    played.step(pay(7))
    played.step(*due.due_alarms(kernel.store, LATER, 10), late=True)
    played.step(hold(8, REQUEST))
    played.step(hold(9, OTHER))
    return played


@pytest.fixture
def fresh() -> Iterator[Store]:
    store = Store("memory:", "intake")
    yield store
    store.close()


def compared(played: Played, fresh: Store, archive: Archive | None = None) -> Look:
    replay, astray = Replay(WIRING, archive or played.archive(), fresh, lambda _: of(load("demo"))), None
    try:
        list(replay.run())
    except Astray as error:
        astray = error
    with played.kernel.store.engine.connect().execution_options(reading=True) as live:
        return look(replay, live, 0, astray)


def sentences(seen: Look) -> list[str]:
    return sorted(each.sentence for each in seen.found)


def test_everything_is_rebuilt_whatever_order_it_was_published_in(played: Played, fresh: Store) -> None:
    seen = compared(played, fresh)
    assert (sentences(seen), seen.rows, seen.behind) == ([], 1, 0)
    assert seen.steps == 10
    assert fresh.read(sa.select(OUTBOX)) == []


def test_a_message_that_changes_nothing_leaves_no_line_and_a_batch_leaves_one_record(kernel: Kernel) -> None:
    first = [each.record for each in kernel.step([pay(1), pay(2), pay(1)], (), NOW).publish]
    (written,) = [each for each in first if each.topic == "cancellation.intake.journal"]
    headers = dict(written.headers)
    assert headers[journal.FORM] == JOURNAL.encode() and int(headers[journal.POSITION]) > 0
    transaction = Transaction.model_validate_json(written.value or b"")
    assert (transaction.now, transaction.pack) == (NOW, load("demo").id)
    assert [each.offset for each in transaction.inputs if each.kind == "record"] == [1, 2]
    kernel.step((), range(100), NOW)
    assert kernel.step([pay(1)], (), NOW).publish == []


def test_a_long_transaction_is_written_in_parts_and_read_as_one(
    played: Played, fresh: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "LARGEST_PART_BYTES", 150)
    played.step(*(pay(number) for number in range(20, 30)))
    records = played.published["cancellation.intake.journal"]
    assert max(Transaction.model_validate_json(each.value or b"").parts for each in records) > 4
    assert sentences(compared(played, fresh)) == []
    lost = next(at for at, each in enumerate(records) if b'"part":3,' in (each.value or b""))
    del records[lost]
    assert sentences(compared(played, Store("memory:", "intake")))[0].startswith("a part of the transaction at ")


def test_transactions_that_went_out_together_are_read_like_those_that_went_alone(played: Played, fresh: Store) -> None:
    topic = "cancellation.intake.journal"
    rows = [Outgoing(int(dict(each.headers)[journal.POSITION]), each) for each in played.published[topic]]
    (together,) = journal.bound(rows)
    told = Transaction.model_validate_json(together.value or b"")
    assert len(told.more) == len(rows) - 1
    played.published[topic] = [together, *played.published[topic][:3]]
    assert sentences(compared(played, fresh)) == []


def test_what_goes_out_together_stays_small_enough_for_every_broker(
    played: Played, fresh: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = "cancellation.intake.journal"
    rows = [Outgoing(int(dict(each.headers)[journal.POSITION]), each) for each in played.published[topic]]
    monkeypatch.setattr(journal, "LARGEST_PART_BYTES", 600)
    records = list(journal.bound(rows))
    assert 1 < len(records) < len(rows)
    played.published[topic] = records
    assert sentences(compared(played, fresh)) == []


def test_a_transaction_that_was_lost_is_found(played: Played, fresh: Store) -> None:
    del played.published["cancellation.intake.journal"][0]
    told = sentences(compared(played, fresh))
    assert any(each.startswith(f"cases {REQUEST}: ") for each in told)
    assert sum(each.startswith("events ") and each.endswith("only in the live store") for each in told) > 1


def test_a_record_that_is_gone_is_named(played: Played, fresh: Store) -> None:
    played.read = [each for each in played.read if each.offset != 7]
    (told,) = sentences(compared(played, fresh))
    assert told.endswith("cancellation.commands[0]@7 is not there")


def test_a_case_that_was_changed_is_named_with_what_it_was(played: Played, fresh: Store) -> None:
    with played.kernel.store.transaction() as tx:
        tx.execute(sa.update(CASES).values(version=CASES.c.version + 1))
    (told,) = sentences(compared(played, fresh))
    assert told.startswith(f"cases {REQUEST}: version is '")


def test_a_case_written_by_a_release_that_left_nothing_out_is_the_same_case(played: Played, fresh: Store) -> None:
    with played.kernel.store.transaction() as tx:
        (body,) = tx.execute(sa.select(CASES.c.body)).scalars()
        in_full = Tally.model_validate_json(body).model_dump_json()
        assert in_full != body
        tx.execute(sa.update(CASES).values(body=in_full))
    assert sentences(compared(played, fresh)) == []


def test_an_event_nobody_decided_and_one_that_was_never_said_are_found(played: Played, fresh: Store) -> None:
    events = played.published["cancellation.intake"]
    gone = dict(events[0].headers)["ce_id"].decode()
    forged = [(name, b"0" * 36 if name == "ce_id" else value) for name, value in events[1].headers]
    events[0] = events[1]._replace(headers=forged)
    assert sentences(compared(played, fresh)) == [
        f"events {'0' * 36} is only in the live store",
        f"events {gone} is only in the rebuilt store",
    ]
    (left,) = [row.headers for row in fresh.read(sa.select(OUTBOX))]
    assert gone.encode() in left, "whoever takes the rebuilt store over says it"


def test_a_transaction_not_published_yet_is_known_to_be_under_way(played: Played, fresh: Store) -> None:
    played.read.append(pay(50))
    outcome = played.kernel.step([pay(50)], (), NOW)
    assert len(said(outcome)) == 1
    seen = compared(played, fresh)
    assert seen.behind == 1 and seen.found


def test_records_come_in_the_order_of_their_partition_whatever_the_clocks_said() -> None:
    """A record sent again after its topic was away may carry an earlier time than the copy before it."""
    archive = Archive()
    times = {("t", 0): 200, ("t", 1): 100, ("u", 0): 150, ("u", 1): 250}
    archive.put(Consumed(Record(topic, b"k", b"v", ()), 0, at, ms, "") for (topic, at), ms in times.items())
    read = [(each.record.topic, each.offset) for each in archive.in_time(["t", "u"], "g")]
    assert read == [("u", 0), ("t", 0), ("t", 1), ("u", 1)]
