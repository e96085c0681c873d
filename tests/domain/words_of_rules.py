"""What the rules say of every vector, and how much it is with one more or less of each fact; run, it writes it anew.

`more_of_rules.yaml` has facts that no vector has: branches beside the usual, and what is refused.
"""

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies import pack as packs
from policies.owners.vector_files import read
from policies.owners.vectors import Vector, outcome_of
from policies.pack import FOLDER
from policies.rules.core import Outcome, RuleError

FILE, MORE = (Path(__file__).with_name(name) for name in ("words_of_rules.yaml", "more_of_rules.yaml"))
load = cache(packs.load)


def vectors() -> Iterator[tuple[str, Vector]]:
    for file in sorted(FOLDER.glob("*/vectors.yaml")):
        yield from ((file.parent.name, vector) for vector in read(file))
    for name, (rule, given, *owed) in yaml.safe_load(MORE.read_text(encoding="utf-8")).items():
        yield "cn-carrier", Vector(id=name, rule=rule, given=given, expect={"amount_minor": owed[0] if owed else 0})


def told(pack: str, vector: Vector) -> dict[str, Any]:
    """An outcome with its steps, or the sentences of a refusal."""
    outcome = _worked_out(pack, vector)
    if isinstance(outcome, RuleError):
        return {"refused": str(outcome).splitlines()}
    found = {name: value for name, value in outcome.model_dump(mode="json").items() if value not in ("", [], {})}
    found["steps"] = [f"{step.zh} | {step.en}" for step in outcome.steps]
    return found | {"beside": {name: _short(pack, each) for name, each in _beside(vector)}}


def _worked_out(pack: str, vector: Vector) -> Outcome | RuleError:
    try:
        return outcome_of(vector, load(pack))[1]
    except RuleError as error:
        return error


def _beside(vector: Vector) -> Iterator[tuple[str, Vector]]:
    for name, value in vector.given.items():
        for sign, changed in zip("+-", _next_to(value), strict=False):
            yield f"{name} {sign}", vector.model_copy(update={"given": vector.given | {name: changed}})


def _next_to(value: Any) -> tuple[Any, ...]:
    if isinstance(value, int) and not isinstance(value, bool):
        return value + 1, value - 1
    if isinstance(value, str) and value[:2] in ("19", "20") and len(value) == 10:
        value = date.fromisoformat(value)
    return (value + timedelta(days=1), value - timedelta(days=1)) if type(value) is date else ()


def _short(pack: str, vector: Vector) -> int | str:
    outcome = _worked_out(pack, vector)
    if isinstance(outcome, RuleError):
        return str(outcome)
    return f"{outcome.amount_minor} {outcome.reason}" if outcome.reason else outcome.amount_minor


def written() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for pack, vector in vectors():
        found.setdefault(pack, {})[vector.id] = told(pack, vector)
    return found


if __name__ == "__main__":
    FILE.write_text(yaml.safe_dump(written(), allow_unicode=True, sort_keys=False, width=1000), encoding="utf-8")
    sys.stdout.write(f"{FILE} is written\n")
