"""The development broker of a machine without Java: librdkafka's cluster in one process, in memory only."""

from confluent_kafka import Producer

from runtime.kafka.connect import BrokerProblem

START_SECONDS = 10.0


class InMemoryKafka:
    """Other processes can connect to it as long as this one lives."""

    warning: str | None = (
        "IN-MEMORY KAFKA: every record is lost when this process stops; only one worker a service can run; topics have "
        "four partitions and no settings. Install Java 17 and Maven, or set TUIDING_KAFKA, to work with a real broker."
    )

    def __init__(self) -> None:
        self.bootstrap = ""  # known after start(): the cluster takes a free port
        self._cluster: Producer | None = None

    def start(self) -> None:
        if self._cluster is None:
            cluster = Producer({"test.mock.num.brokers": 1, "log_level": 3})
            brokers = cluster.list_topics(timeout=START_SECONDS).brokers.values()
            if not brokers:
                raise BrokerProblem("The in-memory Kafka did not start: set TUIDING_KAFKA to a real broker.")
            self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
            self._cluster = cluster  # the cluster lives as long as this producer

    def stop(self) -> None:
        self._cluster = None

    kill = stop
