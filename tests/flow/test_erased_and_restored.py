"""A backup older than the erasure comes back: hearing again what it forgot, as the runbook says, erases again."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.messages import ops
from runtime.kernel.arrivals import Consumed
from runtime.kernel.backup import put_back, take
from runtime.kernel.store import Store
from runtime.replay.live import looked_at
from services.console.app import READS, projection
from services.console.kept.tables import METADATA, REQUESTS
from tests.flow.customer import confirm, submit
from tests.flow.system import System
from tests.flow.test_erasure import ACT, SUBSCRIPTION, WHO, left
from tests.flow.test_restored_stores import NAMES, Saved

LONG = timedelta(days=200)
BY_BACKUP, BY_JOURNAL = ("intake", "review", "notify"), ("billing", "termination")


class Erased(Saved):
    """Closed, saved, and only then erased."""

    def __init__(self, folder: Path, url: str) -> None:
        self.system, self.url, self.backup = System(database=url), url, folder / "backup"
        self.request = submit(self.system, SUBSCRIPTION)
        confirm(self.system, self.request)
        self.system.advance(LONG)
        self.backup.mkdir()
        self.shown = self._console(folder / "console")
        for name in NAMES:
            with looked_at(url, name) as live:
                take(live, name, self.backup)
        self.system.say(ops.SubscriptionErased(request_id=self.request, **WHO, **ACT))

    def _console(self, folder: Path) -> dict[str, int]:
        """Reads all there is so far and is saved; up to where it read."""
        store = Store(str(folder), "console")
        self.show(store, {})
        store.close()
        with looked_at(str(folder), "console") as live:
            take(live, "console", self.backup, [METADATA])
        return {topic: len(records) for topic, records in self.system.log.items()}

    def show(self, store: Store, since: dict[str, int]) -> None:
        reading = projection(store, self.system.pack, "1")
        for topic in READS:
            records = list(enumerate(self.system.log[topic]))[since.get(topic, 0) :]
            reading.step([Consumed(each, 0, at, 0, "tuiding-console") for at, each in records], (), self.system.now)


@pytest.fixture(params=["sqlite", "postgresql"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Erased]:
    lite = request.param == "sqlite"
    made = Erased(tmp_path, str(tmp_path / "db") if lite else request.getfixturevalue("fresh_postgresql_url"))
    assert left(made.system, SUBSCRIPTION, made.request) == set()
    yield made
    assert made.system.dead_letters() == []
    made.system.close()


@pytest.mark.parametrize("name", BY_BACKUP)
def test_a_restored_store_has_the_customer_back_until_it_hears_the_act_again(
    saved: Erased, tmp_path: Path, name: str
) -> None:
    saved.restore(name, saved.backup, str(tmp_path / "new"))
    assert (name == "notify") == (left(saved.system, SUBSCRIPTION, saved.request) == set())
    saved.rewind(name)
    saved.system.settle()
    assert left(saved.system, SUBSCRIPTION, saved.request) == set()


@pytest.mark.parametrize("name", BY_JOURNAL)
def test_a_store_made_again_from_its_journal_never_has_the_customer_back(
    saved: Erased, tmp_path: Path, name: str
) -> None:
    saved.restore(name, saved.made_again(name), str(tmp_path / "new"))
    assert left(saved.system, SUBSCRIPTION, saved.request) == set()
    saved.rewind(name)
    saved.system.settle()
    assert left(saved.system, SUBSCRIPTION, saved.request) == set()


@pytest.mark.parametrize("all_again", [True, False], ids=["from the beginning", "from the backup on"])
def test_a_restored_console_forgets_again_wherever_it_begins_to_read(
    saved: Erased, tmp_path: Path, all_again: bool
) -> None:
    with looked_at(str(saved.backup), "console") as old:
        put_back(old, "console", str(tmp_path / "restored"), [METADATA])
    store = Store(str(tmp_path / "restored"), "console")
    whose = sa.select(REQUESTS.c.subscription)
    assert store.read(whose) == [(SUBSCRIPTION,)]
    saved.show(store, {} if all_again else saved.shown)
    assert store.read(whose) == [("erased",)]
    assert not [
        row for table in METADATA.sorted_tables for row in store.read(sa.select(table)) if SUBSCRIPTION in str(row)
    ]
    store.close()
