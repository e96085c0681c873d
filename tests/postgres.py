"""A real PostgreSQL for the tests: a cluster of its own in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
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


@contextmanager
def _running(folder: Path, host: str) -> Iterator[str]:
    programs, data, port = _programs(), folder / "data", free_port()
    if os.geteuid() == 0:
        owner = pwd.getpwnam(USER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    _as_user(str(programs / "initdb"), "-D", str(data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = {**SETTINGS, "port": str(port), "listen_addresses": host}
    with (data / "pg_hba.conf").open("a") as file:
        file.write("host all all all trust\n")
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    _as_user(*control, "start")
    try:
        yield f"postgresql+psycopg://{USER}@{host}:{port}/postgres"
    finally:
        _as_user(*control, "-m", "immediate", "stop")


def _programs() -> Path:
    """The folder of initdb and pg_ctl; installs Debian's package where that is allowed."""
    found = subprocess.run([ROOT / "deploy" / "postgres.sh"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return Path(found.stdout.strip())


def _as_user(*command: str) -> None:
    """Output goes to a file, not a pipe: the server that pg_ctl leaves behind would hold it open for ever."""
    another = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run([*another, *command], stdout=said, stderr=said, cwd="/", check=False)
        said.seek(0)
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{said.read()}"
