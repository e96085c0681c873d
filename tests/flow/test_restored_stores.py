"""A lost store comes back: made again from the topics, or from a backup older than them; nothing is doubled."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.flow import DECIDING
from runtime.kernel.arrivals import Consumed
from runtime.kernel.backup import NotEmpty, put_back, take
from runtime.kernel.journal import POSITION
from runtime.kernel.store import Store
from runtime.replay.archive import Archive
from runtime.replay.live import looked_at
from runtime.replay.replay import Replay, wiring_of
from runtime.worker.consuming import read_topics
from runtime.worker.service_host import stepper
from tests.flow.customer import confirm, done, submit
from tests.flow.system import System

NAMES = [service.name for service in DECIDING]


class Saved:
    """A system with three customers in different stages, of which one came after the backup."""

    def __init__(self, folder: Path, url: str) -> None:
        self.system, self.url, self.backup = System(database=url), url, folder / "backup"
        self.quoted = submit(self.system, "sub-freeaddon01", "video-pack")
        self.bound = submit(self.system, "sub-linecontract01", channel="web")
        confirm(self.system, self.bound, channel="web")
        self.backup.mkdir()
        for name in NAMES:
            with looked_at(url, name) as live:
                take(live, name, self.backup)
        confirm(self.system, self.quoted)
        self.later = submit(self.system, "sub-hotline01", "video-pack", channel="hotline")
        confirm(self.system, self.later, channel="hotline")

    def made_again(self, name: str) -> Path:
        """As `tuiding replay --into` makes it, from the topics alone."""
        archive, folder = Archive(), self.backup.parent / "made again"
        for records in self.system.log.values():
            archive.put(Consumed(record, 0, at, 0, "") for at, record in enumerate(records))
        store = Store(str(folder), name)
        list(Replay(wiring_of(name), archive, store, lambda _: self.system.editions).run())
        store.close()
        archive.close()
        return folder

    def restore(self, name: str, folder: Path, url: str) -> None:
        """Its workers are down, its store is gone; a new worker starts on what lies in `folder`."""
        self.system.steppers[name].store.close()
        with looked_at(str(folder), name) as saved:
            put_back(saved, name, url)
        self.system.steppers[name] = stepper(name, Store(url, name), self.system.editions, "1")

    def rewind(self, name: str) -> None:
        for topic in read_topics(name):
            self.system.read[name, topic] = 0

    def done(self) -> list[list[tuple[str, str, int]]]:
        return [done(self.system, request) for request in (self.quoted, self.bound, self.later)]

    def said(self) -> set[bytes | None]:
        told = [records for topic, records in self.system.log.items() if not topic.endswith("journal")]
        return {dict(record.headers)["ce_id"] for records in told for record in records}


@pytest.fixture(params=["sqlite", "postgresql"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saved]:
    lite = request.param == "sqlite"
    made = Saved(tmp_path, str(tmp_path / "db") if lite else request.getfixturevalue("fresh_postgresql_url"))
    yield made
    made.system.close()


def assert_goes_on(saved: Saved, before: tuple[object, object]) -> None:
    """Nothing is done at the carrier or said anew, and those who wait come to their end."""
    saved.system.settle()
    assert (saved.done(), saved.said()) == before
    stages = [saved.system.stage(each) for each in (saved.quoted, saved.bound, saved.later)]
    assert stages == ["closed", "scheduled", "closed"]
    saved.system.advance(timedelta(days=31))
    assert saved.system.stage(saved.bound) == "closed"
    assert len(done(saved.system, saved.bound, "charge")) == 1
    assert saved.system.stage(submit(saved.system, "sub-freeaddon02", "video-pack")) == "quoted"
    assert saved.system.dead_letters() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_store_that_is_lost_is_made_again_from_the_topics_and_put_in_its_place(
    saved: Saved, tmp_path: Path, name: str
) -> None:
    before = saved.done(), saved.said()
    saved.restore(name, saved.made_again(name), str(tmp_path / "new"))
    assert_goes_on(saved, before)


@pytest.mark.parametrize("name", ["intake", "review", "notify"])
def test_a_backup_older_than_the_topics_hears_again_what_it_forgot(saved: Saved, tmp_path: Path, name: str) -> None:
    """Those that no money and no date hangs on; billing and termination are made again from their journals."""
    before = saved.done(), saved.said()
    saved.restore(name, saved.backup, str(tmp_path / "new"))
    saved.rewind(name)
    assert_goes_on(saved, before)


def test_stores_move_into_postgresql_and_their_numbers_go_on(tmp_path: Path, fresh_postgresql_url: str) -> None:
    saved = Saved(tmp_path, str(tmp_path / "db"))
    before = saved.done(), saved.said()
    for name in NAMES:
        saved.restore(name, saved.made_again(name), fresh_postgresql_url)
    assert_goes_on(saved, before)
    for records in (each for topic, each in saved.system.log.items() if topic.endswith("journal")):
        positions = [int(dict(record.headers)[POSITION] or 0) for record in records]
        assert positions == sorted(set(positions)), "the journal's order goes on"
    saved.system.close()


def test_nothing_that_is_there_is_written_over(saved: Saved) -> None:
    with looked_at(saved.url, "review") as live, pytest.raises(NotEmpty, match="never written over"):
        take(live, "review", saved.backup)
    with looked_at(str(saved.backup), "review") as old, pytest.raises(NotEmpty, match="store of review is not empty"):
        put_back(old, "review", saved.url)


def test_a_backup_that_was_cut_short_is_begun_anew(saved: Saved) -> None:
    (saved.backup / "review.db").unlink()
    (saved.backup / "review.part").mkdir()
    (saved.backup / "review.part" / "review.db").write_bytes(b"half of it")
    with looked_at(saved.url, "review") as live:
        copied = take(live, "review", saved.backup)
    assert copied["cases"] == 3 and not (saved.backup / "review.part").exists()
