"""contracts/openapi.json, for channel developers and the contracts page, is what intake says of itself."""

import json
from pathlib import Path
from typing import Any

import contracts
from services.intake.door.description import description
from tests.door.test_door_description import described

COMMITTED = Path(next(iter(contracts.__path__))) / "openapi.json"
AGAIN = "run: .venv/bin/python -m services.intake.door.description > contracts/openapi.json"


def test_the_committed_description_is_intakes_own(doors: Any, tmp_path: Path) -> None:
    said = doors.run(described("intake", tmp_path))
    assert json.loads(COMMITTED.read_text(encoding="utf-8")) == said, AGAIN
    assert description() == said
