"""The settings of a development broker: one KRaft node, small, quick to start, as strict as a production cluster."""

from pathlib import Path

from runtime.kafka.rights import ADMINISTRATOR
from runtime.local.broker_keys import BROKER, Keys

CLUSTER_ID = "tuiding-development-0A"  # 22 characters of base64, as Kafka wants it
SCRAM = "SCRAM-SHA-512"
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
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.dedupe.buffer.size": str(SMALL_CLEANER_BYTES),
}


def server_properties(host: str, port: int, controller_port: int, storage: Path, keys: Keys | None = None) -> str:
    """The text of Kafka's configuration file. The controller's port may differ from start to start."""
    placed = {
        "listeners": f"CLIENTS://{host}:{port},CONTROLLER://{host}:{controller_port}",
        "advertised.listeners": f"CLIENTS://{host}:{port}",
        "controller.quorum.bootstrap.servers": f"{host}:{controller_port}",
        "log.dirs": str(storage),
    }
    return "".join(f"{name}={value}\n" for name, value in (FIXED | placed | (_secured(keys) if keys else {})).items())


def _secured(keys: Keys) -> dict[str, str]:
    """Clients sign in with SCRAM over TLS; the controller believes the broker's certificate alone; nobody else may."""
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    return {
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,CONTROLLER:SSL",
        "sasl.enabled.mechanisms": SCRAM,
        "sasl.mechanism.inter.broker.protocol": SCRAM,
        "listener.name.clients.scram-sha-512.sasl.jaas.config": (
            f'{login} username="{BROKER}" password="{keys.password(BROKER)}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys.broker),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(keys.ca),
        "listener.name.controller.ssl.client.auth": "required",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMINISTRATOR};User:{BROKER};User:CN={BROKER}",
    }
