"""The settings of a development broker: KRaft, small, quick to start, as strict as a production cluster."""

from pathlib import Path
from typing import NamedTuple

from runtime.kafka.rights import ADMINISTRATOR
from runtime.local.broker_keys import BROKER, Keys

CLUSTER_ID = "tuiding-development-0A"  # 22 characters of base64, as Kafka wants it
SCRAM = "SCRAM-SHA-512"
# Java's quick compiler, which our brokers run with, leaves the processor's AES unused.
CIPHERS = ("TLS_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
SMALL_CLEANER_BYTES = 4 * 1024 * 1024  # the default alone takes more memory than the rest of the broker

FIXED = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",  # a misspelt topic is an error, as in production
    "group.initial.rebalance.delay.ms": "0",  # nobody else is coming: a worker gets its partitions at once
    "group.min.session.timeout.ms": "1000",  # chaos tests declare a worker dead sooner than production would
    "broker.session.timeout.ms": "3000",  # so long a killed broker is refused on its return: it still counts as alive
    "broker.heartbeat.interval.ms": "500",
    "offsets.topic.num.partitions": "6",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.max.timeout.ms": "60000",  # so long a publisher that vanished may hold back everybody
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(SMALL_CLEANER_BYTES),
}


REPLICATED = {  # of several brokers any one may go away: two of three copies are enough to go on, one is not
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "unclean.leader.election.enable": "false",  # who has missed acknowledged records never leads
    "replica.lag.time.max.ms": "10000",  # so long everybody's acknowledgements wait for one who stands still
    "controller.quorum.election.timeout.ms": "1000",
    "controller.quorum.fetch.timeout.ms": "2000",
}


class Member(NamedTuple):
    """One of several brokers, each a controller as well; `controllers`: host:port of each, in the order of numbers."""

    number: int
    controllers: tuple[str, ...]

    @property
    def port(self) -> int:
        return int(self.controllers[self.number - 1].rpartition(":")[2])

    @property
    def properties(self) -> dict[str, str]:
        voters = ",".join(f"{number}@{address}" for number, address in enumerate(self.controllers, 1))
        return REPLICATED | {"node.id": str(self.number), "controller.quorum.voters": voters}


def server_properties(
    host: str, port: int, storage: Path, keys: Keys | None = None, member: Member | None = None, controller: int = 0
) -> str:
    """The text of Kafka's configuration file. `controller`: the port of one that stands alone, another each time."""
    alone = {"controller.quorum.bootstrap.servers": f"{host}:{controller}"}
    placed = {
        "listeners": f"CLIENTS://{host}:{port},CONTROLLER://{host}:{member.port if member else controller}",
        "advertised.listeners": f"CLIENTS://{host}:{port}",
        "log.dirs": str(storage),
    }
    every = FIXED | placed | (member.properties if member else alone) | (_secured(keys) if keys else {})
    return "".join(f"{name}={value}\n" for name, value in every.items())


def _secured(keys: Keys) -> dict[str, str]:
    """Clients sign in with SCRAM over TLS; the controller believes the broker's certificate alone; nobody else may."""
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    return {
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:SSL",
        "sasl.enabled.mechanisms": SCRAM,
        "connections.max.reauth.ms": "3600000",  # who was taken away or got another password is out within the hour
        "sasl.mechanism.inter.broker.protocol": SCRAM,
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            f'{login} username="{BROKER}" password="{keys.password(BROKER)}";'
        ),
        "ssl.cipher.suites": ",".join(CIPHERS),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys.broker),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(keys.ca),
        "listener.name.controller.ssl.client.auth": "required",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMINISTRATOR};User:{BROKER};User:CN={BROKER}",
    }
