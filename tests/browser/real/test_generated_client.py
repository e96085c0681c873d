"""Clients that generators make of the HTTP door's description: the typed one compiles strictly, both go all the way."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.real.conftest import Running
from tests.clients.installed import HERE, PATIENCE_SECONDS, ROOT, npm_folder, program

STRICT = {"strict": True, "exactOptionalPropertyTypes": True, "types": [], "target": "es2022", "outDir": "."}
MODULES = {
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
}
JOURNEY, PYTHON_JOURNEY = "journey.ts", "journey.py"
FREE = {"minor": 0, "currency": "CNY"}


@pytest.fixture
def client(running: Running) -> Iterator[Path]:
    """Beside node_modules, made of what the running door says of itself."""
    made = npm_folder() / "client"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    (made / "openapi.json").write_text(httpx.get(f"{running.intake}/openapi.json", timeout=60).text, encoding="utf-8")
    assert not _runs(made, "openapi-typescript/bin/cli.js", "openapi.json", "-o", "api.d.ts").returncode
    settings = {"compilerOptions": STRICT | MODULES, "files": [JOURNEY]}
    (made / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    shutil.copy(HERE / JOURNEY, made / JOURNEY)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_it_asks_files_follows_and_confirms(client: Path, running: Running) -> None:
    assert _runs(client, "typescript/bin/tsc", "-p", ".").stdout == ""
    command = [program("node"), "journey.js", running.intake, "sub-pressedtwice01"]
    done = subprocess.run(command, cwd=client, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [FREE, FREE, True, "unknown-request"]


def test_a_field_nobody_knows_and_a_missing_key_do_not_compile(client: Path) -> None:
    right = (client / JOURNEY).read_text(encoding="utf-8")
    for old, wrong in (("items: [", "itmes: ["), ('"Idempotency-Key":', "nothing:"), ("quote_version:", "version:")):
        assert right.count(old) == 1
        (client / JOURNEY).write_text(right.replace(old, wrong), encoding="utf-8")
        assert f"{JOURNEY}(" in _runs(client, "typescript/bin/tsc", "-p", ".", "--noEmit").stdout


def test_one_in_python_asks_files_follows_and_confirms(running: Running, tmp_path: Path) -> None:
    """In an environment of its own, with the packages that its list names."""
    (tmp_path / "openapi.json").write_text(httpx.get(f"{running.intake}/openapi.json", timeout=60).text, "utf-8")
    shutil.copy(HERE / PYTHON_JOURNEY, tmp_path)
    made = ("--path", "openapi.json", "--meta", "none", "--output-path", "made")
    _in_its_environment(tmp_path, "openapi-python-client", "generate", "--fail-on-warning", *made)
    said = _in_its_environment(tmp_path, "python", PYTHON_JOURNEY, running.intake, "sub-incomplete01")
    assert json.loads(said) == [FREE, FREE, True, "unknown-request"]


def _in_its_environment(folder: Path, *command: str) -> str:
    wanted = ("--from", "openapi-python-client", "--constraints", str(HERE / "python-client.txt"))
    with_this = ("--python", sys.executable)
    done = subprocess.run(
        [_uv(), "tool", "run", *with_this, *wanted, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _uv() -> str:
    """As make finds it."""
    return shutil.which("uv") or str(ROOT / "var" / "uv" / "bin" / "uv")


def _runs(folder: Path, script: str, *given: str) -> "subprocess.CompletedProcess[str]":
    command = [program("node"), str(folder.parent / "node_modules" / script), *given]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
