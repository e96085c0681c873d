"""A database that came back from an older backup is not worked on: the group says how far it had got."""

import asyncio
import itertools
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runtime.kernel.backup import put_back, take
from runtime.kernel.cases import Conflict
from runtime.kernel.kernel import Kernel
from runtime.kernel.reached import Mark, Reached, WentBack, last_position, mark
from runtime.kernel.store import ticks
from runtime.kernel.tables import INBOX, METADATA, OUTBOX
from runtime.settings import Settings
from runtime.worker.engine import Engine
from runtime.worker.giving_up import Older
from runtime.worker.same_store import partitions_come
from runtime.worker.telemetry import Meters
from tests.kernel.conftest import Kernels
from tests.kernel.steps import OTHER, arrived, step
from tests.kernel.tally import NOW, pay, withdraw
from tests.kernel.test_engine import Broker, nobody, running, until


def published(kernel: Kernel, *numbers: int) -> None:
    """Decided, and on the journal."""
    outcome = step(kernel, *map(pay, numbers))
    kernel.reached.published([each for each in outcome.publish if each.record.topic.endswith(".journal")])


def brought_back(kernel: Kernel, folder: Path, database: str) -> None:
    """What `tuiding database restore` does, with what `backed_up` has taken, under whoever still works there."""
    with kernel.store.transaction() as tx:
        METADATA.drop_all(tx)
    with sa.create_engine(f"sqlite:///{folder}/intake.db").connect() as saved:
        put_back(saved, "intake", database)


def backed_up(kernel: Kernel, folder: Path) -> None:
    folder.mkdir()
    with kernel.store.engine.connect() as live:
        take(live, "intake", folder)


def went_back(kernel: Kernel, folder: Path, database: str) -> str:
    """Two decisions, of which the backup that is brought back knows one; returns what the group says."""
    published(kernel, 1)
    backed_up(kernel, folder)
    published(kernel, 2)
    told = str(kernel.reached.mark)
    kernel.store.close()
    brought_back(kernel, folder, database)
    return told


def inbox(kernel: Kernel) -> int:
    return int(kernel.store.read(sa.select(sa.func.count()).select_from(INBOX))[0][0])


def test_the_same_store_goes_on_under_another_worker_and_what_the_group_says(kernel: Kernel, another: Kernels) -> None:
    published(kernel, 1)
    published(kernel, 2)
    two = another("2")
    partitions_come(two)([str(kernel.reached.mark), "", "what Kafka's own tools say"])
    assert step(two, pay(3)).handled == 1


def test_one_from_before_is_refused_before_anything_is_decided(
    kernel: Kernel, another: Kernels, tmp_path: Path, database: str
) -> None:
    told = went_back(kernel, tmp_path / "backup", database)
    two = another("2")
    partitions_come(two)([told])
    with pytest.raises(WentBack, match=r"docs/runbooks/restore.md .* stands at 2 .* had reached 4 "):
        step(two, pay(3))
    with pytest.raises(WentBack):  # also when it is asked again
        step(two, pay(3))
    assert inbox(two) == 1


def test_under_the_hands_of_who_works_on_it_no_position_is_given_twice(
    kernel: Kernel, tmp_path: Path, database: str
) -> None:
    went_back(kernel, tmp_path / "backup", database)
    with pytest.raises(Conflict):  # of the case that it remembers
        step(kernel, pay(3))
    with pytest.raises(WentBack):
        step(kernel, pay(3))
    kernel.reached.proven = True  # as if nothing had been noticed
    with pytest.raises(WentBack):
        step(kernel, pay(3, OTHER))
    assert inbox(kernel) == 1


def test_where_it_stood_outlives_a_restore_in_which_nothing_was_decided(
    kernel: Kernel, tmp_path: Path, database: str
) -> None:
    published(kernel, 1)
    backed_up(kernel, tmp_path / "backup")
    kernel.store.close()
    brought_back(kernel, tmp_path / "backup", database)
    with kernel.store.transaction() as tx:
        assert last_position(tx) == kernel.reached.mark.position


