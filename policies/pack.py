"""A policy pack: conditions, fees, clocks, clauses and notices as data, validated before any service starts.

A pack is a folder of YAML files. `pack.yaml` may name another pack it `extends`; what it says itself wins, key by key.
"""

import hashlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from policies.checks import faults
from policies.schema import (
    ANSWERED,
    FACTS,
    ChannelRule,
    Clause,
    Clocks,
    Condition,
    FeeRule,
    Notice,
    NoticePeriod,
    Pack,
    Test,
    Waiver,
)

__all__ = [
    "ANSWERED",
    "FACTS",
    "ChannelRule",
    "Clause",
    "Clocks",
    "Condition",
    "FeeRule",
    "Notice",
    "NoticePeriod",
    "Pack",
    "PackError",
    "Test",
    "Waiver",
    "load",
]

FOLDER = Path(__file__).parent
FILES = ("pack", "conditions", "fees", "clauses", "notices")


class PackError(Exception):
    """A pack that must not be used; names the file, the place and what is allowed there."""


class Part(NamedTuple):
    """One file of a pack and what it says."""

    name: str
    data: dict[str, Any]


def load(name: str, folder: Path = FOLDER) -> Pack:
    """Raises `PackError` with one line a fault."""
    parts = _parts(name, folder, ())
    data: dict[str, Any] = {}
    for part in parts:
        data = _merged(data, part.data)
    digest = hashlib.sha256(yaml.safe_dump(data, sort_keys=True, allow_unicode=True).encode()).hexdigest()[:12]
    try:
        pack = Pack.model_validate({**data, "digest": digest})
    except ValidationError as error:
        lines = [f"{_place(parts, data, e['loc'])}: {e['msg']}" for e in error.errors(include_url=False)]
        raise PackError("\n".join(lines)) from None
    if wrong := faults(pack, name):
        raise PackError("\n".join(f"{_place(parts, data, fault.place)}: {fault.what}" for fault in wrong))
    return pack


def _parts(name: str, folder: Path, below: tuple[str, ...]) -> list[Part]:
    """Every file of the pack, after those of the pack it extends."""
    if name in below:
        raise PackError(f"{below[-1]}/pack.yaml: /extends: {' -> '.join((*below, name))} extends itself")
    path = folder / name
    if not (path / "pack.yaml").is_file():
        known = ", ".join(sorted(p.parent.name for p in folder.glob("*/pack.yaml")))
        where = f"{below[-1]}/pack.yaml: /extends: " if below else ""
        raise PackError(f"{where}there is no pack {name!r}; the packs are: {known}")
    parts = [_read(file) for file in (path / f"{part}.yaml" for part in FILES) if file.is_file()]
    parent = parts[0].data.pop("extends", None)
    return _parts(str(parent), folder, (*below, name)) + parts if parent else parts


class OnceOnly(yaml.SafeLoader):
    """Refuses a key that is written twice in one mapping: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [str(key.value) for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.MarkedYAMLError(problem=f"the key {twice!r} is there twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def _read(file: Path) -> Part:
    name = f"{file.parent.name}/{file.name}"
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), OnceOnly) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PackError(f"{name}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise PackError(f"{name}: must be a mapping at the top")
    return Part(name, data)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What `own` says wins; mappings are merged key by key, lists are replaced whole."""
    result = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = _merged(result[key], value) if both else value
    return result


def _place(parts: list[Part], data: dict[str, Any], keys: tuple[int | str, ...]) -> str:
    """`demo/pack.yaml: /clocks/quote_validity`, in the file that says it; a row of a list by its name."""
    file = max(parts, key=lambda part: (_reach(part.data, keys), parts.index(part))).name
    steps: list[str] = []
    here: Any = data
    for key in keys:
        here = here[key] if _has(here, key) else None
        named = isinstance(key, int) and isinstance(here, dict) and here
        steps.append(str(next(iter(here.values()))) if named else str(key))
    return f"{file}: /{'/'.join(steps)}"


def _reach(data: Any, keys: tuple[int | str, ...]) -> int:
    """How many of `keys` can be followed into `data`."""
    if not keys or not _has(data, keys[0]):
        return 0
    return 1 + _reach(data[keys[0]], keys[1:])


def _has(data: Any, key: int | str) -> bool:
    if isinstance(data, list):
        return isinstance(key, int) and key < len(data)
    return isinstance(data, dict) and key in data
