"""The table of cases by kind of harm from outside names tests that are there."""

from tests.outside import KINDS, ROOT


def test_every_kind_has_its_tests() -> None:
    assert [kind.letter for kind in KINDS][:-1] == list("ABCDEFGHIJK")
    assert [name for kind in KINDS for name in kind.tests if not (ROOT / name).is_file()] == []
