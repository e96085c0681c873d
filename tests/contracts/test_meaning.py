"""What a message means stands on its class, once; what it declares is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.meaning import Due, Name
from contracts.messages import TYPES, Message
from contracts.words import Money
from evidence.bundle import CHECKER

ROOT = Path(__file__).parents[2]
A_TYPE = re.compile(r"\b[a-z-]+(\.[a-z-]+)+\.v\d+\b")
THE_CHECKER = {ROOT / "evidence" / name for name in CHECKER}  # goes along with a bundle, where there is nothing of ours
THEIR_OWN = {"contracts", "tests"}  # where types are named, and where they are held against what came out
SOURCES = sorted(
    path
    for folder in ROOT.iterdir()
    if folder.is_dir() and not folder.name.startswith(".") and folder.name not in THEIR_OWN | {"var"}
    for path in folder.rglob("*.py")
    if path not in THE_CHECKER
)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def test_no_message_type_is_spelt_out_where_its_class_could_be_named() -> None:
    assert len(SOURCES) > 200
    found = [
        f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for line, text in strings(path) if A_TYPE.search(text)
    ]
    assert not found, f"write the class and its `.type`: {found}"


def field_at(model: Any, path: str) -> Any:
    """The annotation of `quote.valid_until` in a message."""
    for name in path.split("."):
        assert name in model.model_fields, f"{model.__name__} has no {name}"
        model = model.model_fields[name].annotation
    return model


def named(model: type[Message]) -> Iterator[Name]:
    yield from filter(None, (model.opens, model.settles, *model.stops))
    if model.starts:
        yield model.starts.clock


@pytest.mark.parametrize("model", TYPES.values(), ids=TYPES)
def test_what_a_message_declares_is_in_it(model: type[Message]) -> None:
    assert all(field_at(model, each.field) is Money for each in model.moves)
    assert all(field_at(model, name.by) for name in named(model) if name.by)
    if isinstance(model.starts, Due) and model.starts.at:
        assert "datetime" in str(field_at(model, model.starts.at)).lower()
    assert not (model.ends and model.reaches), "an end is a stage already"


def test_every_clock_that_starts_can_be_stopped_and_every_incident_settled() -> None:
    models = list(TYPES.values())
    stops = {name.fixed for model in models for name in model.stops}
    settles = {model.settles.fixed for model in models if model.settles}
    assert {model.starts.clock.fixed for model in models if model.starts} == stops
    assert {model.opens.fixed for model in models if model.opens} == settles
