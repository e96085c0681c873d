"""docs/requirements.md leads from every requirement to a file and a test that are there, or says that it is open."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
OPEN = re.compile(r"^open: issue \d+ \(.+\)$")


class Row(NamedTuple):
    id: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    cells: tuple[str, ...]

    @property
    def open(self) -> str:
        return next((cell for cell in self.cells if cell.startswith("open")), "")


def rows() -> list[Row]:
    lines = re.findall(r"^\| ([RNAKSUPM]\d+) \|(.+)\|$", PAGE, re.M)
    return [_row(id_, tuple(cell.strip() for cell in rest.split("|"))) for id_, rest in lines]


def _row(id_: str, cells: tuple[str, ...]) -> Row:
    quoted = [name for cell in cells for name in re.findall(r"`([^`\s]+)`", cell) if "/" in name]
    tests = tuple(name for name in quoted if "::" in name)
    return Row(id_, tuple(name for name in quoted if "::" not in name), tests, cells)


ROWS = rows()
EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)


@cache
def named_in(file: str) -> frozenset[str]:
    """The tests of a module by name, without running it; empty where there is no such file."""
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    named = (node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(name for name in named if name.startswith("test_"))


def test_every_requirement_has_one_row_and_no_other_is_there() -> None:
    wanted = [f"R{n}" for n in range(1, 51)] + [f"N{n}" for n in range(1, 18)] + [f"A{n}" for n in range(1, 5)]
    assert [row.id for row in ROWS if row.id[0] in "RNA"] == wanted
    assert len({row.id for row in ROWS}) == len(ROWS)


@EACH
def test_a_row_names_files_that_exist(row: Row) -> None:
    assert row.files and [file for file in row.files if not (ROOT / file).is_file()] == []


@EACH
def test_a_row_names_tests_that_exist(row: Row) -> None:
    assert [test for test in row.tests if test.partition("::")[2] not in named_in(test.partition("::")[0])] == []


@EACH
def test_a_row_without_a_test_says_that_it_is_open_and_what_is_missing(row: Row) -> None:
    assert row.tests or row.open
    assert not row.open or OPEN.match(row.open)


def test_what_is_open_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    open_rows = [row for row in ROWS if row.open]
    with capsys.disabled():
        print(f"\n{len(open_rows)} of {len(ROWS)} requirements are open: {', '.join(row.id for row in open_rows)}")
    assert len(open_rows) < len(ROWS)


def test_a_test_or_a_file_that_is_not_there_would_be_noticed() -> None:
    assert not named_in("tests/nowhere.py")
    assert "test_made_up" not in named_in("tests/contracts/test_requirements.py")
    assert "test_what_is_open_is_counted" in named_in("tests/contracts/test_requirements.py")
