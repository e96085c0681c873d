"""A real service on a database from before: it ends with one sentence, and what that names brings everything back."""

import sys
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.flow import group_id
from runtime.kafka import topics
from runtime.kafka.lag import lag, marks
from runtime.kafka.publisher import Publisher
from runtime.kernel.reached import Mark, further, mark
from runtime.kernel.store import Store
from runtime.kernel.tables import INBOX
from runtime.local.broker import ApacheKafka
from runtime.local.broker_apache import free_port
from runtime.local.child import Child
from runtime.local.programs import Program, as_environment
from runtime.settings import Settings
from tests.broker.restoring import say, throw_away
from tests.kernel.tally import pay
from tests.waiting import ends, eventually


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A broker for each: what the group has committed belongs to one database."""
    broker = ApacheKafka(tmp_path / "kafka", 0)
    broker.start()
    own = "" if request.param == "sqlite" else request.getfixturevalue("fresh_postgresql_url")
    settings = Settings(kafka=broker.bootstrap, data=str(tmp_path), database=own, port=free_port())
    for name in ("kafka", "data", "database"):  # for the command line
        monkeypatch.setenv(f"TUIDING_{name.upper()}", getattr(settings, name))
    topics.apply(broker.bootstrap)
    yield settings
    broker.stop()


class Intake:
    def __init__(self, settings: Settings) -> None:
        self.settings, self.said = settings, list[str]()
        command = (sys.executable, "-m", "services.intake")
        program = Program("intake", command, settings.port, "/readyz", as_environment(settings))
        self.child = Child(program, Path(settings.data, "intake.log"), self.said.append)

    def __enter__(self) -> "Intake":
        self.child.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.child.ask_to_end()
        assert ends(self.child)

    def takes(self, *numbers: int) -> None:
        """And the broker is told so, on whichever partition."""
        (before,) = eventually(lambda: (furthest(self.settings),))
        with Publisher(self.settings.kafka) as publisher:
            for record in (pay(number).record for number in numbers):
                publisher.publish(record.headers, record.key, record.value or b"", record.topic)
        eventually(lambda: behind(self.settings) == 0 and furthest(self.settings).position > before.position)


def furthest(settings: Settings) -> Mark:
    return reduce(further, map(mark, marks(settings.kafka, group_id("intake"))), Mark())


def behind(settings: Settings) -> int:
    return sum(each.behind for each in lag(settings.kafka) if each.group == group_id("intake"))


def heard(settings: Settings) -> int:
    store = Store(settings.store, "intake")
    (row,) = store.read(sa.select(sa.func.count()).select_from(INBOX))
    store.close()
    return int(row[0])


def test_it_ends_before_it_decides_and_is_made_again_from_the_topics(settings: Settings, tmp_path: Path) -> None:
    with Intake(settings) as intake:
        intake.takes(1, 2, 3)
        say("database", "backup", str(tmp_path / "backup"), "--service", "intake")
        intake.takes(4, 5, 6)
    throw_away(settings, "intake")
    say("database", "restore", str(tmp_path / "backup"), "--service", "intake", "--yes")
    with Intake(settings) as intake:
        told = eventually(lambda: [each for each in intake.said if "stays down" in each])
    assert "older than what was read with it" in told[0] and "docs/runbooks/restore.md" in told[0]
    assert heard(settings) == 3
    throw_away(settings, "intake")
    say("replay", "--service", "intake", "--into", str(tmp_path / "again"), "--lost")
    say("database", "restore", str(tmp_path / "again"), "--service", "intake", "--yes")
    assert heard(settings) == 6
    with Intake(settings) as intake:
        intake.takes(7)
    assert heard(settings) == 7
