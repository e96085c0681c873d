"""YAML with one meaning and a bounded size: no key twice, nothing deep, no endless number, no bomb of aliases."""

import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.composer import Composer

DEEPEST = 40
LONGEST_NUMBER = 60
MOST_NODES = 200_000
PLAIN = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class OnceOnly(Composer, yaml.CSafeLoader):
    """Refuses a key that is written twice in one mapping: YAML would silently keep the last.

    The events are libyaml's (a sixth of the time), composed by the library's own Python, where our bounds are.
    """

    depth = 0

    def __init__(self, stream: str) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self.depth += 1
        if self.depth > DEEPEST:
            mark = getattr(self.peek_event(), "start_mark", None)
            raise yaml.MarkedYAMLError(problem=f"nested deeper than {DEEPEST}", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.ScalarNode) and node.tag in NUMBERS and len(node.value) > LONGEST_NUMBER:
            raise yaml.MarkedYAMLError(problem=f"a number of {len(node.value)} digits", problem_mark=node.start_mark)
        return node

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _nodes(node, {}) > MOST_NODES:
            raise yaml.MarkedYAMLError(problem="its aliases stand for far too much", problem_mark=node.start_mark)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (AttributeError, LookupError, TypeError):  # the library's, of a tag over what is none
            kind = node.tag.rpartition(":")[2]
            raise yaml.MarkedYAMLError(problem=f"it is no {kind}", problem_mark=node.start_mark) from None

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if (name := str(key.value)) in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {name!r} is there twice", problem_mark=key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _plain(loader: OnceOnly, node: yaml.ScalarNode) -> int:
    """`010` would be eight, `1:30` ninety."""
    if not PLAIN.fullmatch(text := str(loader.construct_scalar(node))):
        raise yaml.MarkedYAMLError(
            problem=f"{text!r} is no plain number: write it with digits, or in quotes", problem_mark=node.start_mark
        )
    return int(text.replace("_", ""))


def _moment(loader: OnceOnly, node: yaml.ScalarNode) -> Any:
    """A day that no calendar has stays a text: the key that wants a day then says so, with its place."""
    try:
        return loader.construct_yaml_timestamp(node)
    except ValueError:
        return str(node.value)


OnceOnly.add_constructor("tag:yaml.org,2002:int", _plain)
OnceOnly.add_constructor("tag:yaml.org,2002:timestamp", _moment)


def _nodes(node: yaml.Node, known: dict[int, int]) -> int:
    """With every alias written out; one that stands for itself has no end."""
    if id(node) not in known:
        known[id(node)] = MOST_NODES + 1
        below = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
        known[id(node)] = 1 + (0 if isinstance(node, yaml.ScalarNode) else sum(_nodes(each, known) for each in below))
    return known[id(node)]
