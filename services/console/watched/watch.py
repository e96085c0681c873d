"""Reads topics, groups and workers once for all viewers, and keeps the recent past of it."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka.errors import KafkaError  # type: ignore[import-untyped,unused-ignore]

from contracts.flow import TOPICS
from contracts.health import Heartbeat
from runtime.kafka.connect import BrokerTrouble
from runtime.kafka.drift import Drift
from runtime.kafka.lag import Lag
from runtime.kafka.members import Stranger
from runtime.kafka.uncommitted import Spot, Uncommitted, held_back, uncommitted
from runtime.kernel.arrivals import Consumed
from services.console.watched.behind import Behind, as_json, held_back_as_json, looked, unread
from services.console.watched.broker import Broker

FRESH_SECONDS = 2.0  # while somebody looks
IDLE_SECONDS = 6.0  # nobody looks: what a plot needs
REMEMBERED_SECONDS = 900.0
POINTS = int(REMEMBERED_SECONDS / FRESH_SECONDS)
RATE_OVER_SECONDS = 10.0
CHECKED_SECONDS = 30.0  # how topics are set
PATIENCE_SECONDS = 2.0  # for the broker to answer at all
FIRST_LOOK_SECONDS = 1.5  # how long a page waits for it
Ends = dict[tuple[str, int], int]


class Seen(NamedTuple):
    """`problem` is a sentence when the broker could not be asked; then the rest is what was known before."""

    topics: list[dict[str, Any]] = []
    behind: dict[tuple[str, str], Behind] = {}
    workers: dict[str, Heartbeat] = {}
    problem: str = ""
    problem_since: datetime | None = None
    open: list[Uncommitted] = []
    skews: dict[str, float] = {}  # worker -> how many seconds its clock is before ours
    strangers: Sequence[Stranger] = ()
    deleted: Sequence[Lag] = ()  # where records went before they were read
    drifts: Sequence[Drift] = ()  # where topics are not as they must be


class Watch:
    def __init__(
        self,
        broker: Broker,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.broker, self.clock, self.utc_now = broker, clock, now
        self.seen = Seen()
        self._asked = self._looked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None
        self._ends: deque[tuple[float, Ends]] = deque(maxlen=POINTS)
        self._times: dict[Spot, int] = {}
        self._firsts: dict[Spot, Consumed] = {}
        self._beats: dict[str, tuple[datetime, datetime]] = {}  # what its clock said, when we heard it
        self._skews: dict[str, float] = {}
        self._drifts: Sequence[Drift] = ()
        self._checked = float("-inf")

    async def now(self) -> Seen:
        """What is known; asks again in the background when that is old. Never waits long, never raises."""
        self._looked_at = self.clock()
        if self._asking is None and self.clock() - self._asked >= FRESH_SECONDS:
            self._asking = asyncio.create_task(self._refresh())
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=0 if self.seen.topics else FIRST_LOOK_SECONDS)
        return self.seen

    async def go_on(self) -> None:
        """For as long as the console runs: somebody who comes to look wants to see what was before."""
        while True:
            if self._asking is None and self.clock() - self._asked >= IDLE_SECONDS:
                self._asking = asyncio.create_task(self._refresh())
            await asyncio.sleep(FRESH_SECONDS)

    async def _refresh(self) -> None:
        try:
            self.seen = await asyncio.to_thread(self._look)
        except BrokerTrouble as trouble:
            self._away(str(trouble))
        except (KafkaError, OSError) as error:
            self._away(f"The broker could not be asked: {type(error).__name__}.")
        finally:
            self._asked, self._asking = self.clock(), None

    def _away(self, problem: str) -> None:
        since = self.seen.problem_since or self.utc_now()
        self.seen = self.seen._replace(problem=problem, problem_since=since)

    def _look(self) -> Seen:
        lags = self.broker.lag(PATIENCE_SECONDS)
        self._ends.append((self.clock(), {(lag.topic, lag.partition): max(lag.end, lag.written) for lag in lags}))
        times = self._ages(lags)
        behind = looked(lags, times, self.seen.behind, self._ends, self.utc_now(), POINTS)
        workers = {key: self._heard(key, each) for key, each in self.broker.heartbeats().items()}
        self._beats = {key: self._beats[key] for key in workers}  # whoever is heard of no more is forgotten
        self._skews = {key: skew for key, skew in self._skews.items() if key in workers}
        standing, strangers = self._open(lags), self.broker.strangers(PATIENCE_SECONDS)
        topics = self._topics(lags, behind, standing)
        gone = [each for each in lags if each.deleted]
        skews = dict(self._skews)
        return Seen(topics, behind, workers, "", None, standing, skews, strangers, gone, self._as_set())

    def _as_set(self) -> Sequence[Drift]:
        """Asked seldom: there are many topics, and an administrator changes one in a year."""
        if self.clock() - self._checked >= CHECKED_SECONDS:
            self._checked = self.clock()
            self._drifts = self.broker.drifts(PATIENCE_SECONDS)
        return self._drifts

    def _open(self, lags: Sequence[Lag]) -> list[Uncommitted]:
        """The record at which all stand is looked at once."""
        wanted = held_back(lags)
        known = {spot: each for spot, each in self._firsts.items() if wanted.get(spot[:2]) == spot[2]}
        missing = {place: offset for place, offset in wanted.items() if (*place, offset) not in known}
        self._firsts = known | self.broker.first_uncommitted(missing)
        return uncommitted(lags, self._firsts, self._ends, self.utc_now())

    def _heard(self, key: str, said: Heartbeat) -> Heartbeat:
        """With the time when we heard it: the worker's own clock may be off, which is told."""
        known, now = self._beats.get(key), self.utc_now()
        if known is None:
            self._beats[key] = said.at, min(said.at, now)  # it may lie there since yesterday
        elif known[0] != said.at:
            self._beats[key] = said.at, now
            self._skews[key] = (said.at - now).total_seconds()
        return said.model_copy(update={"at": self._beats[key][1]})

    def _ages(self, lags: Sequence[Lag]) -> Mapping[Spot, int]:
        """A group that stands still is behind the same record: that one is looked at once."""
        wanted = {
            (topic, partition, offset) for (topic, partition), mine in unread(lags).items() for offset in mine.values()
        }
        known = {place: stamp for place, stamp in self._times.items() if place in wanted}
        missing = sorted(wanted - known.keys())
        while missing:  # several groups may stand at different places of one partition
            first = {(topic, partition): offset for topic, partition, offset in reversed(missing)}
            found = self.broker.times(first)
            known |= {(*place, first[place]): stamp for place, stamp in found.items()}
            missing = [each for each in missing if first.get((each[0], each[1])) != each[2]]
        self._times = known
        return known

    def _topics(
        self, lags: Sequence[Lag], behind: Mapping[tuple[str, str], Behind], standing: Sequence[Uncommitted]
    ) -> list[dict[str, Any]]:
        totals = _by_topic(self._ends[-1][1])
        rates = self._rates(totals)
        return [
            {
                "topic": topic.name,
                "written_by": topic.written_by,
                "rate_per_second": rates.get(topic.name),
                "end": totals[topic.name],
                **held_back_as_json([each for each in standing if each.topic == topic.name]),
                "groups": [as_json(each) for (name, _), each in behind.items() if name == topic.name],
            }
            for topic in TOPICS
            if topic.name in totals
        ]

    def _rates(self, totals: Mapping[str, int]) -> dict[str, float]:
        now = self._ends[-1][0]
        since, before = next(each for each in self._ends if now - each[0] <= RATE_OVER_SECONDS)
        passed = now - since
        if passed <= 0:
            return {}
        then = _by_topic(before)
        return {name: round(max(0, end - then.get(name, end)) / passed, 1) for name, end in totals.items()}


def _by_topic(ends: Ends) -> dict[str, int]:
    totals: dict[str, int] = {}
    for (topic, _), end in ends.items():
        totals[topic] = totals.get(topic, 0) + end
    return totals


@contextlib.asynccontextmanager
async def running(work: Awaitable[None]) -> Any:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
