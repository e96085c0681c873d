"""Several Apache Kafkas on this machine as one cluster: every record on three of them, any one may go away."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runtime.kafka.connect import BrokerProblem, admin
from runtime.kafka.rights import ADMINISTRATOR
from runtime.kafka.security import Security
from runtime.local import broker_jars
from runtime.local.broker_apache import HOST, ApacheKafka, free_port
from runtime.local.broker_config import Member
from runtime.local.broker_jars import Say

TOGETHER_SECONDS = 60.0
POLL_SECONDS = 0.1


class KafkaCluster:
    """`brokers` KRaft nodes, each broker and controller; on ports from `port` on, or on free ones for 0."""

    warning: str | None = None

    def __init__(
        self,
        data_dir: Path,
        port: int,
        say: Say = print,
        jars: Path = broker_jars.JARS,
        secure: bool = False,
        brokers: int = 3,
        host: str = HOST,
    ) -> None:
        numbers, free = range(1, brokers + 1), _free_ports(2 * brokers)
        controllers = tuple(f"{host}:{each}" for each in free[:brokers])
        ports = [port + number - 1 for number in numbers] if port else free[brokers:]
        self.nodes = [
            ApacheKafka(
                data_dir / f"{number}-of-{brokers}",
                ports[number - 1],
                say,
                jars,
                secure,
                Member(number, controllers),
                data_dir / "keys",
                host,
            )
            for number in numbers
        ]
        self.bootstrap = ",".join(node.bootstrap for node in self.nodes)

    def security(self, principal: str = ADMINISTRATOR) -> Security:
        return self.nodes[0].security(principal)

    def start(self) -> None:
        """Returns when all of them know each other; raises BrokerProblem when they do not come together."""
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait_for_an_answer()
            self._wait_until_together()
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """All at once: the last of them would wait for a majority that has gone."""
        with ThreadPoolExecutor(len(self.nodes)) as at_once:
            list(at_once.map(ApacheKafka.stop, self.nodes))

    def kill(self) -> None:
        for node in self.nodes:
            node.kill()

    def under_replicated(self) -> bool:
        """Whether any partition misses one of its copies."""
        with admin(self.bootstrap, TOGETHER_SECONDS, self.security()) as (client, _):
            return any(
                len(partition["isr_nodes"]) < len(partition["replica_nodes"])
                for topic in client.describe_topics()
                for partition in topic["partitions"]
            )

    def _wait_until_together(self) -> None:
        deadline = time.monotonic() + TOGETHER_SECONDS
        with admin(self.bootstrap, TOGETHER_SECONDS, self.security()) as (client, _):
            while len(client.describe_cluster()["brokers"]) < len(self.nodes):
                if time.monotonic() > deadline:
                    raise BrokerProblem(f"The {len(self.nodes)} brokers did not come together: look at their logs.")
                time.sleep(POLL_SECONDS)


def _free_ports(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return sorted(found)
