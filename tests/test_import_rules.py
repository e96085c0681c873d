"""The linter's list of pure modules is written by hand; this keeps it complete."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.flow import SERVICES

ROOT = Path(__file__).parent.parent
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
PURE = next(rule["source_modules"] for rule in RULES if rule["name"].startswith("Decisions and the contract are pure"))


@pytest.mark.parametrize("service", [service.name for service in SERVICES if service.name != "console"])
def test_every_module_that_decides_is_under_the_rule_of_purity(service: str) -> None:
    deciding = set(_reached(f"services.{service}.app")) - {f"services.{service}.app"}
    assert deciding and sorted(deciding - set(PURE)) == []


def test_no_rule_names_a_module_that_is_gone() -> None:
    assert [name for name in PURE if not list(ROOT.glob(f"{name.replace('.', '/')}*"))] == []


def _reached(module: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every module of the same service that is imported from here on."""
    if module in seen:
        return
    yield module
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}" if node.module == package else str(node.module)
                yield from _reached(inner, seen | {module})
