"""Every topic with its rate, its end and how far each group is behind, asked of the broker while somebody looks."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import TOPICS
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.lag import GROUP_PREFIX, Lag

AskLag = Callable[[str, float], Sequence[Lag]]
FRESH_SECONDS = 2.0
RATE_OVER_SECONDS = 10.0
PATIENCE_SECONDS = 2.0  # for the broker to answer at all
FIRST_LOOK_SECONDS = 1.0  # how long a page waits for it


class Snapshot(NamedTuple):
    """`problem` is a sentence for the page when the broker could not be asked."""

    topics: list[dict[str, Any]]
    problem: str


class Traffic:
    def __init__(self, bootstrap: str, ask: AskLag, clock: Callable[[], float] = time.monotonic) -> None:
        self.bootstrap, self.ask, self.clock = bootstrap, ask, clock
        self._last = Snapshot([], "")
        self._asked = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._ends: deque[tuple[float, dict[str, int]]] = deque()

    async def now(self) -> Snapshot:
        """What is known; asks again in the background when that is old. Never waits long, never raises."""
        if self._asking is None and self.clock() - self._asked >= FRESH_SECONDS:
            self._asking = asyncio.create_task(self._refresh())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=0 if self._last.topics else FIRST_LOOK_SECONDS)
        return self._last

    async def _refresh(self) -> None:
        try:
            lags = await asyncio.to_thread(self.ask, self.bootstrap, PATIENCE_SECONDS)
            self._last = Snapshot(self._topics(lags), "")
        except BrokerTrouble as trouble:
            self._last = Snapshot(self._last.topics, str(trouble))
        except (KafkaError, OSError) as error:
            self._last = Snapshot(self._last.topics, f"The broker could not be asked: {type(error).__name__}.")
        finally:
            self._asked, self._asking = self.clock(), None

    def _topics(self, lags: Sequence[Lag]) -> list[dict[str, Any]]:
        ends = {(lag.topic, lag.partition): lag.end for lag in lags}
        totals = {topic.name: _sum(ends, topic.name) for topic in TOPICS if any(key[0] == topic.name for key in ends)}
        rates = self._rates(totals)
        return [
            {
                "topic": topic.name,
                "written_by": topic.written_by,
                "rate_per_second": rates.get(topic.name),
                "end": totals[topic.name],
                "groups": _groups(lags, topic.name),
            }
            for topic in TOPICS
            if topic.name in totals
        ]

    def _rates(self, totals: dict[str, int]) -> dict[str, float]:
        now = self.clock()
        while len(self._ends) > 1 and now - self._ends[0][0] > RATE_OVER_SECONDS:
            self._ends.popleft()
        self._ends.append((now, totals))
        since, before = self._ends[0]
        passed = now - since
        if passed <= 0:
            return {}
        return {name: round(max(0, end - before.get(name, end)) / passed, 1) for name, end in totals.items()}


def _sum(ends: dict[tuple[str, int], int], topic: str) -> int:
    return sum(end for (name, _), end in ends.items() if name == topic)


def _groups(lags: Sequence[Lag], topic: str) -> list[dict[str, Any]]:
    """`started` is false for a group that has committed nothing here yet: then `behind` is an upper bound."""
    behind: dict[str, int] = {}
    started: dict[str, bool] = {}
    for lag in lags:
        if lag.topic == topic:
            behind[lag.group] = behind.get(lag.group, 0) + lag.behind
            started[lag.group] = started.get(lag.group, False) or lag.committed is not None
    return [
        {"group": group.removeprefix(GROUP_PREFIX), "behind": number, "started": started[group]}
        for group, number in behind.items()
    ]
