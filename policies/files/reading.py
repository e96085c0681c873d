"""Reads the files of a pack and says where in them a fault is: file, place and line."""

from collections.abc import Sequence
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from contracts.machine_words import why_not
from contracts.words import Text
from policies.files.plain_files import read_text
from policies.files.slips import slip, why_unreadable
from policies.files.strict_yaml import OnceOnly

LONGEST_PLACE, MOST_TOLD = 300, 100
Keys = tuple[int | str, ...]


class PackError(Exception):
    """A pack that must not be used; names the file, the place and what is allowed there, one line a fault."""

    def __init__(self, en: str, zh: str = "") -> None:
        super().__init__(en)
        self.told = Text(zh=zh or en, en=en)

    @classmethod
    def of(cls, lines: Sequence[Text]) -> "PackError":
        """Several faults at once, one a line."""
        return cls("\n".join(line.en for line in lines), "\n".join(line.zh for line in lines))


class Part(NamedTuple):
    """One file of a pack, what it says, and where in the file it says so."""

    name: str
    data: dict[str, Any]
    node: yaml.Node | None


def read(file: Path) -> Part:
    name = f"{file.parent.name}/{file.name}"
    text = ""
    try:
        text = read_text(file)
        node, said = _parsed(text)
        data = deepcopy(said)
    except (yaml.YAMLError, ValueError) as error:
        why = why_unreadable(text, error)
        raise PackError(f"{name}: not YAML: {why.en}", f"{name}：不是 YAML：{why.zh}") from None
    except OSError as error:
        because = why_not(error)
        raise PackError(f"{name}: cannot be read: {because.en}", f"{name}：无法读取：{because.zh}") from None
    if data is None:
        raise PackError(f"{name}: is empty; write something in it or remove it", f"{name}：是空的；请写入内容或删除它")
    if not isinstance(data, dict):
        hint = f" ({found})" if (found := slip(text)) else ""
        raise PackError(f"{name}: must be a mapping at the top{hint}", f"{name}：最外层须为键值对{hint}")
    return Part(name, data, node)


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[yaml.Node | None, Any]:
    """A file is read once for each pack that extends it, and again by whatever else asks for a pack."""
    loader = OnceOnly(text)
    node = loader.get_single_node()
    return node, loader.construct_document(node) if node else None


def merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """What `own` says wins; mappings are merged key by key, lists are replaced whole."""
    result = dict(base)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def line_of(parts: Sequence[Part], data: dict[str, Any], keys: Keys, what: Text) -> Text:
    """`demo/pack.yaml: /clocks/quote_validity: what is wrong (line 12)`, in the file that says it."""
    heard = _since_said_anew(parts, keys)
    part = max(heard, key=lambda each: (_reach(each.data, keys), _is_for(each, keys), parts.index(each)))
    found = _line(part.node, keys)
    place = f"{part.name}: /{'/'.join(_steps(data, keys))[:LONGEST_PLACE]}: "
    line = Text(zh=f"（第 {found} 行）", en=f" (line {found})") if found else Text(zh="", en="")
    return Text(zh=f"{place}{what.zh}{line.zh}", en=f"{place}{what.en}{line.en}")


def _since_said_anew(parts: Sequence[Part], keys: Keys) -> Sequence[Part]:
    """Behind a list, a word or a nothing on the way, what packs before it say of the rest counts for nothing."""
    last = max((number for number, part in enumerate(parts) if _replaces(part.data, keys)), default=0)
    return parts[last:]


def _replaces(data: Any, keys: Keys) -> bool:
    for key in keys:
        if not _has(data, key):
            return False
        data = data[key]
        if not isinstance(data, dict):
            return True
    return False


def _is_for(part: Part, keys: Keys) -> bool:
    """What nobody says is missing in `pack.yaml`, or in the file of that name."""
    return part.name.endswith(("/pack.yaml", f"/{keys[0]}.yaml" if keys else ""))


def _steps(data: dict[str, Any], keys: Keys) -> list[str]:
    """A row of a list by its name."""
    steps: list[str] = []
    here: Any = data
    for key in keys:
        here = here[key] if _has(here, key) else None
        named = isinstance(key, int) and isinstance(here, dict) and here
        steps.append(str(next(iter(here.values()))) if named else str(key))
    return steps


def _reach(data: Any, keys: Keys) -> int:
    """How many of `keys` can be followed into `data`."""
    if not keys or not _has(data, keys[0]):
        return 0
    return 1 + _reach(data[keys[0]], keys[1:])


def _has(data: Any, key: int | str) -> bool:
    if isinstance(data, list):
        return isinstance(key, int) and key < len(data)
    return isinstance(data, dict) and key in data


def _line(node: yaml.Node | None, keys: Keys) -> int:
    """Of the last of `keys` that is written there; 0 where none is."""
    line = 0
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            pair = (node.value[key], node.value[key])
        else:
            pair = None
        if pair is None:
            break
        line, node = pair[0].start_mark.line + 1, pair[1]
    return line
