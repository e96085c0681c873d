"""Java and Python that modelina makes of contracts/asyncapi.json: all of it compiles, and a command of it is one."""

import shutil
import subprocess
import sys
from pathlib import Path

from contracts import asyncapi
from contracts.messages.commands import SubmitCancellation
from tests.clients.installed import HERE, npm_folder, program

WISH = """
import importlib, pathlib
for file in pathlib.Path("tuiding").glob("[a-z]*.py"):
    importlib.import_module(f"tuiding.{file.stem}")
from tuiding.submit_cancellation import Channel, Kind, SubmitCancellation
own = "0a1b2c3d-0000-4000-8000-00000000abcd"
more = {"subscription": "sub-a001", "items": ["a-b"]}
wish = SubmitCancellation(request_id=own, channel=Channel.APP, kind=Kind.PRODUCT, **more)
print(wish.model_dump_json(exclude_none=True))
"""


def test_every_java_class_compiles(tmp_path: Path) -> None:
    made = _made("java", tmp_path)
    classes = sorted(str(each) for each in made.glob("*.java"))
    assert str(made / "SubmitCancellation.java") in classes
    _runs([program("javac"), "-proc:none", "-d", str(tmp_path / "classes"), *classes], tmp_path)


def test_every_python_module_imports_and_its_command_is_one_of_the_contract(tmp_path: Path) -> None:
    (_made("py", tmp_path) / "__init__.py").touch()
    told = _runs([sys.executable, "-c", WISH], tmp_path)
    assert SubmitCancellation.model_validate_json(told, strict=True).items == ("a-b",)


def _made(language: str, folder: Path) -> Path:
    """The script lies beside node_modules, where it finds the generator."""
    script = npm_folder() / f"types-{language}.mjs"
    shutil.copy(HERE / "types.mjs", script)
    made = folder / "tuiding"
    _runs([program("node"), str(script), str(asyncapi.COMMITTED), str(made), language], folder)
    return made


def _runs(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
