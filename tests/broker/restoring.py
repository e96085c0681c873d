"""Stores are lost and come back, as docs/runbooks/restore.md says."""

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa
from typer.testing import CliRunner

from cli import application
from runtime.local.programs import Program
from runtime.local.supervisor import Supervisor
from runtime.settings import Settings
from tests.chaos.faults import reset_offsets
from tests.waiting import ends


def lose_and_bring_back(tuiding: Supervisor, folder: Path) -> None:
    """Billing from its journal, the only way for money; review, whose journal is not whole, from a backup."""
    lost = stopped_and_thrown_away(tuiding, ("billing", "review"))
    say("replay", "--service", "billing", "--into", str(folder / "again"), "--lost")
    say("database", "restore", str(folder / "again"), "--service", "billing", "--yes")
    say("database", "restore", str(folder / "backup"), "--service", "review", "--yes")
    reset_offsets(tuiding.addresses["kafka"], "review")
    tuiding._start_children(lost)


def stopped_and_thrown_away(tuiding: Supervisor, names: Collection[str]) -> list[Program]:
    lost = [each for each in tuiding._children if each.program.name in names and each.process]
    for each in lost:
        each.ask_to_end()
        assert ends(each)
    for name in names:
        throw_away(tuiding.settings, name)
    return [each.program for each in lost]


def throw_away(settings: Settings, name: str) -> None:
    if settings.database:
        engine = sa.create_engine(settings.database)
        with engine.begin() as tx:
            tx.execute(sa.text(f"drop schema {name} cascade"))
        engine.dispose()
    for file in Path(settings.data, "db").glob(f"{name}.db*"):
        file.unlink()


def say(*words: str) -> None:
    done = CliRunner().invoke(application(), [*words])
    assert done.exit_code == 0, done.output
