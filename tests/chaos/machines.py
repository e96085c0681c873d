"""Two machines of their own for the workers: a network namespace each, with a cable of its own to whatever it needs."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from runtime.local.broker_apache import HOST

CABLES = {"broker": 1, "database": 2, "carrier": 3}  # what a machine is connected to; its own doors are on the last
NAMES = ("east", "west")
NETWORKS = range(64, 128)  # 10.64.0.0/16 and following: the first that nobody uses here
NOBODY = "02:00:00:00:00:fe"  # what is sent to it arrives nowhere, and no one is told
WAYS = ("both", "out", "in")  # what is lost: everything, what the machine says, what it is told
BAD_LINE = ("tbf", "rate", "128kbit", "burst", "2kb", "limit", "6kb")
IN_DAYS = "cn-carrier"  # its promises outlast every cut, and an hour of a clock
PATIENCE_SECONDS = 8.0  # a worker gives up within one cut, not within minutes


class NoMachines(Exception):
    """One sentence: why there are none."""


@dataclass
class Machine:
    name: str
    number: int
    network: int

    @property
    def namespace(self) -> str:
        return f"tuiding-{self.network}-{self.name}"

    @property
    def enter(self) -> tuple[str, ...]:
        return (shutil.which("ip") or "ip", "netns", "exec", self.namespace)

    @property
    def door(self) -> str:
        """Where its workers listen."""
        return self.address("carrier")

    def address(self, cable: str) -> str:
        return f"10.{self.network}.{CABLES[cable]}.{10 + self.number}"

    def cut(self, cable: str, way: str) -> None:
        """As a switch that drops: connections stay open, and nobody hears that anything is wrong."""
        for side, here, device in self._sides(cable):
            if way in ("both", side):
                _ip(*here, "neigh", "replace", *device, "lladdr", NOBODY, "nud", "permanent")

    def narrow(self, cable: str) -> None:
        """As a bad line: a few packets wait for their turn, and what comes meanwhile is dropped."""
        _run("tc", "-n", self.namespace, "qdisc", "replace", "dev", to(cable), "root", *BAD_LINE)

    def mend(self, cable: str) -> None:
        subprocess.run(
            ["tc", "-n", self.namespace, "qdisc", "del", "dev", to(cable), "root"], capture_output=True, check=False
        )
        for _, here, device in self._sides(cable):
            subprocess.run(["ip", *here, "neigh", "del", *device], capture_output=True, check=False)

    def _sides(self, cable: str) -> Sequence[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """Which way it leads, in whose tables, and to whom over which device."""
        out = ("out", ("-n", self.namespace), (at(self.network, cable), "dev", to(cable)))
        return (out, ("in", (), (self.address(cable), "dev", self._plug(cable))))

    def _plug(self, cable: str) -> str:
        return f"td{self.network}{self.name[0]}{cable[0]}"

    def connect(self, stack: ExitStack) -> None:
        _ip("netns", "add", self.namespace)
        stack.callback(subprocess.run, ["ip", "netns", "del", self.namespace], check=False)
        inside = ("-n", self.namespace)
        _ip(*inside, "link", "set", "lo", "up")
        for cable in CABLES:
            plug, mine, theirs = self._plug(cable), self.address(cable), at(self.network, cable)
            _ip("link", "add", plug, "type", "veth", "peer", "name", to(cable), "netns", self.namespace)
            _ip("link", "set", plug, "up")
            _ip("route", "add", f"{mine}/32", "dev", plug, "src", theirs)
            _ip(*inside, "addr", "add", f"{mine}/32", "dev", to(cable))
            _ip(*inside, "link", "set", to(cable), "up")
            _ip(*inside, "route", "add", f"{theirs}/32", "dev", to(cable), "src", mine)


@dataclass
class Network:
    """Where broker, database and carrier listen, and the machines that reach them."""

    broker: str = HOST
    database: str = HOST
    carrier: str = HOST
    machines: Sequence[Machine] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


ONE_MACHINE = Network()


def at(network: int, cable: str) -> str:
    return f"10.{network}.{CABLES[cable]}.1"


def to(cable: str) -> str:
    """The machine's own end of it."""
    return f"to-{cable}"


@contextmanager
def two_machines() -> Iterator[Network]:
    """Connected. Raises NoMachines where that is not allowed."""
    with ExitStack() as stack:
        network = _free_network(stack)
        machines = [Machine(name, number, network) for number, name in enumerate(NAMES)]
        for machine in machines:
            machine.connect(stack)
        settings = {"auth": "none", "patience_seconds": PATIENCE_SECONDS, "policy": IN_DAYS}
        broker, database, carrier = (at(network, cable) for cable in CABLES)
        yield Network(broker, database, carrier, machines, settings)


def _free_network(stack: ExitStack) -> int:
    """Nobody's yet: the first address of one is taken, and the others with it."""
    for network in NETWORKS:
        places = [[f"{at(network, cable)}/32", "dev", "lo"] for cable in CABLES]
        if _is_free(places[0]):
            for place in places[1:]:
                _ip("addr", "add", *place)
            for place in places:
                stack.callback(subprocess.run, ["ip", "addr", "del", *place], check=False)
            return network
    raise NoMachines("every network that could be used is in use: look at `ip addr`")


def _is_free(place: list[str]) -> bool:
    try:
        _ip("addr", "add", *place)
    except NoMachines as refused:
        if "exists" in str(refused) or "assigned" in str(refused):
            return False
        raise
    return True


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(*words: str) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        raise NoMachines(f"{words[0]} is missing, which makes networks of machines: install iproute2") from None
    if done.returncode:
        raise NoMachines(
            "machines with networks of their own need root and a kernel with network namespaces: "
            f"`{' '.join(words)}` said: {done.stderr.strip()}"
        )
