"""What mutmut would change, one place at a time, and how a change is put into a process that is running already."""

import difflib
import hashlib
import importlib
import random
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple, cast

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, create_mutations, deep_replace

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*ROOT.glob("policies/rules/*.py"), *ROOT.glob("services/billing/*.py")])


class Change(NamedTuple):
    """`place` is a function or `Class.method` of `module`; `lines` are those that run what was changed."""

    name: str
    module: str
    place: str
    file: str
    lines: range
    whole: range
    was: cst.FunctionDef
    mutation: Mutation

    @property
    def now(self) -> cst.FunctionDef:
        changed = deep_replace(self.was, self.mutation.original_node, self.mutation.mutated_node)
        return cast(cst.FunctionDef, changed)

    def difference(self) -> str:
        was, now = (cst.Module([each]).code.strip("\n").splitlines() for each in (self.was, self.now))
        marks = difflib.unified_diff(was, now, lineterm="", n=1)
        return "\n".join(line for line in marks if not line.startswith(("---", "+++", "@@")))

    def digest(self) -> str:
        return hashlib.sha256(cst.Module([self.now]).code.encode()).hexdigest()[:16]

    def apply(self) -> None:
        """Whoever has imported the function runs the changed one from now on."""
        owner, _, name = self.place.rpartition(".")
        module = importlib.import_module(self.module)
        statement = cst.ClassDef(cst.Name(owner), cst.IndentedBlock([self.now])) if owner else self.now
        changed = dict(vars(module))
        exec(compile(cst.Module([statement]).code, self.file, "exec"), changed)
        old, new = (_function(names[owner] if owner else names, name) for names in (vars(module), changed))
        old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _function(holder: Any, name: str) -> Any:
    found = (holder if isinstance(holder, dict) else vars(holder))[name]
    return getattr(found, "__func__", found)


def drawn(pattern: str, number: int, seed: int) -> list[Change]:
    known = [change for file in FILES for change in changes(file) if fnmatch(change.name, pattern)]
    return random.Random(seed).sample(known, min(number, len(known)))


def changes(file: Path) -> Iterator[Change]:
    path = str(file.relative_to(ROOT))
    module = path.removesuffix(".py").replace("/", ".")
    tree, mutations, _, _ = create_mutations(path, file.read_text(encoding="utf-8"))
    where = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    for place, function in _functions(tree):
        mine = [each for each in mutations if each.contained_by_top_level_function is function]
        for number, each in enumerate(mine, 1):
            lines, whole = (_lines(where[node]) for node in (each.original_node, function.body))
            yield Change(f"{module}.{place}.{number}", module, place, path, lines, whole, function, each)


def _lines(of: Any) -> range:
    return range(of.start.line, of.end.line + 1)


def _functions(tree: cst.Module) -> Iterator[tuple[str, cst.FunctionDef]]:
    for statement in tree.body:
        if isinstance(statement, cst.FunctionDef):
            yield statement.name.value, statement
        if isinstance(statement, cst.ClassDef):
            methods = (each for each in statement.body.body if isinstance(each, cst.FunctionDef))
            yield from ((f"{statement.name.value}.{method.name.value}", method) for method in methods)
