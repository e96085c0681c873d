"""What a door says no with is in both languages: no `Problem` and no `Fault` is made of English alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MADE = {"Problem": slice(1, 2), "Fault": slice(1, 2)}  # where each is told what it says


def said() -> Iterator[tuple[str, ast.expr]]:
    for folder in ("services", "runtime", "demo"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MADE:
                    yield from ((f"{file.name}:{node.lineno}", each) for each in node.args[MADE[node.func.id]])


def test_no_door_refuses_in_english_alone() -> None:
    found = list(said())
    assert len(found) > 20
    assert [at for at, each in found if isinstance(each, ast.Constant | ast.JoinedStr)] == []
