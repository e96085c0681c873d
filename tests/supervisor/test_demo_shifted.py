"""`make demo` under a shift: every address it prints is moved, its data lies apart, and the command line finds it."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from demo.phone import PORT
from tests.ports import own_shift, usual_ports
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


class Demo(NamedTuple):
    process: subprocess.Popen[bytes]
    shift: int
    folder: Path

    def said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8")

    def tuiding(self, *words: str, **told: str) -> subprocess.CompletedProcess[str]:
        """From the same folder, and told nothing else."""
        line = [sys.executable, "-m", "cli", *words]
        return subprocess.run(line, cwd=self.folder, env=surroundings(**told), capture_output=True, text=True)


def surroundings(**more: str) -> dict[str, str]:
    """Without Java, so that Kafka is one in memory."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("TUIDING_", "JAVA_"))}
    return known | {"PATH": "/nowhere", "PYTHONPATH": str(ROOT), "TUIDING_LANG": "en"} | more


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, shift = tmp_path_factory.mktemp("shifted"), own_shift()
    with (folder / "said").open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "demo", "--rate", "0.5"],
            cwd=folder,
            env=surroundings(TUIDING_PORT_SHIFT=str(shift)),
            stdout=out,
            stderr=out,
        )
    running = Demo(process, shift, folder)
    try:
        eventually(lambda: process.poll() is not None or "  kafka  " in running.said(), 120)
        assert process.poll() is None, running.said()
        yield running
    finally:
        process.kill()
        process.wait()


def test_every_address_it_prints_is_moved_and_answers(demo: Demo) -> None:
    ports = {
        int(port) for port in re.findall(r"  (?:phone|console|door|carrier) +http://127\.0\.0\.1:(\d+)", demo.said())
    }
    assert ports == {port + demo.shift for port in (PORT, 8080, 8000, 9000)}
    for port in (PORT, 8080, 8000):
        answer = httpx.get(f"http://127.0.0.1:{port + demo.shift}/readyz", trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text


def test_its_data_lies_apart(demo: Demo) -> None:
    assert [each.name for each in (demo.folder / "var").iterdir()] == [f"shift-{demo.shift}"]
    assert (demo.folder / "var" / f"shift-{demo.shift}" / "demo" / "db").is_dir()


def test_the_command_line_finds_it_and_says_so(demo: Demo) -> None:
    done = demo.tuiding("requests", "list")
    assert done.returncode == 0, done.stderr
    there = f"127.0.0.1:{8080 + demo.shift}, of the run in var/shift-{demo.shift}/demo."
    assert done.stderr.splitlines()[0] == f"Asked: console at {there}"
    read = demo.tuiding("lag")
    assert read.returncode == 0 and "Asked: kafka at 127.0.0.1:" in read.stderr


@usual_ports()
def test_a_second_run_is_told_a_command_that_works_as_it_stands_and_neither_is_taken_for_the_other(demo: Demo) -> None:
    refused = demo.tuiding("up", TUIDING_PORT_SHIFT=str(demo.shift))
    typed = refused.stderr.partition("type: ")[2].strip()
    second = re.match(r"TUIDING_PORT_SHIFT=(\d+) ", typed)
    assert refused.returncode == 1 and second, refused.stderr
    beside, folder = {"TUIDING_PORT_SHIFT": second[1]}, f"var/shift-{second[1]}" if int(second[1]) else "var"
    with (demo.folder / "beside").open("w") as out:
        line = ["/bin/bash", "-c", f"exec /usr/bin/env {typed}"]
        process = subprocess.Popen(line, cwd=demo.folder, env=surroundings(), stdout=out, stderr=out)
    try:
        eventually(lambda: process.poll() is not None or "Ctrl-C" in (demo.folder / "beside").read_text(), 120)
        assert process.poll() is None, (demo.folder / "beside").read_text()
        untold = demo.tuiding("requests", "list")  # without a shift, the one that has none; else it must be said
        assert untold.returncode == (2 if int(second[1]) else 0) and f"{folder}" in untold.stderr, untold.stderr
        filed = json.loads(demo.tuiding("submit", "sub-freeaddon01", "video-pack", "--json", **beside).stdout)
        there, here = (
            demo.tuiding("status", filed["request_id"], **where)
            for where in (beside, {"TUIDING_PORT_SHIFT": str(demo.shift)})
        )
        assert there.returncode == 0 and f"of the run in {folder}. Also running" in there.stderr
        assert here.returncode == 4 and f"of the run in var/shift-{demo.shift}/demo" in here.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0 and demo.process.poll() is None
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_ends_it_and_nobody_is_asked_any_more(demo: Demo) -> None:
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(120) == 0, demo.said()
    assert demo.tuiding("requests", "list", TUIDING_PORT_SHIFT=str(demo.shift)).returncode == 3
