"""What nobody may read yet, because a transaction before it has not ended: a publisher that vanished holds back all."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from runtime.kafka.lag import Lag
from runtime.kafka.peeking import FEW_BYTES, Peeking
from runtime.kafka.record_times import Looks, Place, seconds_old
from runtime.kernel.arrivals import Consumed

HANGS_SECONDS = 30.0  # a publisher at work ends its transactions in less
SOURCE = re.compile(r"/(channels|tuiding)/[a-z]{1,20}")
Spot = tuple[str, int, int]  # topic, partition, offset
ONE_LOOK: Looks = ((0.0, {}),)


class Uncommitted(NamedTuple):
    """Of one partition: from `offset`, where the oldest open transaction begins, everybody's records wait."""

    topic: str
    partition: int
    offset: int
    records: int
    since: datetime
    seconds: float
    source: str  # as its first record says; nothing where that is no name

    @property
    def hangs(self) -> bool:
        return self.seconds >= HANGS_SECONDS


def held_back(lags: Iterable[Lag]) -> dict[Place, int]:
    """Where the first record lies that may not be read."""
    return {(lag.topic, lag.partition): lag.end for lag in lags if lag.uncommitted}


def uncommitted(lags: Iterable[Lag], firsts: Mapping[Spot, Consumed], looks: Looks, now: datetime) -> list[Uncommitted]:
    """How long records stand uncommitted, of each partition where they do, the longest first.

    `firsts`: the first such record of each; `looks`: where each partition ended when, with what is uncommitted.
    """
    standing = {(lag.topic, lag.partition): lag for lag in lags if lag.uncommitted}
    found = [_one(lag, firsts.get((*place, lag.end)), looks, now) for place, lag in standing.items()]
    return sorted(found, key=lambda each: -each.seconds)


def _one(lag: Lag, first: Consumed | None, looks: Looks, now: datetime) -> Uncommitted:
    age = seconds_old(first.timestamp_ms if first else None, looks, (lag.topic, lag.partition), lag.end, now)
    seconds = max(0.0, age)
    since = now - timedelta(seconds=seconds)
    return Uncommitted(lag.topic, lag.partition, lag.end, lag.uncommitted, since, seconds, _source(first))


def _source(first: Consumed | None) -> str:
    """A stranger chooses what stands there: only what looks like a name of ours is shown."""
    said = dict(first.record.headers).get("ce_source") if first else None
    text = (said or b"").decode("utf-8", "replace")
    return text if SOURCE.fullmatch(text) else ""


def look(bootstrap: str, lags: Iterable[Lag], wait_seconds: float) -> list[Uncommitted]:
    """As one look at the broker tells it, whose time stamps are believed."""
    lines = list(lags)
    wanted = held_back(lines)
    if not wanted:
        return []
    peeking = Peeking(bootstrap, wait_seconds, FEW_BYTES, uncommitted=True)
    try:
        return uncommitted(lines, firsts(peeking, wanted), ONE_LOOK, datetime.now(UTC))
    finally:
        peeking.close()


def firsts(peeking: Peeking, wanted: Mapping[Place, int]) -> dict[Spot, Consumed]:
    found = peeking.records(wanted, 1) if wanted else []
    return {(each.record.topic, each.partition, wanted[each.record.topic, each.partition]): each for each in found}
