"""What the console asks the broker, in no consumer group; tests bring a broker of their own."""

from collections.abc import Mapping, Sequence

from contracts.health import Heartbeat
from runtime.kafka import lag as lags
from runtime.kafka import members, topics
from runtime.kafka.drift import Drift
from runtime.kafka.heartbeats import Heartbeats
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger
from runtime.kafka.peeking import FEW_BYTES, Peeking
from runtime.kafka.record_times import Place
from runtime.kafka.uncommitted import Spot, firsts
from runtime.kernel.arrivals import Consumed


class Broker:
    """Blocks, so it is asked in threads. Raises `BrokerTrouble`, or what the client library raises."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._ages = Peeking(bootstrap, at_once=FEW_BYTES)
        self._open = Peeking(bootstrap, at_once=FEW_BYTES, uncommitted=True)
        self._peeking = Peeking(bootstrap)  # another one: who looks around waits for nobody's page
        self._heartbeats = Heartbeats(bootstrap)

    def lag(self, wait_seconds: float) -> Sequence[Lag]:
        return lags.lag(self.bootstrap, wait_seconds)

    def strangers(self, wait_seconds: float) -> Sequence[Stranger]:
        return members.look(self.bootstrap, wait_seconds)

    def drifts(self, wait_seconds: float) -> Sequence[Drift]:
        return topics.verify(self.bootstrap, wait_seconds)

    def times(self, wanted: Mapping[Place, int]) -> dict[Place, int]:
        return self._ages.times(wanted)

    def first_uncommitted(self, wanted: Mapping[Place, int]) -> dict[Spot, Consumed]:
        return firsts(self._open, wanted)

    def heartbeats(self) -> dict[str, Heartbeat]:
        return self._heartbeats.look()

    def bounds(self, topic: str) -> dict[Place, tuple[int, int]]:
        return self._peeking.bounds(topic)

    def at_time(self, topic: str, milliseconds: int) -> dict[Place, int]:
        return self._peeking.at_time(topic, milliseconds)

    def records(self, wanted: Mapping[Place, int], most: int) -> list[Consumed]:
        return self._peeking.records(wanted, most)
