"""How far every service has read what it reads."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from kafka import (
    IsolationLevel,  # type: ignore[import-untyped,unused-ignore]
    TopicPartition,  # type: ignore[import-untyped,unused-ignore]
)
from kafka.admin import OffsetSpec  # type: ignore[import-untyped,unused-ignore]
from kafka.errors import (  # type: ignore[import-untyped,unused-ignore]
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NotCoordinatorError,
)

from contracts.flow import TOPICS, group_id
from runtime.kafka.connect import BrokerAway, Reach, admin, another

NOT_YET = (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError)
RETRY_SECONDS, WAIT_SECONDS = 0.1, 10.0


class Lag(NamedTuple):
    topic: str
    partition: int
    group: str
    committed: int | None  # the next offset to read; None: the group has never committed here
    end: int  # the offset after the last record that may be read
    written: int = 0  # after the last one that lies there: what comes behind an open transaction may not be read yet
    first: int = 0  # the first that still lies there

    @property
    def behind(self) -> int:
        """Records not yet read; an upper bound while nothing is committed."""
        return max(0, self.end - max(self.first, self.unread_from))

    @property
    def deleted(self) -> int:
        """Records that went before they were read: by an age that is too short, or by somebody."""
        return max(0, self.first - self.unread_from) if self.unread_from >= 0 else 0

    @property
    def unread_from(self) -> int:
        """The first unread offset; -1: from the beginning, as nothing of what lies there was ever read."""
        made_again = self.committed is not None and self.committed > self.end
        return -1 if self.committed is None or made_again else self.committed

    @property
    def uncommitted(self) -> int:
        """Records that lie there and that nobody may read yet."""
        return max(0, self.written - self.end)


def offsets(bootstrap: str, wait_seconds: float = 10.0) -> dict[tuple[str, int], int]:
    """The end of every partition of our topics that exist."""
    with admin(bootstrap, wait_seconds) as (client, _):
        return _ends(client)


def lag(bootstrap: str, wait_seconds: float = 10.0) -> list[Lag]:
    """One line for every partition of every topic a service reads."""
    with admin(bootstrap, wait_seconds) as (client, reached):
        asked = _asked(_ends(client))
        committed = _committed(bootstrap, reached, asked, time.monotonic() + wait_seconds) if asked else {}
        # After the commits: an end of before may lie behind them.
        written = _ends(client, IsolationLevel.READ_UNCOMMITTED)  # first: what comes between is no transaction
        ends = _ends(client)
        firsts = _ends(client, spec=OffsetSpec.EARLIEST)
    return [
        Lag(
            place.topic,
            place.partition,
            group,
            _known(committed[group][place].offset),
            ends[tuple(place)],
            max(written[tuple(place)], ends[tuple(place)]),
            firsts[tuple(place)],
        )
        for group, places in asked.items()
        for place in places
    ]


def marks(bootstrap: str, group: str, wait_seconds: float = 10.0) -> list[str]:
    """What lies beside the offsets that this group has committed, wherever it has."""
    with admin(bootstrap, wait_seconds) as (_, reached):
        if reached.in_memory:
            return []
        found = _committed(bootstrap, reached, {group: None}, time.monotonic() + wait_seconds)
        return [each.metadata or "" for each in found[group].values()]


def _ends(
    client: Any, counting: Any = IsolationLevel.READ_COMMITTED, spec: Any = OffsetSpec.LATEST
) -> dict[tuple[str, int], int]:
    ours = {topic.name for topic in TOPICS}
    latest = {
        TopicPartition(topic["name"], partition["partition_index"]): spec
        for topic in client.describe_topics()
        if topic["name"] in ours
        for partition in topic["partitions"]
    }
    found = client.list_partition_offsets(latest, counting) if latest else {}
    return {(place.topic, place.partition): found[place].offset for place in sorted(found)}


def _asked(ends: dict[tuple[str, int], int]) -> dict[str, list[Any]]:
    """Every partition by name: asked for "all", the broker leaves out those without a commit."""
    asked: dict[str, list[Any]] = {}
    for topic in TOPICS:
        for service in topic.read_by:
            asked.setdefault(group_id(service), []).extend(TopicPartition(*e) for e in ends if e[0] == topic.name)
    return {group: places for group, places in asked.items() if places}


def _committed(bootstrap: str, reached: Reach, asked: Mapping[str, list[Any] | None], deadline: float) -> Any:
    """The first question ever makes the broker create its offsets topic, and a restarted one has to load it."""
    while True:
        try:
            with another(bootstrap, reached, WAIT_SECONDS) as client:  # it would remember coordinators that moved
                return client.list_group_offsets(asked)
        except NOT_YET as error:
            if time.monotonic() > deadline:
                raise BrokerAway(f"The broker at {bootstrap} does not know its consumer groups yet: wait.") from error
            time.sleep(RETRY_SECONDS)


def _known(offset: int) -> int | None:
    return offset if offset >= 0 else None
