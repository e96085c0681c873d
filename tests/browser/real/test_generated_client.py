"""A client that a generator makes of the HTTP door's description: it compiles strictly and goes the whole way."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.real.conftest import Running
from tests.clients.installed import HERE, npm_folder, program

STRICT = {"strict": True, "exactOptionalPropertyTypes": True, "types": [], "target": "es2022", "outDir": "."}
MODULES = {
    "module": "esnext",
    "moduleResolution": "bundler",
    "lib": ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
}
JOURNEY = "journey.ts"


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
    free = {"minor": 0, "currency": "CNY"}
    assert json.loads(done.stdout) == [free, free, True, "unknown-request"]


def test_a_field_nobody_knows_and_a_missing_key_do_not_compile(client: Path) -> None:
    right = (client / JOURNEY).read_text(encoding="utf-8")
    for old, wrong in (("items: [", "itmes: ["), ('"Idempotency-Key":', "nothing:"), ("quote_version:", "version:")):
        assert right.count(old) == 1
        (client / JOURNEY).write_text(right.replace(old, wrong), encoding="utf-8")
        assert f"{JOURNEY}(" in _runs(client, "typescript/bin/tsc", "-p", ".", "--noEmit").stdout


def _runs(folder: Path, script: str, *given: str) -> "subprocess.CompletedProcess[str]":
    command = [program("node"), str(folder.parent / "node_modules" / script), *given]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
