"""`policies/README.md` followed to the letter on a clean set-up: every file it shows, every command, in order."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from cli import application
from policies.files.folders import FOLDER
from tests.ports import own_shift
from tests.waiting import eventually

ROOT = FOLDER.parent
BLOCK = re.compile(r"(?ms)^( *)```(sh|yaml|json)\n(.*?)^ *```")
FILE = re.compile(r"# ([\w./-]+\.yaml)\n")
UNTIL_CTRL_C = "# until Ctrl-C"
INLINE = re.compile(r"`(?:\.venv/bin/)?tuiding ([a-z-]+(?: [a-z-]+)?)[^`]*`")
PATIENCE_SECONDS = 120


class Block(NamedTuple):
    kind: str
    text: str


def blocks() -> Iterator[Block]:
    text = (FOLDER / "README.md").read_text(encoding="utf-8").partition("### The rules")[0]
    for indent, kind, body in BLOCK.findall(text):
        yield Block(kind, "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True)))


@pytest.fixture
def set_up(tmp_path: Path) -> Path:
    """What `make setup` leaves behind: the repository's packs and its virtual environment."""
    for name in (".venv", "policies", "demo"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_every_command_of_the_page_runs_as_written_in_order(set_up: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUIDING_")}
    environment |= {"TUIDING_PORT_SHIFT": str(own_shift()), "TUIDING_LANG": "en"}
    ran: list[str] = []
    exports = ""
    for block in blocks():
        if block.kind == "sh":
            for line in block.text.splitlines():
                ran.append(line)
                if line.startswith("export "):
                    exports += f"{line}\n"
                elif UNTIL_CTRL_C in line:
                    runs_until_interrupted(f"{exports}exec env {line}", set_up, environment)
                else:
                    done = subprocess.run(
                        ["bash", "-ec", exports + line], cwd=set_up, env=environment, capture_output=True, text=True
                    )
                    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
                    assert "warning: /" not in done.stdout, done.stdout
        elif block.kind == "json":
            (set_up / "my-vectors.json").write_text(block.text, encoding="utf-8")
        elif named := FILE.match(block.text):
            file = set_up / named[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
    assert len(ran) >= 7 and any(UNTIL_CTRL_C in line for line in ran)


def runs_until_interrupted(line: str, where: Path, environment: dict[str, str]) -> None:
    log = where / "up.log"
    with log.open("w") as out:
        process = subprocess.Popen(["bash", "-ec", line], cwd=where, env=environment, stdout=out, stderr=out)
    eventually(lambda: process.poll() is not None or "Ctrl-C" in log.read_text(), PATIENCE_SECONDS)
    assert process.poll() is None, log.read_text()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_SECONDS) == 0, log.read_text()


def test_every_command_it_speaks_of_is_there() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for words in {match.split(" my-")[0] for match in INLINE.findall(text)}:
        line = [word for word in words.split() if word not in ("my", "mine")]
        done = CliRunner().invoke(application(), [*line, "--help"])
        assert done.exit_code == 0, f"tuiding {words}: {done.output}"
    assert "uv run" not in text, "make setup may put uv where nobody finds it"
