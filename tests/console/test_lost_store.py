"""A console whose store is gone: an empty one takes its place, with the tables that only the console has."""

from pathlib import Path

import sqlalchemy as sa

from cli.replay import _begin_anew
from runtime.replay.live import looked_at
from services.console.kept.tables import EVENTS


def test_an_empty_console_can_be_looked_at(tmp_path: Path) -> None:
    _begin_anew(["console"], str(tmp_path), tmp_path / "again")
    with looked_at(str(tmp_path), "console") as live:
        assert live.execute(sa.select(sa.func.count()).select_from(EVENTS)).scalar_one() == 0
