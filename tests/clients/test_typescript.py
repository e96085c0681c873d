"""What a channel's developer gets from contracts/asyncapi.json: TypeScript types that compile strictly and mean it."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import asyncapi
from contracts.messages import TYPES
from tests.clients.installed import HERE, npm_folder, program

STRICT = {"strict": True, "noEmit": True, "types": [], "target": "es2022", "module": "esnext"}
WISH = """
import SubmitCancellation from './SubmitCancellation';
export const wish: SubmitCancellation = {
  request_id: '0a1b2c3d-0000-4000-8000-00000000abcd', channel: %s, kind: 'product', subscription: 'sub-freeaddon02', %s
};
"""


@pytest.fixture(scope="module")
def types() -> Iterator[Path]:
    """Beside node_modules, where the generator finds what it needs."""
    installed = npm_folder()
    made = installed / "types"
    shutil.rmtree(made, ignore_errors=True)
    shutil.copy(HERE / "types.mjs", installed / "types.mjs")
    _runs([program("node"), "types.mjs", str(asyncapi.COMMITTED), str(made), "ts"], installed)
    settings = {"compilerOptions": STRICT | {"moduleResolution": "bundler"}, "include": ["*.ts"]}
    (made / "tsconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_every_message_has_a_type_of_its_own_and_all_compile_strictly(types: Path) -> None:
    wanted = {model.__name__ for model in TYPES.values()}
    assert wanted <= {file.stem for file in types.glob("*.ts")}
    (types / "right.ts").write_text(WISH % ("'app'", "items: ['video-pack']"), encoding="utf-8")
    assert _compiled(types) == ""


@pytest.mark.parametrize(
    ("channel", "further", "said"),
    [("'fax'", "", "right.ts"), ("'app'", "itmes: []", "itmes"), ("'app'", "items: [7]", "number")],
    ids=["a channel nobody knows", "a misspelt field", "a number for an item"],
)
def test_a_wrong_command_does_not_compile(types: Path, channel: str, further: str, said: str) -> None:
    (types / "right.ts").write_text(WISH % (channel, further), encoding="utf-8")
    assert said in _compiled(types)


def _compiled(types: Path) -> str:
    """What the compiler finds wrong."""
    compiler = types.parent / "node_modules" / "typescript" / "bin" / "tsc"
    command = [program("node"), str(compiler), "-p", "tsconfig.json"]
    return subprocess.run(command, cwd=types, capture_output=True, text=True, timeout=120).stdout


def _runs(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