def test_positions_left_out_by_a_crash_hide_nothing(kernel: Kernel, another: Kernels) -> None:
    """PostgreSQL writes its sequences down 32 ahead: a standby that was behind goes on at a higher one."""
    published(kernel, 1)
    behind = another("2")
    with kernel.store.transaction() as tx:
        ahead = last_position(tx) + 32
    later = ticks(NOW + timedelta(seconds=5))
    partitions_come(behind)([str(Mark(ahead - 1, later))])
    with kernel.store.transaction() as tx:
        tx.execute(sa.insert(OUTBOX).values(position=ahead, request_id="", topic="", headers=b"[]", at=0))
        if kernel.store.dialect == "postgresql":
            tx.execute(sa.text(f"select setval(pg_get_serial_sequence('outbox', 'position'), {ahead})"))
    with pytest.raises(WentBack):
        step(behind, pay(2))


def test_an_inbox_that_was_forgotten_with_its_time_is_no_older_one(kernel: Kernel, another: Kernels) -> None:
    published(kernel, 1)
    with kernel.store.transaction() as tx:
        tx.execute(sa.delete(INBOX))
    two = another("2")
    partitions_come(two)([str(kernel.reached.mark)])
    assert step(two, pay(2)).handled == 1


def test_after_an_outage_it_is_asked_whether_it_is_the_same(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    published(kernel, 1)
    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(kernel.sql, "inbox", _away)
        step(kernel, pay(2))
    kernel.reached.least = Mark(1000)
    with pytest.raises(WentBack):
        step(kernel, pay(2))


def _away(*arguments: object) -> None:
    raise ConnectionError


async def test_the_engine_ends_with_the_sentence_and_acknowledges_nothing(kernel: Kernel) -> None:
    acknowledged: list[int] = []
    async with running(kernel, Broker()) as engine:
        await arrived(engine, pay(1), partial(acknowledged.append, 1))
        await until(lambda: acknowledged == [1])
        assert mark(str(kernel.reached.mark)) == kernel.reached.mark == Mark(2, kernel.reached.mark.heard)
        assert kernel.reached.mark.heard >= ticks(NOW)
        kernel.reached.must_be(Mark(1000))
        await arrived(engine, withdraw(2), partial(acknowledged.append, 2))
        (task,) = [each for each in asyncio.all_tasks() if "Engine.run" in str(each.get_coro())]
        with pytest.raises(Older, match="makes it again from the topics"):
            await task
    assert acknowledged == [1]


async def test_after_an_outage_the_group_is_asked_how_far_a_twin_has_got(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A standby that was behind comes in the place of the database: a worker's own knowledge is from its last start."""
    asked: list[str] = []

    async def learn() -> None:
        asked.append("the group")
        if len(asked) == 1:
            raise ConnectionError("nor does the broker answer")
        kernel.reached.must_be(Mark(1000))

    engine = Engine(kernel, Broker().publish, nobody, Settings(), Meters("intake"), lambda: NOW, learn)
    task = asyncio.create_task(engine.run())
    usual, tries = kernel.sql.inbox, itertools.count()

    def away_at_first(*arguments: Any) -> Any:
        if next(tries) >= 2:  # a file is tried twice at once
            return usual(*arguments)
        raise sa.exc.OperationalError("select", {}, Exception("the server closed the connection"))

    monkeypatch.setattr(kernel.sql, "inbox", away_at_first)
    await arrived(engine, pay(1))
    with pytest.raises(Older):
        await asyncio.wait_for(task, 10)
    assert len(asked) >= 2 and inbox(kernel) == 0
    engine._thread.shutdown()


@pytest.mark.parametrize("told", ["", None, "7", "@", "7@", "@7", "-7@7", "7@x", "7 @7", "٣@٣x", "7@7@7"])
def test_what_others_left_beside_an_offset_says_nothing(told: str | None) -> None:
    assert mark(told) == Mark()


def test_what_librdkafka_has_committed_is_read_with_the_end_of_its_string() -> None:
    assert mark(f"{Mark(7, 9)}\0") == Mark(7, 9)


def test_marks_only_grow() -> None:
    reached = Reached()
    reached.must_be(Mark(7, 3))
    reached.must_be(Mark(5, 9))
    assert (reached.least, reached.mark, str(Mark())) == (Mark(7, 9), Mark(), "")
