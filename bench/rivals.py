"""Sets up what others would pick, each in an environment of its own under var/bench, and lets it run the saga."""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from bench.phases import Figures, Pace
from bench.programs import ROOT
from bench.systems import Seen
from runtime.local.broker_apache import free_port

HOME = ROOT / "var" / "bench"
PEERS = ROOT / "bench" / "peers"
NEEDS = {
    "dbos": ("dbos>=3.4,<4", "psycopg[binary]>=3.2"),
    "restate": ("restate-sdk>=0.18", "hypercorn>=0.18", "httpx>=0.28,<0.29"),
}
SERVER = "@restatedev/restate-server@1"
IN_FLIGHT, DBOS_DRIVERS = 12, 3  # the best of what was tried for both
SET_UP_SECONDS, RUN_SECONDS = 600, 400
POSTGRES = "postgres"  # whom initdb wants to be on a machine where we are root
SETTINGS = ("listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "max_connections = 200")


class Missing(Exception):
    """A rival cannot be set up here: what is missing, in one sentence."""


def set_up(name: str) -> None:
    """Raises `Missing`. Does nothing the second time."""
    python = _python(name)
    if not python.exists():
        uv = shutil.which("uv") or _or_missing(ROOT / "var" / "uv" / "bin" / "uv", "uv")
        _done(name, [uv, "venv", "-q", "--python", sys.executable, str(HOME / name)])
        _done(name, [uv, "pip", "install", "-q", "--python", str(python), *NEEDS[name]])
    if name == "dbos":
        _postgresql()
    elif not _restate_server().exists():
        npm = shutil.which("npm") or _or_missing(Path("/nowhere"), "npm")
        _done(name, [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(HOME / "npm"), SERVER])


def seen(name: str, folder: Path, pace: Pace) -> Seen:
    most = run(name, folder, pace)
    half = run(name, folder, pace, max(1.0, most.completed_per_second / 2))
    return Seen(most, half, {rate: run(name, folder, pace, rate) for rate in pace.rates})


def run(name: str, folder: Path, pace: Pace, rate: float = 0.0) -> Figures:
    """Closed loop, or the open one at `rate`."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds = (pace.open or pace.closed) if rate else pace.closed
    load = ["--warm", str(pace.warm), "--seconds", str(seconds), "--rate", str(rate), "--in-flight", str(IN_FLIGHT)]
    if name == "dbos":
        with _running_postgresql(folder) as (url, postmaster):
            drivers = ["--drivers", str(DBOS_DRIVERS)]
            told = _asked(name, ["--url", url, "--postmaster", str(postmaster), *drivers, *load])
    else:
        data = folder / f"restate-{free_port()}"
        data.mkdir()
        told = _asked(name, ["--server", str(_restate_server()), "--data", str(data), *load])
    latency = {key: told[key] for key in ("p50", "p99") if told[key] is not None} if rate else {}
    figures = Figures(completed_per_second=told["completed_per_second"], rate=rate, latency_ms=latency)
    figures.cpu_ms = {name: told["cpu_ms"]}
    figures.faults += [] if figures.completed_per_second else [f"{name} completed nothing"]
    return figures


def _asked(name: str, arguments: Sequence[str]) -> dict[str, Any]:
    command = [str(_python(name)), str(PEERS / f"{name}_saga.py"), *arguments]
    said = subprocess.run(command, cwd=PEERS, capture_output=True, text=True, check=False, timeout=RUN_SECONDS)
    if said.returncode:
        raise Missing(f"{name} did not run: {said.stderr[-800:]}")
    told: dict[str, Any] = orjson.loads(said.stdout.splitlines()[-1])
    return told


def _python(name: str) -> Path:
    return HOME / name / "bin" / "python"


def _restate_server() -> Path:
    return HOME / "npm" / "node_modules" / ".bin" / "restate-server"


def _or_missing(program: Path, name: str) -> str:
    if not program.exists():
        raise Missing(f"{name} is not installed: install it, or leave that rival out with --systems.")
    return str(program)


def _done(name: str, command: Sequence[str]) -> None:
    HOME.mkdir(parents=True, exist_ok=True)
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SET_UP_SECONDS)
    except subprocess.TimeoutExpired:
        raise Missing(f"{name} could not be set up in {SET_UP_SECONDS} s: look at the network, try again.") from None
    if said.returncode:
        raise Missing(f"{name} could not be set up: {(said.stderr or said.stdout)[-400:].strip()}")


def _postgresql() -> Path:
    found = subprocess.run([ROOT / "deploy" / "postgres.sh"], capture_output=True, text=True, check=False)
    if found.returncode:
        raise Missing(f"PostgreSQL is missing: {found.stderr.strip()}")
    return Path(found.stdout.strip())


@contextmanager
def _running_postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    """As it is delivered: with fsync, as durable as it promises. Its address and its process."""
    programs, data, port = _postgresql(), folder / "postgresql", free_port()
    data.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        owner = pwd.getpwnam(POSTGRES)
        for each in (folder.parent, folder):
            each.chmod(0o755)
        os.chown(data, owner.pw_uid, owner.pw_gid)
    _as_owner(str(programs / "initdb"), "-D", str(data), "-U", POSTGRES, "-A", "trust", "-E", "UTF8")
    with (data / "postgresql.conf").open("a") as file:
        file.write("\n".join((*SETTINGS, f"port = {port}\n")))
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(data / "log")]
    _as_owner(*control, "start")
    try:
        postmaster = int((data / "postmaster.pid").read_text().split()[0])
        yield f"postgresql://{POSTGRES}@127.0.0.1:{port}/peer", postmaster
    finally:
        _as_owner(*control, "-m", "immediate", "stop")
        shutil.rmtree(data, ignore_errors=True)


def _as_owner(*command: str) -> None:
    another = ["runuser", "-u", POSTGRES, "--"] if os.geteuid() == 0 else []
    said = subprocess.run(
        [*another, *command], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if said.returncode:
        raise Missing(f"PostgreSQL: {Path(command[0]).name} failed.")
