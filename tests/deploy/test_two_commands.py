"""`make test` and `make demo` on a machine that has nothing: what they say, what they install, and when they stop."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = ["bash", "sh", "make", "env", "sed", "cat", "ls", "grep", "dirname"]
INSTALL = "install -y -qq --no-install-recommends"
FOR_DEMO = "openjdk-17-jre-headless maven"
FOR_TEST = "chromium kcat prometheus openjdk-17-jdk-headless nodejs npm fonts-wqy-microhei openssl iproute2"
LATER_STEPS = ("uv", "python", "pytest", "ruff", "mypy", "lint-imports")


class Bare:
    """A PATH of only the plainest tools; whatever else is called writes itself down in `calls`."""

    def __init__(self, folder: Path) -> None:
        self.path, self.calls = folder / "bin", folder / "calls"
        self.path.mkdir()
        self.calls.touch()
        for tool in KEPT:
            (self.path / tool).symlink_to(shutil.which(tool) or f"/missing/{tool}")
        for step in LATER_STEPS:
            self.fake(step)
        self.fake("apt-cache", 'case "$2" in openjdk-17-*) ;; *) exit 100;; esac')
        self.fake("apt-get")
        self.user(0)

    def fake(self, name: str, then: str = "") -> None:
        program = self.path / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >>{self.calls}\n{then}\n')
        program.chmod(0o755)

    def user(self, number: int) -> None:
        self.fake("id", f"echo {number}")

    def make(self, *words: str, uv: str = "uv") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.path), "HOME": os.environ.get("HOME", "/"), "TUIDING_TEST_POSTGRESQL": "given"}
        ours = [f"UV={self.path / uv}", f"BIN={self.path}"]
        return subprocess.run(
            [self.path / "make", "-s", *words, *ours],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def called(self, name: str) -> list[str]:
        lines = self.calls.read_text().splitlines()
        return [line.removeprefix(name).strip() for line in lines if line.split()[0] == name]


@pytest.fixture
def machine(tmp_path: Path) -> Bare:
    return Bare(tmp_path)


@pytest.mark.parametrize(("target", "packages"), [("demo", FOR_DEMO), ("test", f"{FOR_DEMO} {FOR_TEST}")])
def test_root_gets_what_is_missing_with_a_sentence_each_and_then_the_command_runs(
    machine: Bare, target: str, packages: str
) -> None:
    done = machine.make(target, "ARGS=the-rest")
    assert done.returncode == 0, done.stderr
    assert machine.called("apt-get") == ["update -qq", f"{INSTALL} {packages}"]
    assert "Java 17 or newer, which runs a real Kafka, is missing: it is installed now" in done.stderr
    assert "Maven, which fetches Kafka's jars, is missing: it is installed now" in done.stderr
    assert len(done.stderr.splitlines()) == len(packages.split())
    assert machine.called("python" if target == "demo" else "pytest")[-1].endswith("the-rest")
    names = [line.split()[0] for line in machine.calls.read_text().splitlines()]
    assert names.index("apt-get") < names.index("uv")


@pytest.mark.parametrize(("target", "packages"), [("demo", FOR_DEMO), ("test", f"{FOR_DEMO} {FOR_TEST}")])
@pytest.mark.parametrize("with_sudo", [True, False], ids=["sudo wants a password", "no sudo"])
def test_somebody_without_root_reads_the_command_to_type(
    machine: Bare, target: str, packages: str, with_sudo: bool
) -> None:
    machine.user(1000)
    if with_sudo:
        machine.fake("sudo", "exit 1")
    done = machine.make(target)
    assert done.returncode != 0
    assert machine.called("apt-get") == machine.called("uv") == machine.called("python") == []
    typed = f"apt-get update && apt-get install -y --no-install-recommends {packages}"
    typed = typed.replace("apt-get ", "sudo apt-get ") if with_sudo else f"su -c '{typed}'"
    assert f"  {typed}" in done.stderr.splitlines()
    assert "Maven, which fetches Kafka's jars, is missing." in done.stderr


def test_a_sudo_that_asks_for_no_password_is_used(machine: Bare) -> None:
    machine.user(1000)
    machine.fake("sudo", 'shift; case "$1" in true) exit 0;; esac; exec "$@"')
    assert machine.make("demo").returncode == 0
    assert machine.called("apt-get") == ["update -qq", f"{INSTALL} {FOR_DEMO}"]
    assert machine.called("sudo")[1] == "-n env DEBIAN_FRONTEND=noninteractive apt-get update -qq"


def test_nothing_is_said_or_installed_where_nothing_is_missing(machine: Bare) -> None:
    machine.fake("java", "echo 'openjdk version \"21.0.1\" 2023-10-17' >&2")
    machine.fake("mvn")
    done = machine.make("demo")
    assert (done.returncode, done.stderr, machine.called("apt-get")) == (0, "", [])


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22"])
def test_an_old_java_is_no_java(machine: Bare, version: str) -> None:
    machine.fake("java", f"echo 'openjdk version \"{version}\" 2024-01-16' >&2")
    machine.fake("mvn")
    machine.make("demo")
    assert machine.called("apt-get")[-1] == f"{INSTALL} openjdk-17-jre-headless"


def test_a_newer_debian_gives_its_own_java(machine: Bare) -> None:
    machine.fake("apt-cache", "exit 100")
    machine.make("demo")
    assert machine.called("apt-get")[-1] == f"{INSTALL} default-jre-headless maven"


def test_a_python_without_ensurepip_gets_its_package_while_uv_is_missing(machine: Bare) -> None:
    machine.fake("python3", "exit 1")
    machine.make("packages-for-demo", uv="no-uv-yet")
    assert machine.called("apt-get")[-1] == f"{INSTALL} {FOR_DEMO} python3-venv"


def test_packages_that_do_not_come_stop_the_command(machine: Bare) -> None:
    machine.fake("apt-get", "exit 100")
    done = machine.make("demo")
    assert done.returncode != 0 and "could not be installed" in done.stderr
    assert machine.called("uv") == []


def test_a_machine_that_is_no_debian_is_told_what_it_lacks(machine: Bare) -> None:
    (machine.path / "apt-get").unlink()
    done = machine.make("demo")
    assert done.returncode != 0 and "no Debian" in done.stderr and "Maven" in done.stderr


def test_the_gate_installs_nothing_but_make_and_calls_only_make() -> None:
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("make")] == [
        "make test",
        "make storms",
        "make machines",
        "make demo ONCE=1",
    ]
    assert [line for line in lines if line.startswith("nice")] == [
        "nice -n 19 bash -ec 'make simulate SEEDS=0-99; make simulate BUG=all' >\"$log\" 2>&1 &"
    ]
    assert [line for line in lines if "packages" in line or "apt" in line] == [
        "command -v make >/dev/null || deploy/debian-packages.sh make"
    ]
