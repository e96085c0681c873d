"""Writes the rule-by-rule part of `README.md` out of the models, so that it cannot say anything else than they do.

`.venv/bin/python -m policies.owners.describe` puts it into the README; a test fails while it is not up to date.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from policies.owners.vector_files import read
from policies.owners.vectors import NOT_COMPARED, REFUSED, Vector
from policies.pack import FOLDER
from policies.rules.core import Given, Outcome
from policies.rules.families import FAMILIES
from policies.rules.refusal import fields_of
from policies.rules.registry import RULES

README = FOLDER / "README.md"
BEGIN, END = "<!-- rules: written by policies/owners/describe.py -->\n", "<!-- end of rules -->\n"
EXAMPLES_FROM = ("cn-carrier", "eu", "uk", "us-legacy")
Schema = dict[str, Any]


def described() -> str:
    """All rules, as Markdown."""
    examples = _examples()
    common = _fields(Given.model_json_schema(), list(Given.model_fields))
    parts = [
        "Every rule also takes these, and says these:\n",
        _table("given, in every rule", common),
        _table("expect, in every rule", _says(Outcome, list(Outcome.model_fields))),
        *(_rule(name, examples[name]) for name in RULES),
    ]
    return "\n".join(parts)


def with_rules(readme: str) -> str:
    """The README with its rules as the code has them now."""
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{described()}\n{END}{after}"


def _examples() -> dict[str, Vector]:
    """For each rule the vector that compares most; of equal ones the first."""
    found: dict[str, Vector] = {}
    for vector in (each for name in EXAMPLES_FROM for each in read(FOLDER / name / "vectors.yaml")):
        best = found.get(vector.rule)
        if REFUSED not in vector.expect and (best is None or len(vector.expect) > len(best.expect)):
            found[vector.rule] = vector
    return found


def _rule(name: str, example: Vector) -> str:
    rule = RULES[name]
    own = [field for field in fields_of(rule.given) if field not in Given.model_fields]
    said = [field for field in rule.outcome.model_fields if field not in Outcome.model_fields]
    family = " Can be a `family` in `fees.yaml`." if name in FAMILIES.values() else ""
    parts = [f"#### `{name}`\n\n{rule.says}{family}\n"]
    parts += [_table("given", _fields(rule.given.model_json_schema(), own))] if own else []
    parts += [_table("expect", _says(rule.outcome, said))] if said else []
    return "\n".join([*parts, _example(example)])


class _AsWritten(yaml.SafeDumper):
    """Decimals and moments as people write them, without tags."""


def _plain(tag: str, written: Callable[[Any], str]) -> Callable[[_AsWritten, Any], yaml.Node]:
    return lambda dumper, value: dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", written(value))


_AsWritten.add_representer(Decimal, _plain("float", str))
_AsWritten.add_representer(datetime, _plain("str", lambda moment: moment.isoformat().replace("+00:00", "Z")))


def _example(vector: Vector) -> str:
    facts = yaml.dump(
        {"id": vector.id, "rule": vector.rule, "given": vector.given, "expect": vector.expect},
        Dumper=_AsWritten,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=None,
    )
    return "```yaml\n- " + "\n  ".join(facts.splitlines()) + "\n```\n"


def _table(title: str, rows: Iterator[tuple[str, str, str]]) -> str:
    lines = [f"| {title} | what it is | allowed |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {name} | {what} | {allowed} |" for name, what, allowed in rows)]) + "\n"


def _says(model: type[Outcome], names: list[str]) -> Iterator[tuple[str, str, str]]:
    names = [name for name in names if name not in NOT_COMPARED]
    return _fields(model.model_json_schema(mode="serialization"), names, defaults=False)


def _fields(schema: Schema, names: list[str], defaults: bool = True) -> Iterator[tuple[str, str, str]]:
    """A row for each field, and one for each field of its rows."""
    for name in names:
        field = schema["properties"][name]
        yield f"`{name}`", field.get("description", ""), _allowed(field) + (_default(field) if defaults else "")
        if inner := _inner(field, schema):
            for below, what, allowed in _fields(inner, list(inner["properties"]), defaults):
                yield f"- {below}", what, allowed


def _inner(field: Schema, schema: Schema) -> Schema | None:
    """The model of a field's rows, if it has any."""
    choices = [field, *field.get("anyOf", [])]
    for part in (*choices, *(choice.get("items", {}) for choice in choices)):
        if "$ref" in part:
            inner: Schema = schema["$defs"][part["$ref"].rsplit("/", 1)[-1]]
            return inner
    return None


def _default(field: Schema) -> str:
    if "default" not in field:
        return ""
    value = field["default"]
    return "; may be left out" if value is None or value == [] else f"; left out: {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _allowed(field: Schema) -> str:
    if "enum" in field:
        return _shown(field["enum"])
    if "anyOf" in field:
        kinds = [part for part in field["anyOf"] if part.get("type") not in ("null", "string") or "format" in part]
        return _allowed(kinds[0] if kinds else field["anyOf"][0])
    if "$ref" in field:
        return "the fields below"
    kind = field.get("format") or field.get("type", "")
    if kind == "array":
        return "rows of the fields below" if "$ref" in field["items"] else f"a list of: {_allowed(field['items'])}"
    if kind == "object":
        return "each name and its number"
    words = {"integer": "whole number", "boolean": "`true`, `false`", "date": "a day", "date-time": "a moment"}
    return words.get(kind, kind if kind == "number" else "a word") + _range(field)


def _range(field: Schema) -> str:
    above = f", above {field['exclusiveMinimum']:g}" if "exclusiveMinimum" in field else ""
    least = f", from {field['minimum']:g}" if "minimum" in field and not above else ""
    most = f" to {field['maximum']:g}" if "maximum" in field and field["maximum"] <= 10**5 else ""
    return f"{above or least}{most}"


if __name__ == "__main__":
    Path(README).write_text(with_rules(README.read_text(encoding="utf-8")), encoding="utf-8")
