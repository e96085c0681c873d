"""What the demo's customers are told of an end stands word for word: fees, effects, dates, the account."""

from typing import Any

import pytest
import yaml

from tests.domain.sums import TO_THE_UNIT, sums_in
from tests.domain.words_of_quotes import FILE, PACKS, asked, told

KNOWN: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
ASKED = [(name, key, what) for name in PACKS for key, *what in asked() if key in KNOWN[name]]


@pytest.mark.parametrize(("pack", "key", "what"), ASKED, ids=[f"{name} {key}" for name, key, _ in ASKED])
def test_a_customer_is_told_so_much_in_these_words(pack: str, key: str, what: list[Any]) -> None:
    """After a change that is meant: `.venv/bin/python -m tests.domain.words_of_quotes`, and read what changed."""
    assert told(PACKS[pack](), *what) == KNOWN[pack][key]


@pytest.mark.parametrize("pack", PACKS)
def test_every_sum_that_a_customer_reads_comes_to_what_it_says(pack: str) -> None:
    steps = [each for found in KNOWN[pack].values() for each in _steps(found)]
    found = [each for step in steps for each in sums_in(step.split(" | ")[1])]
    assert len(found) > 10
    assert [said for said, exact, shown in found if abs(exact - shown) > TO_THE_UNIT] == []


def _steps(found: Any) -> list[str]:
    if isinstance(found, dict):
        mine = found.get("steps", [])
        return [*mine, *(step for each in found.values() for step in _steps(each))]
    return [step for each in found for step in _steps(each)] if isinstance(found, list) else []
