"""Everything that runs: broker, database, carrier, two workers of every service; started once, ended without trace."""

import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from contracts.flow import SERVICES
from policies.editions import Editions
from policies.pack import folders, in_force
from runtime.kafka import topics
from runtime.kernel.store import Store
from runtime.local.broker_apache import ApacheKafka, free_port
from runtime.local.broker_cluster import KafkaCluster
from runtime.local.child import Child
from runtime.local.programs import Program
from runtime.settings import Settings
from runtime.worker.service_host import stepper
from tests.chaos.databases import Database, opened
from tests.chaos.machines import ONE_MACHINE, Machine, Network
from tests.chaos.rules import rules_of
from tests.chaos.unlucky import Orders, orders
from tests.chaos.workers import STOP_SECONDS, Worker

SESSION_SECONDS = 6.0
CALL_SECONDS = 2.0  # shorter than the carrier's delays
READY_SECONDS = 180.0
PATIENCE_SECONDS = 600.0  # a broker or database may be away for as long as a busy machine needs


class NotReady(Exception):
    """Something did not start; the sentence says what and shows its last words."""


@dataclass
class Place:
    folder: Path
    broker: ApacheKafka | KafkaCluster
    database: Database
    settings: Settings
    dice: random.Random
    workers: list[Worker] = field(default_factory=list)
    stores: dict[str, Store] = field(default_factory=dict)
    machines: Sequence[Machine] = ()  # the workers' own; none: all on this one
    beside: str = ""  # folder of another release, of which every second worker is

    @property
    def rules(self) -> Editions:
        return in_force(self.settings.policy, folders(self.settings.policies))

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    @property
    def orders(self) -> Orders:
        return orders(self.folder)

    @property
    def carrier(self) -> str:
        return self.settings.carrier

    def of(self, service: str) -> list[Worker]:
        return [worker for worker in self.workers if worker.service == service]

    def ask_carrier(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, self.carrier + path, json=body, trust_env=False, timeout=30)
        return answer.raise_for_status().json() if answer.content else None

    def new_worker(self, service: str, number: int) -> Worker:
        machine = self.machines[(number - 1) % len(self.machines)] if self.machines else None
        release = "" if number % 2 else self.beside
        return Worker(service, number, self.settings, random.Random(self.dice.random()), machine, release)

    def logged(self, words: str) -> int:
        return sum(worker.logged(words) for worker in self.workers)

    def wait_ready(self, patience_seconds: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + patience_seconds
        for worker in self.workers:
            if not worker.wait_ready(max(1.0, deadline - time.monotonic())):
                last = "\n".join(worker.log.read_text(errors="replace").splitlines()[-6:])
                raise NotReady(f"{worker.name} is not ready after {patience_seconds:.0f} s; its last words:\n{last}")


@contextmanager
def running(
    folder: Path,
    database: str,
    seed: int,
    customers: int,
    brokers: int = 1,
    network: Network = ONE_MACHINE,
    beside: str = "",
) -> Iterator[Place]:
    """Ready. Raises NoDatabase, BrokerProblem, NotReady."""
    with ExitStack() as stack:
        ours = stack.enter_context(opened(database, folder, network.database))
        broker = _broker(folder / "kafka", brokers, network.broker)
        stack.callback(broker.stop)
        address = _carrier(folder, customers, stack, network.carrier)
        broker.start()
        topics.apply(broker.bootstrap)
        kept = {**rules_of(beside, folder), **network.settings}
        settings = _settings(folder, broker, ours, address).model_copy(update=kept)
        dice = random.Random(f"{seed}/place")
        place = Place(folder, broker, ours, settings, dice, machines=network.machines, beside=beside)
        stack.callback(_stop, place)
        _open_stores(place)
        place.workers = [place.new_worker(service.name, number) for number in (1, 2) for service in SERVICES]
        for worker in place.workers:
            worker.start()
        place.wait_ready()
        yield place


def _broker(folder: Path, brokers: int, host: str) -> ApacheKafka | KafkaCluster:
    if brokers == 1:
        return ApacheKafka(folder, 0, lambda text: None, host=host)
    return KafkaCluster(folder, 0, lambda text: None, brokers=brokers, host=host)


def _settings(folder: Path, broker: ApacheKafka | KafkaCluster, database: Database, carrier: str) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg,unused-ignore]
        kafka=broker.bootstrap,
        data=str(folder),
        database=database.url,
        carrier=carrier,
        log="json",
        session_timeout_seconds=SESSION_SECONDS,
        call_timeout_seconds=CALL_SECONDS,
        patience_seconds=PATIENCE_SECONDS,
    )


def _carrier(folder: Path, customers: int, stack: ExitStack, host: str) -> str:
    port = free_port()
    listen = (
        "--host",
        host,
        "--port",
        str(port),
        "--data",
        str(folder / "carrier"),
        "--crowd",
        str(customers),
        "--mixed",
    )
    program = Program("carrier", (sys.executable, "-m", "demo.carrier", *listen), port, "/livez", {})
    child = Child(program, folder / "log" / "carrier.log", lambda text: None)
    child.start()
    stack.callback(lambda: child.ended_by(time.monotonic() + STOP_SECONDS))
    stack.callback(child.ask_to_end)
    _until_alive(f"http://{host}:{port}/livez", child)
    return f"http://{host}:{port}"


def _until_alive(address: str, child: Child) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(address, trust_env=False, timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise NotReady(f"the carrier did not start: {child.last_words()}")


def _open_stores(place: Place) -> None:
    """Also creates the tables, so that no two workers do it at once."""
    rules = place.rules
    for service in SERVICES:
        place.stores[service.name] = Store(place.settings.store, service.name)
        stepper(service.name, place.stores[service.name], rules, "0")


def _stop(place: Place) -> None:
    for worker in place.workers:
        worker.ask_to_stop()
    for worker in place.workers:
        worker.stop()
    for store in place.stores.values():
        store.close()
