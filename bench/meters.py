"""What a run costs, read from outside: CPU from /proc, memory, records and deliveries from Kafka's own offsets."""

import hashlib
import os
import time
from collections.abc import Mapping
from statistics import quantiles
from typing import NamedTuple

import psutil
from confluent_kafka import Consumer, TopicPartition

CALIBRATION_ROUNDS = 60_000
MOVED = 0.10


class Cpu(NamedTuple):
    """CPU seconds by process since each started, and of the whole machine, at one moment."""

    at: float
    by_name: dict[str, float]
    machine: float


class Spent(NamedTuple):
    """Between two moments; `others` is what processes that are not ours took of the machine, 0 to 1."""

    seconds: float
    by_name: dict[str, float]
    others: float

    @property
    def total(self) -> float:
        return sum(self.by_name.values())


def cpu(processes: Mapping[str, psutil.Process]) -> Cpu:
    """Threads and waited-for children included; `driver` is this very process."""
    times = {name: _seconds(process) for name, process in processes.items()}
    everything = psutil.cpu_times()
    idle = everything.idle + everything.iowait
    own = time.process_time()
    return Cpu(time.perf_counter(), times | {"driver": own}, sum(everything) - everything.guest - idle)


def _seconds(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return float(spent.user + spent.system)


def spent(before: Cpu, after: Cpu) -> Spent:
    seconds = after.at - before.at
    by_name = {name: after.by_name[name] - before.by_name[name] for name in before.by_name}
    others = (after.machine - before.machine - sum(by_name.values())) / (seconds * (os.cpu_count() or 1))
    return Spent(seconds, by_name, max(0.0, others))


def resident_mb(processes: Mapping[str, psutil.Process]) -> dict[str, float]:
    return {name: round(process.memory_info().rss / 2**20, 1) for name, process in processes.items()}


def calibration() -> float:
    """Thousands of rounds a second of a fixed piece of work on one core: the machine's mood, not ours."""
    began, digest, table = time.perf_counter(), b"tuiding", {}
    for number in range(CALIBRATION_ROUNDS):
        digest = hashlib.sha256(digest).digest()
        table[number % 1000] = digest.hex()
    return CALIBRATION_ROUNDS / (time.perf_counter() - began) / 1000


def moved(before: float, after: float) -> bool:
    return abs(after - before) > MOVED * before


class Offsets:
    """Looks at ends and commits of a broker without joining anything."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumer = self._looking_as("bench-offsets")

    def close(self) -> None:
        self._consumer.close()

    def ends(self) -> dict[tuple[str, int], int]:
        """Of every partition of every topic, internal ones included."""
        places = [
            TopicPartition(topic.topic, partition)
            for topic in self._consumer.list_topics(timeout=10).topics.values()
            for partition in topic.partitions
        ]
        return {(p.topic, p.partition): self._consumer.get_watermark_offsets(p, 10)[1] for p in places}

    def consumed(self, group: str) -> int:
        """How many records a group has acknowledged since the beginning of time."""
        consumer = self._looking_as(group)
        places = [TopicPartition(*place) for place in self.ends() if not place[0].startswith("__")]
        committed = consumer.committed(places, timeout=10)
        consumer.close()
        return sum(max(0, place.offset) for place in committed)

    def _looking_as(self, group: str) -> Consumer:
        return Consumer({"bootstrap.servers": self._bootstrap, "group.id": group, "enable.auto.commit": False})


def growth(before: Mapping[tuple[str, int], int], after: Mapping[tuple[str, int], int]) -> dict[str, int]:
    """Records by topic."""
    grown: dict[str, int] = {}
    for (topic, partition), end in after.items():
        grown[topic] = grown.get(topic, 0) + end - before.get((topic, partition), 0)
    return {topic: count for topic, count in grown.items() if count}


def spread(times: list[float]) -> dict[str, float]:
    """Of what was measured and no guess beyond it: p99 is never more than the most. Empty where there are too few."""
    if len(times) < 2:
        return {}
    found = quantiles(times, n=100, method="inclusive")
    return {"p50": round(found[49], 1), "p99": round(found[98], 1), "most": round(max(times), 1)}
