"""A real PostgreSQL for the tests: a cluster of its own in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from runtime.local.broker_apache import free_port

ROOT = Path(__file__).parent.parent
GIVEN = "TUIDING_TEST_POSTGRESQL"  # postgresql+psycopg://... of a server whose user may create databases
HOST = "127.0.0.1"
USER = "postgres"  # Debian's; initdb refuses root
SETTINGS = {
    "max_connections": "300",  # every worker of every service keeps a few
    "fsync": "off",  # a test kills processes, not the machine
    "unix_socket_directories": "",
}


@contextmanager
def server(host: str = HOST) -> Iterator[str]:
    """The address of a database on a server that runs until the end of the block."""
    if given := os.environ.get(GIVEN):
        assert host == HOST, f"machines of their own cannot reach the server of {GIVEN}: take that setting away"
        yield given
        return
    folder = Path(tempfile.mkdtemp(prefix="tuiding-postgresql-"))
    try:
        with _running(folder, host) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """An empty database for one test."""
    name = f"test_{uuid4().hex[:12]}"
    admin = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
        yield sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
        connection.execute(sa.text(f"drop database {name} with (force)"))
    admin.dispose()


class Cluster(NamedTuple):
    """One server with its data; `copy` makes another one that follows it until it is promoted."""

    folder: Path
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{USER}@{self.host}:{self.port}/postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def make(self) -> None:
        as_user(program("initdb"), "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
        with (self.data / "pg_hba.conf").open("a") as file:
            file.write("host all all all trust\n")
        self._set(SETTINGS)

    def copy(self, folder: Path, name: str) -> "Cluster":
        """A standby, known to this one as `name`."""
        other = Cluster(owned(folder), self.host, free_port())
        origin = f"host={self.host} port={self.port} user={USER} application_name={name}"
        as_user(program("pg_basebackup"), "-D", str(other.data), "-R", "-d", origin, "-c", "fast", "--no-sync")
        other._set({})
        return other

    def _set(self, settings: Mapping[str, str]) -> None:
        told = {**settings, "port": str(self.port), "listen_addresses": self.host}
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in told.items())

    def control(self, *what: str) -> None:
        as_user(program("pg_ctl"), "-D", str(self.data), "-w", "-l", str(self.folder / "log"), *what)

    @contextmanager
    def running(self) -> Iterator[None]:
        """It may have been stopped before the end of the block."""
        self.control("start")
        try:
            yield
        finally:
            if (self.data / "postmaster.pid").exists():
                self.control("-m", "immediate", "stop")


@contextmanager
def _running(folder: Path, host: str) -> Iterator[str]:
    cluster = Cluster(owned(folder), host, free_port())
    cluster.make()
    with cluster.running():
        yield cluster.url


def owned(folder: Path) -> Path:
    if os.geteuid() == 0:
        owner = pwd.getpwnam(USER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def program(name: str) -> str:
    """Of initdb and those beside it; installs Debian's package where that is allowed."""
    own = {each: value for each, value in os.environ.items() if each != GIVEN}  # which needs no programs here
    found = subprocess.run([ROOT / "deploy" / "postgres.sh"], env=own, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return str(Path(found.stdout.strip(), name))


def as_user(*command: str) -> None:
    """Output goes to a file, not a pipe: the server that pg_ctl leaves behind would hold it open for ever."""
    another = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([*another, *command], stdout=said, stderr=said, cwd="/", check=False)
        said.seek(0)
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{said.read()}"
