"""Kafka in memory: partitions, offsets, consumer groups, and everything at-least-once delivery can do to a reader."""

import random
import zlib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple, Protocol

from kafka.partitioner import murmur2  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import COMMAND_TOPICS
from contracts.messages import Message
from runtime.envelope import Envelope, Record, Unreadable, decode
from runtime.kernel.reached import Mark
from runtime.worker.same_store import furthest
from tests.proof.history import Commit

PARTITIONS = 3
Part = tuple[str, int]  # topic, partition


class Heard(NamedTuple):
    """A record as everybody can read it on its topic; no envelope where it breaks the contract."""

    record: Record
    partition: int
    offset: int
    at_ms: int
    envelope: Envelope | None

    @property
    def place(self) -> str:
        return f"{self.record.topic}[{self.partition}]@{self.offset}"


class Log:
    """`append` is the only way in; `listeners` are told of each record."""

    def __init__(self, now_ms: Callable[[], int], retention_days: float) -> None:
        self.retention_ms = int(retention_days * 86_400_000)
        self.parts: dict[Part, list[Heard]] = defaultdict(list)
        self.order: list[Heard] = []
        self.about: dict[str, list[Message]] = defaultdict(list)  # request id -> what was ever said of it, copies too
        self.listeners: list[Callable[[Heard], None]] = []
        self._now_ms = now_ms
        self._known: dict[bytes, Envelope] = {}

    def append(self, record: Record) -> Heard:
        partition = _partition(record)
        there = self.parts[record.topic, partition]
        heard = Heard(record, partition, len(there), self._now_ms(), self._read(record))
        there.append(heard)
        self.order.append(heard)
        if heard.envelope is not None:
            self.about[heard.envelope.message.request_id].append(heard.envelope.message)
        for listener in self.listeners:
            listener(heard)
        return heard

    def beginning(self, part: Part) -> int:
        """What is older than the topics keep is gone."""
        oldest = self._now_ms() - self.retention_ms
        return bisect_left(self.parts[part], oldest, key=lambda heard: heard.at_ms)

    def _read(self, record: Record) -> Envelope | None:
        """Copies of one record need not be understood twice."""
        known = repr((record.headers, record.key)).encode() + (record.value or b"-")
        if known in self._known:
            return self._known[known]
        try:
            envelope = decode(record)
        except Unreadable:
            return None
        self._known[known] = envelope
        return envelope


class Member(Protocol):
    """A consumer in a group. `assigned` may come at any time and starts from what is committed."""

    name: str

    def assigned(self, parts: list[Part]) -> None: ...


class Group:
    """Who reads which partition, and how far the group says it has come."""

    def __init__(self, name: str, topics: list[str], log: Log, dice: random.Random) -> None:
        self.name, self.topics, self.log, self.dice = name, topics, log, dice
        self.committed: dict[Part, int] = {}
        self.members: list[Member] = []
        self.owner: dict[Part, Member] = {}
        self.finished: dict[Part, set[int]] = defaultdict(set)  # what the service has stored, seen from outside
        self.lowest: dict[Part, int] = defaultdict(int)
        self.commits: list[Commit] = []
        self.marks: dict[Part, str] = {}  # beside each offset: how far the store of whoever committed it was

    def join(self, member: Member) -> None:
        if member not in self.members:
            self.members.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)
            self.rebalance()

    def rebalance(self) -> None:
        """Usually one number of partition goes to one member for all topics, as Faust does; not always."""
        self.owner = {}
        if not self.members:
            return
        together, shift = self.dice.random() < 0.5, self.dice.randrange(len(self.members))
        shares: dict[str, list[Part]] = {member.name: [] for member in self.members}
        for index, part in enumerate((topic, number) for topic in self.topics for number in range(PARTITIONS)):
            at = shift + (part[1] if together else index)
            member = self.members[at % len(self.members)]
            self.owner[part] = member
            shares[member.name].append(part)
        for member in self.members:
            member.assigned(shares[member.name])

    def commit(self, member: Member, part: Part, offset: int, mark: str = "") -> bool:
        """False when the group no longer listens to this member."""
        if self.owner.get(part) is not member or member not in self.members:
            return False
        if offset > self.committed.get(part, 0):
            self.committed[part], self.marks[part] = offset, mark
            self.commits.append(Commit(self.name, *part, offset, self.lowest_unfinished(part)))
        return True

    def finish(self, part: Part, offset: int) -> None:
        self.finished[part].add(offset)

    def lowest_unfinished(self, part: Part) -> int:
        low, finished = self.lowest[part], self.finished[part]
        while low in finished:
            low += 1
        self.lowest[part] = low
        return low

    def reached(self) -> Mark:
        """What its commits say."""
        return furthest(list(self.marks.values()))

    def lag(self) -> dict[str, int]:
        parts = [(topic, number) for topic in self.topics for number in range(PARTITIONS)]
        read = {part: max(self.committed.get(part, 0), self.log.beginning(part)) for part in parts}
        behind = {part: len(self.log.parts[part]) - read[part] for part in parts}
        return {f"{self.name}/{topic}[{number}]": n for (topic, number), n in behind.items() if n}

    def rewind(self) -> None:
        """An operator resets the group to the beginning; nobody may be in it meanwhile."""
        assert not self.members
        self.committed = {}


def _partition(record: Record) -> int:
    """Services send with one partitioner; a channel's clients with librdkafka's or Java's, each as it happens."""
    key, own = record.key or b"", dict(record.headers).get("ce_id") or b""
    if record.topic in COMMAND_TOPICS and zlib.crc32(own) % 2:
        return int(murmur2(key) & 0x7FFFFFFF) % PARTITIONS
    return zlib.crc32(key) % PARTITIONS
