"""Reads a file of vectors as people write them: numbers exact to the last digit, a day that is none kept as text."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from policies.files.plain_files import read_text
from policies.files.slips import why_unreadable
from policies.files.strict_yaml import LONGEST_NUMBER, PLAIN, OnceOnly
from policies.owners.vectors import Vector, VectorError
from policies.rules.refusal import lines_of


class Found(NamedTuple):
    """The vectors that can be run, and a line for each fault: the file, the place, what is allowed there."""

    vectors: tuple[Vector, ...]
    faults: tuple[str, ...]


def read(file: Path) -> tuple[Vector, ...]:
    """All of it, or `VectorError` with one line a fault."""
    found = read_what_fits(file)
    if found.faults:
        raise VectorError("\n".join(found.faults))
    return found.vectors


def read_what_fits(file: Path) -> Found:
    """From YAML, or JSON where the name ends so: `vectors:` and a list, or just the list. Never raises for a file."""
    name = f"{file.parent.name}/{file.name}"
    text = ""
    try:
        text = read_text(file)
        data = _json(text) if file.suffix == ".json" else yaml.load(text, _Exact)
    except OSError as error:
        return Found((), (f"{name}: cannot be read: {error.strerror}",))
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        return Found((), (f"{name}: cannot be read: {why_unreadable(text, error).en}",))
    rows = data.get("vectors") if isinstance(data, dict) and list(data) == ["vectors"] else data
    if not isinstance(rows, list):
        return Found((), (f"{name}: at the top there is `vectors:` and a list of vectors, nothing else",))
    if not rows:
        return Found((), (f"{name}: there is no vector in it; policies/README.md has one for each rule",))
    return _vectors(name, rows)


def _vectors(name: str, rows: list[Any]) -> Found:
    """One that does not read keeps none of the others from being run."""
    found, lines = [], []
    for number, row in enumerate(rows):
        place = f"{name}: /{row.get('id', number) if isinstance(row, dict) else number}"
        if not isinstance(row, dict):
            lines.append(f"{place}: must be {', '.join(Vector.model_fields)} and what they say, not {row!r}")
            continue
        try:
            found.append(Vector.model_validate(row))
        except ValidationError as error:
            lines += [f"{place}/{line}" for line in lines_of(error, Vector)]
    twice = [each for each, times in Counter(vector.id for vector in found).items() if times > 1]
    lines += [f"{name}: /{each}: is there twice; give each vector an id of its own" for each in twice]
    return Found(tuple(found), tuple(lines))


class _Exact(OnceOnly):
    """No number becomes a float, `010` is not eight, and 30 February is told at its field, not of the whole file."""


def _whole(loader: _Exact, node: yaml.ScalarNode) -> object:
    text = str(loader.construct_scalar(node))
    return int(text.replace("_", "")) if PLAIN.fullmatch(text) else text


def _decimal(loader: _Exact, node: yaml.ScalarNode) -> object:
    text = str(loader.construct_scalar(node))
    try:
        return Decimal(text.replace("_", ""))
    except ArithmeticError:
        return text


def _day_or_text(loader: _Exact, node: yaml.ScalarNode) -> object:
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return loader.construct_scalar(node)


_Exact.add_constructor("tag:yaml.org,2002:int", _whole)
_Exact.add_constructor("tag:yaml.org,2002:float", _decimal)
_Exact.add_constructor("tag:yaml.org,2002:timestamp", _day_or_text)


def _json(text: str) -> Any:
    return json.loads(text, parse_int=_short(int), parse_float=_short(Decimal), object_pairs_hook=_once)


def _short(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    def number(text: str) -> Any:
        if len(text) > LONGEST_NUMBER:
            raise ValueError(f"a number of {len(text)} digits")
        return kind(text)

    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"the key {twice!r} is there twice")
    return dict(pairs)
