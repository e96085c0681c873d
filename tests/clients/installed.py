"""What the tests use of npm, installed under var/ exactly as the lock beside this file says."""

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LISTS = ("package.json", "package-lock.json")
DEBIAN = {"npm": "npm", "node": "nodejs", "kcat": "kcat", "curl": "curl", "javac": "default-jdk-headless"}
PATIENCE_SECONDS = 400


def program(name: str) -> str:
    """Where it is; a test that needs one that is not there fails with the package that has it."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: install Debian's package {DEBIAN[name]} (apt-get install {DEBIAN[name]}).")
    return found


def npm_folder() -> Path:
    """A folder with node_modules; installed once for every state of the lock."""
    state = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in LISTS)).hexdigest()[:12]
    folder = ROOT / "var" / "clients" / state
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            _install(folder)
            (folder / "ready").touch()
    return folder


def _install(folder: Path) -> None:
    for name in LISTS:
        shutil.copy(HERE / name, folder / name)
    command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    if done.returncode:
        pytest.fail(f"npm could not install what the tests need of it:\n{done.stdout}{done.stderr}")
