"""Every rule says what it works out in these words and to this unit, also one day or one unit beside each vector."""

from typing import Any

import pytest
import yaml

from policies.owners.vectors import Vector
from policies.rules.registry import RULES
from tests.domain.sums import TO_THE_UNIT, sums_in
from tests.domain.words_of_rules import FILE, MORE, told, vectors

KNOWN: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
VECTORS = [(pack, vector) for pack, vector in vectors() if vector.id in KNOWN[pack]]


@pytest.mark.parametrize(("pack", "vector"), VECTORS, ids=lambda value: getattr(value, "id", value))
def test_a_rule_says_so_much_in_these_words(pack: str, vector: Vector) -> None:
    """After a change that is meant: `.venv/bin/python -m tests.domain.words_of_rules`, and read what changed."""
    assert told(pack, vector) == KNOWN[pack][vector.id]


def test_what_was_worked_out_by_hand_is_what_the_rules_come_to() -> None:
    rows = yaml.safe_load(MORE.read_text(encoding="utf-8")).items()
    by_hand = {name: owed for name, (_, _, *amount) in rows for owed in amount}
    assert len(by_hand) > 40
    assert {name: KNOWN["cn-carrier"][name].get("amount_minor") for name in by_hand} == by_hand


def test_every_rule_is_held_to_its_words() -> None:
    assert set(RULES) <= {vector.rule for _, vector in VECTORS}


def test_every_sum_in_a_step_comes_to_what_it_says() -> None:
    """Whoever works it out again from the words of the quote gets the same."""
    steps = [
        step.split(" | ")[1] for known in KNOWN.values() for one in known.values() for step in one.get("steps", ())
    ]
    found = [each for step in steps for each in sums_in(step)]
    assert len(found) > 150
    assert [said for said, exact, shown in found if abs(exact - shown) > TO_THE_UNIT] == []
