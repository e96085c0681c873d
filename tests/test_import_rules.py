"""The rules of import cover what nobody has named to them: a new package, a new service, a new file that decides."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from contracts.flow import DECIDING

ROOT = Path(__file__).parent.parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}


def rule(begins: str) -> dict[str, list[str]]:
    return next(each for each in LINTER["contracts"] if each["name"].startswith(begins))


def test_every_package_has_its_layer() -> None:
    layers = {name for layer in rule("Imports go one way")["layers"] for name in layer.split(" | ")}
    assert layers == PACKAGES == set(LINTER["root_packages"])


def test_every_service_that_decides_is_pure_but_for_its_door() -> None:
    folders = {f"services.{service.name}.*" for service in DECIDING}
    assert folders <= set(rule("Decisions and the contract are pure")["source_modules"])
    assert {f"services.{path.parent.name}" for path in ROOT.glob("services/*/__init__.py")} == set(
        rule("Services meet only on topics")["modules"]
    )


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("services/review/second_opinion.py", "import time", "Decisions and the contract are pure"),
        ("services/intake/later.py", "from runtime.kernel.store import Store", "Decisions and the contract are pure"),
        ("services/review/glance.py", "from services.billing import case", "Services meet only on topics"),
        ("runtime/back_up.py", "from services.review import domain", "Imports go one way"),
        ("cli/measured.py", "from bench import workload", "Imports go one way"),
        ("demo/carrier/peek.py", "from policies.pack import Pack", "The stand-in carrier"),
    ],
)
def test_a_new_file_is_held_to_the_rules_by_itself(tmp_path: Path, path: str, text: str, broken: str) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("[!_]*.json", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / path).write_text(f'"""Planted."""\n\n{text} as planted\n')
    linter = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    done = subprocess.run(linter, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1 and "1 broken" in said, said + done.stderr
    assert f"{broken}" in said.partition("Broken contracts")[2]
