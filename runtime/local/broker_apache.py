"""Apache Kafka itself on this machine, for development and for tests against the real thing."""

import atexit
import errno
import os
import signal
import socket
import subprocess
import time
from functools import cached_property
from pathlib import Path

from runtime.kafka.connect import BrokerAway, BrokerProblem, reach
from runtime.kafka.rights import ADMINISTRATOR, principals
from runtime.kafka.security import Security
from runtime.local import broker_child, broker_jars
from runtime.local.broker_config import CLUSTER_ID, SCRAM, Member, server_properties
from runtime.local.broker_jars import Say
from runtime.local.broker_keys import BROKER, Keys, make_keys

HOST = "127.0.0.1"
LOG4J = broker_jars.ROOT / "deploy" / "kafka" / "log4j2.properties"
JAVA_OPTIONS = ("-Xmx512m", "-XX:TieredStopAtLevel=1")  # the quick compiler: a development broker restarts often
START_SECONDS = 300.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
QUOTED_LOG_LINES = 8


class ApacheKafka:
    """One KRaft node. Port 0 takes a free one, which the same object keeps over restarts.

    `member`: it is one of several; `keys_dir`: where the keys lie that they share; `host`: where it listens.
    """

    warning: str | None = None

    def __init__(
        self,
        data_dir: Path,
        port: int,
        say: Say = print,
        jars: Path = broker_jars.JARS,
        secure: bool = False,
        member: Member | None = None,
        keys_dir: Path | None = None,
        host: str = HOST,
    ) -> None:
        self.data_dir, self.port, self.secure = data_dir.resolve(), port or free_port(), secure
        self.host, self.bootstrap = host, f"{host}:{self.port}"
        self._say, self._jars, self._member = say, jars, member
        self._keys_dir = (keys_dir or self.data_dir / "keys").resolve()  # the broker works in a folder of its own
        self._config, self._log = self.data_dir / "server.properties", self.data_dir / "kafka.log"
        self._child: broker_child.Child | None = None

    @cached_property
    def keys(self) -> Keys | None:
        """Where the CA and everybody's password lie; None for a broker that asks nobody."""
        return make_keys(self._keys_dir, [BROKER, *principals()]) if self.secure else None

    def security(self, principal: str = ADMINISTRATOR) -> Security:
        """As `principal` signs in here."""
        keys = self.keys
        if keys is None:
            return Security("plaintext")
        return Security("sasl_ssl", str(keys.ca), mechanism=SCRAM, user=principal, password=keys.password(principal))

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Returns when the broker answers; raises BrokerProblem when it will not."""
        self.launch()
        self.wait_for_an_answer()

    def launch(self) -> None:
        """Returns when the process is there: one of several answers only with the others."""
        java = broker_jars.java()
        if java is None:
            raise BrokerProblem(f"Apache Kafka needs Java {broker_jars.OLDEST_JAVA} or later: install it.")
        broker_jars.ensure(self._jars, self._say)
        self._launch(java)
        atexit.register(self.stop)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would: nothing is closed in order."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        atexit.unregister(self.stop)
        child, self._child = self._child, None
        if child:
            broker_child.end(child, how, STOP_SECONDS)

    def _launch(self, java: str) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        lock = broker_child.locked(self.data_dir / "lock")
        if lock is None:
            raise BrokerProblem(
                f"An Apache Kafka already runs on {self.data_dir}: use it, stop it, or choose another directory."
            )
        try:
            self._prepare(java)
            self._child = broker_child.spawn(self._command(java, "kafka.Kafka", str(self._config)), self._log, lock)
        finally:
            os.close(lock)  # the child has inherited it: the lock lasts exactly as long as the broker

    def _prepare(self, java: str) -> None:
        if not is_free(self.port, self.host):
            raise BrokerProblem(f"Port {self.port} is taken: stop what listens there, or choose another port.")
        storage = self.data_dir / "data"
        if self.secure and (storage / "meta.properties").exists() and not self._keys_dir.exists():
            raise BrokerProblem(
                f"The Kafka in {self.data_dir} was made without users: set TUIDING_DATA to another folder."
            )
        self._config.touch(mode=0o600)  # it may hold the broker's password
        alone = 0 if self._member else free_port()
        self._config.write_text(server_properties(self.host, self.port, storage, self.keys, self._member, alone))
        if not (storage / "meta.properties").exists():
            self._format(java)

    def _format(self, java: str) -> None:
        how = ["format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", str(self._config)]
        how += [] if self._member else ["--standalone"]
        command = self._command(java, "kafka.tools.StorageTool", *how, *self._users())
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BrokerProblem(f"Kafka could not prepare {self.data_dir}; it said:\n{done.stdout}{done.stderr}")

    def _users(self) -> list[str]:
        """Passwords last as long as the data: a key file that is deleted is a user nobody can sign in as."""
        if (keys := self.keys) is None:
            return []
        users = [f"{SCRAM}=[name={name},password={keys.password(name)}]" for name in (BROKER, *principals())]
        return [word for user in users for word in ("--add-scram", user)]

    def _command(self, java: str, program: str, *arguments: str) -> list[str]:
        options = (*JAVA_OPTIONS, f"-Dlog4j2.configurationFile={LOG4J}", "-cp", f"{self._jars}/*")
        return [java, *options, program, *arguments]

    def wait_for_an_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(self.host, self.port):
            self._still_alive(deadline)
            time.sleep(POLL_SECONDS)
        try:
            reach(self.bootstrap, START_SECONDS, self.security())
        except BrokerAway as away:
            self._give_up(f"Apache Kafka listens on port {self.port} but does not answer", away)

    def _still_alive(self, deadline: float) -> None:
        if self._child is None or self._child.poll() is not None:
            self._give_up("Apache Kafka ended while it was starting", None)
        if time.monotonic() > deadline:
            self._give_up(f"Apache Kafka was not there after {START_SECONDS:.0f} s", None)

    def _give_up(self, what: str, cause: Exception | None) -> None:
        self.kill()
        last_words = "\n".join(self._log.read_text(errors="replace").splitlines()[-QUOTED_LOG_LINES:])
        raise BrokerProblem(f"{what}: look at its last words in {self._log}.\n{last_words}") from cause


def free_port() -> int:
    """The system gives it to nobody else while this process lives; whoever it is meant for can still listen there."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # two may have it that both say so, until one listens
    held.bind(("", 0))
    port = int(held.getsockname()[1])
    held.detach()  # open until the process ends
    return port


def is_free(port: int, host: str = HOST) -> bool:
    """SO_REUSEADDR, as Kafka itself binds: connections of a broker that has just ended do not count.

    A name that leads nowhere is no port that is taken: whoever listens there says what is wrong with it.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        return True
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            return error.errno != errno.EADDRINUSE
    return True


def _listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
