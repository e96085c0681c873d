"""The table of cases by kind of harm from outside names tests that are there."""

from tests.door.test_door_attacks import AT_LEAST
from tests.outside import ATTACKS, KINDS, ROOT


def test_every_kind_has_its_tests() -> None:
    assert [kind.name for kind in KINDS][:-1] == list("ABCDEFGHIJKL")
    assert [kind.name for kind in ATTACKS] == [f"S{number}" for number in range(1, 17)]
    assert [name for kind in KINDS + ATTACKS for name in kind.tests if not (ROOT / name).is_file()] == []


def test_a_table_of_a_door_alone_has_five_hundred_tries() -> None:
    """Each is generated within one test, which holds answer, state, record and time: what pytest collects is more."""
    assert sum(AT_LEAST.values()) >= 500
