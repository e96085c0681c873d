"""A whole tuiding on one machine: broker, carrier and every service as child processes that are kept alive."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from policies.pack import folders, in_force
from runtime.kafka import granting, topics
from runtime.kafka.rights import ADMINISTRATOR, OPERATOR
from runtime.kafka.security import security_of
from runtime.local import broker_child, database_keys, programs, readiness, refusals, tickets, whereabouts
from runtime.local.broker import ApacheKafka, Broker, InMemoryKafka, KafkaCluster, choose
from runtime.local.broker_keeper import BrokerKeeper
from runtime.local.broker_keys import Keys
from runtime.local.child import Child, Say
from runtime.local.ports import SHIFT, Wanted
from runtime.local.programs import Databases, Program
from runtime.local.refusals import AlreadyUp, NotSafe
from runtime.settings import Settings
from runtime.worker.carrier_tls import certificates

STOP_SECONDS = 10.0
WHO_MAY = ("host", "auth", "operators", "oidc_", "channels_")  # how the settings begin that say who may come in


class Supervisor:
    """`start`, `wait_ready`, `stop`, once each. After `start`, `settings` says where everything is.

    `carrier`: whether to start the stand-in, with `carrier_options` for its command line. `workers` is per service.
    `brokers` is how many Kafkas are started here. `secure`: the development broker speaks TLS, and everybody signs in
    as themselves, to a PostgreSQL as well.
    `services`: other programs than the services of contracts/flow.py, for tests. `beside`: further ones, started last.
    """

    def __init__(
        self,
        settings: Settings,
        say: Say = print,
        carrier: bool = True,
        workers: int = 1,
        *,
        carrier_options: Sequence[str] = (),
        secure: bool = False,
        brokers: int = 1,
        services: Sequence[Program] | None = None,
        beside: Sequence[Program] = (),
    ) -> None:
        self.settings, self.say, self.data = settings, say, Path(settings.data)
        self._workers, self._given, self._beside = workers, services, beside
        self._brokers = brokers
        self._secure, self._keys = secure, None if not secure else Keys(self.data.resolve() / "kafka" / "keys")
        self._carrier = [programs.carrier(self.settings, carrier_options)] if carrier else []
        self._databases: Databases = {}
        self._children: list[Child] = []
        self._broker: BrokerKeeper | None = None
        self._lock: int | None = None

    def start(self) -> None:
        """Returns when all are started. AlreadyUp, PortTaken, PackError, NotSecured ...: then nothing runs."""
        self._take_the_lock()
        try:
            in_force(self.settings.policy, folders(self.settings.policies))
            self._refuse_what_is_unsafe()
            given, port = self.settings.kafka or None, self.settings.kafka_port
            broker = choose(given, self.data / "kafka", port, self.say, self._secure, self._brokers)
            self._check_ports(broker)
            self._start_children(self._carrier)  # it needs no broker, so it uses the seconds the broker takes
            self._start_broker(broker)
            self._make_database_users()
            self._start_children([*self._services(), *self._beside])
            tickets.prepare(self.data)
            whereabouts.write(self.data, self.addresses)
        except BaseException:
            self.stop()
            raise

    def wait_ready(self, timeout: float = 60.0) -> None:
        """Until everybody can work. Raises readiness.NotReady."""
        readiness.wait(self._children, timeout, self.say)

    def stop(self) -> None:
        """Services first, the broker last; what has not ended after 10 s is killed. Twice is the same as once."""
        if self._lock is None:
            return
        whereabouts.forget(self.data)
        if self._children or self._broker:
            self.say("stopping ...")
            self._stop_everybody()
            self.say("stopped.")
        os.close(self._lock)
        self._children, self._broker, self._lock = [], None, None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def restart_counts(self) -> dict[str, int]:
        counts = {child.program.name: child.restarts for child in self._children}
        return counts | ({"kafka": self._broker.restarts} if self._broker and self._broker.processes else {})

    @property
    def processes(self) -> dict[str, psutil.Process]:
        """Those that run at this moment, by name; `kafka` among them where it is ours."""
        found = {child.program.name: process for child in self._children if (process := child.process)}
        return found | (self._broker.processes if self._broker else {})

    @property
    def addresses(self) -> dict[str, str]:
        """Settings field -> what it should be for whoever talks to this run."""
        known = self.settings
        here = {"kafka": known.kafka, "carrier": known.carrier, "intake": known.intake, "quotes": known.quotes}
        here |= {"console": f"http://127.0.0.1:{known.usual_port('console')}", "data": str(self.data.resolve())}
        here |= {"port_shift": str(known.port_shift), "policy": known.policy}
        if known.policies:
            here["policies"] = str(Path(known.policies).resolve())
        return here | self._sign_in_to_look()

    def _sign_in_to_look(self) -> dict[str, str]:
        """What the command line signs in to Kafka with."""
        if self._keys is None:
            return {}
        operator = self._keys.signed_in(self.settings, OPERATOR)
        names = ("kafka_security", "kafka_ca", "kafka_user", "kafka_password_file")
        return {name: str(getattr(operator, name)) for name in names}

    def _take_the_lock(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = broker_child.locked(self.data / "up.lock")
        if self._lock is None:
            raise self.already_up("data" not in self.settings.model_fields_set)

    def _refuse_what_is_unsafe(self) -> None:
        """What a service would end with again and again, while everything beside it already works."""
        if self.settings.kafka:
            security_of(self.settings)
        if self.settings.carrier_ca:
            certificates(self.settings)
        if self._given is None and any(name.startswith(WHO_MAY) for name in self.settings.model_fields_set):
            from runtime.worker.service_host import unsafe  # with all their doors, which takes a second to load

            if why := unsafe(self.settings):
                raise NotSafe(why)

    def _check_ports(self, broker: Broker) -> None:
        ours = isinstance(broker, ApacheKafka | KafkaCluster)
        refusals.refuse_taken(self._wanted(self._brokers if ours else 0), self.settings.port_shift, self.settings.host)

    def _wanted(self, brokers: int) -> list[Wanted]:
        by_hand, first = self.settings.model_fields_set, self.settings.kafka_port
        setting = "TUIDING_KAFKA_PORT={}" if "kafka_port" in by_hand else SHIFT
        ours = (*self._carrier, *self._services(), *self._beside)
        wanted = [Wanted(first + number, "Apache Kafka", setting) for number in range(brokers if first else 0)]
        return wanted + [Wanted(each.port, each.name, each.port_setting) for each in ours]

    def already_up(self, folder_moves: bool) -> AlreadyUp:
        """What to say to whoever wants a second one on this folder; `folder_moves`: another shift has another one."""
        known, brokers = self.settings, 0 if self.settings.kafka else self._brokers
        return refusals.already_up(
            self.data.resolve(), folder_moves, self._wanted(brokers), known.port_shift, known.host
        )

    def _start_broker(self, broker: Broker) -> None:
        self.say(f"starting the broker ({type(broker).__name__}) ...")
        self._broker = BrokerKeeper(broker, self.say)
        self._broker.start()
        self.settings = self.settings.model_copy(update={"kafka": broker.bootstrap})
        if self._keys:
            self.settings = self._keys.signed_in(self.settings, ADMINISTRATOR)
        security = security_of(self.settings)
        for change in topics.apply(broker.bootstrap, security=security):
            if change.what != "created":  # by hand, it was otherwise
                self.say(f"topic {change.topic}: {change.what}, {change.detail}")
        if self._keys:
            granting.apply_rights(broker.bootstrap, security=security)
        if isinstance(broker, InMemoryKafka):
            self._workers = 1  # its consumer groups cannot share out partitions

    def _make_database_users(self) -> None:
        """The PostgreSQL that was given keeps one service's user away from another's tables, as in production."""
        if self._secure and self.settings.database:
            self._databases = database_keys.own_users(self.settings.database, self.data / "database-keys")

    def _services(self) -> Sequence[Program]:
        if self._given is not None:
            return self._given
        return programs.services(self.settings, self._workers, self._keys, self._databases)

    def _start_children(self, wanted: Iterable[Program]) -> None:
        for program in wanted:
            child = Child(program, self.data / "log" / f"{program.name}.log", self.say)
            self._children.append(child)
            child.start()

    def _stop_everybody(self) -> None:
        for child in self._children:
            child.ask_to_end()
        deadline = time.monotonic() + STOP_SECONDS
        killed = [child.program.name for child in self._children if not child.ended_by(deadline)]
        if killed:
            self.say(f"{', '.join(killed)} did not end within {STOP_SECONDS:.0f} s and had to be killed.")
        if self._broker:
            self._broker.stop()
