"""Turns between those who send commands: behind one who sends more than we decide, nobody else waits.

What each of them sends lies in a row of its own, and counts to it until the carrier has answered what it led to. Short
rows are emptied in every round. A long one gets a few places in it, never all calls to the carrier, and while others
send, too, only a share of this worker's time, answers counted in: the rest of it waits, and nothing is lost.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from contracts.flow import COMMAND_TOPICS, SHARED_COMMANDS
from runtime.envelope import Record
from runtime.kernel.arrivals import Arrival, CallDone, Consumed
from runtime.kernel.dead_letters import source_named
from runtime.worker.senders import Sender

SHORT = 16  # commands of one sender in one round that nobody else feels
SHARE = 0.25  # of the time, for long rows while others are about
LEFT_FREE = 4  # of as many calls at once long rows leave one to others
OTHERS_SECONDS = 10.0  # since another was heard of
MOST_BYTES = 32 * 1024 * 1024  # read ahead of the topic that all share, so that those behind a long row are found
MOST_OF_A_TOPIC = MOST_BYTES // 4  # of any, where that finds nobody
RECORD_BYTES = 1024  # what one without any bytes costs beside it


class Work(NamedTuple):
    arrival: Arrival | None  # None: nobody here decides on it, it is only acknowledged in its turn
    acknowledge: Callable[[], object] | None
    sender: Sender | None = None  # of the command, or of the one that led to the call that this answers


class Row:
    """What one of them sent, in its order."""

    def __init__(self) -> None:
        self.works: deque[Work] = deque()
        self.bytes, self.heard_at, self.calls = 0, 0.0, 0

    @property
    def is_long(self) -> bool:
        return len(self.works) + self.calls > SHORT

    def put(self, work: Work, now: float) -> None:
        self.works.append(work)
        self.bytes += _weight_of(work)
        self.heard_at = now

    def take(self) -> Work:
        work = self.works.popleft()
        self.bytes -= _weight_of(work)
        return work


def weight(record: Record) -> int:
    """Bytes of memory, about."""
    return RECORD_BYTES + len(record.value or b"")


def _weight_of(work: Work) -> int:
    assert isinstance(work.arrival, Consumed)
    return weight(work.arrival.record)


def sender_in_turn(arrival: Arrival | None) -> Sender | None:
    """Whose turn it is; nobody's for what no channel sent."""
    if type(arrival) is Consumed and arrival.record.topic in COMMAND_TOPICS:
        return Sender(arrival.record.topic, source_named(arrival.record))
    return None


def senders_of(works: Iterable[Work]) -> dict[str, Sender]:
    """By request: who is behind what is decided about it."""
    return {_about(work.arrival): work.sender for work in works if work.sender is not None}


def _about(arrival: Arrival | None) -> str:
    if isinstance(arrival, CallDone):
        return arrival.pending.request_id
    assert isinstance(arrival, Consumed)
    return (arrival.record.key or b"").decode(errors="replace").lower()  # no other is decided under it


class Turns:
    def __init__(self, few: int, calls_at_once: int) -> None:
        """`few`: how many are read ahead of a topic, unless others are to be found behind them."""
        self.few, self.calls_of_long = few, max(1, calls_at_once - calls_at_once // LEFT_FREE)
        self.rows: dict[Sender, Row] = {}
        self._again_at = 0.0  # before, long rows rest
        self._long = dict[Sender, Row]()  # when works were taken last
        self.paused: frozenset[str] = frozenset()  # topics of channels that are not read on just now

    def __len__(self) -> int:
        return _records(self.rows.values())

    def put(self, work: Work, now: float) -> None:
        assert work.sender is not None
        self.rows.setdefault(work.sender, Row()).put(work, now)

    def is_long(self, sender: Sender | None) -> bool:
        row = self.rows.get(sender) if sender else None
        return row is not None and row.is_long

    def asking(self, sender: Sender, calls: int) -> None:
        """So many more (or fewer) calls are under way for what it sent."""
        self.rows.setdefault(sender, Row()).calls += calls

    def paused_anew(self, now: float) -> frozenset[str]:
        """Which topics are not to be read on from now, until little of them waits: that holds up nobody on another."""
        self.paused = frozenset(
            topic for topic in COMMAND_TOPICS if self._filled(topic, now) >= (1 / 4 if topic in self.paused else 1)
        )
        return self.paused

    def _filled(self, topic: str, now: float) -> float:
        rows = [row for sender, row in self.rows.items() if sender.topic == topic]
        if topic == SHARED_COMMANDS and self.held_back(now):
            return _bytes(rows) / MOST_BYTES
        return max(_records(rows) / self.few, _bytes(rows) / MOST_OF_A_TOPIC)

    def held_back(self, now: float) -> tuple[Sender, ...]:
        """Whose rows are long while others are about that send less."""
        long = tuple(sender for sender, row in self.rows.items() if row.is_long)
        lately = (row.heard_at > now - OTHERS_SECONDS for row in self.rows.values() if not row.is_long)
        return long if long and any(lately) else ()

    def seconds_to_rest(self, now: float) -> float | None:
        """Until there is something to decide; None: nothing before a call is over, or somebody sends."""
        if any(row.works and not row.is_long for row in self.rows.values()):
            return 0.0
        if not self or not self._room(now):
            return None
        return max(0.0, self._again_at - now) if self.held_back(now) else 0.0

    def taken(self, most: int, now: float) -> list[Work]:
        """Whose turn it is, at most so many."""
        self._long = {sender: row for sender, row in self.rows.items() if row.is_long}
        works = self._some([row for row in self.rows.values() if not row.is_long], most)
        places, room = most - len(works), self._room(now)
        if self.held_back(now):
            places = min(places, SHORT) if now >= self._again_at else 0
        works += self._some(list(self._long.values()), min(places, room))
        self._forget(now)
        return works

    def took(self, seconds: float, works: Sequence[Work], now: float) -> None:
        """A round with these is over: what of its time was for long rows is what they rest for, if others are about."""
        share = sum(work.sender in self._long or self.is_long(work.sender) for work in works) / max(1, len(works))
        if share and self.held_back(now):
            self._again_at = max(self._again_at, now) + seconds * share * (1 / SHARE - 1)

    def _room(self, now: float) -> int:
        """How many of long rows may be decided before more of their calls are over."""
        calls = sum(row.calls for row in self.rows.values() if row.is_long)
        return max(0, (self.calls_of_long if self.held_back(now) else self.few) - calls)

    def _some(self, rows: Sequence[Row], most: int) -> list[Work]:
        """The same of each; the shortest first, for places that it leaves free go to the others."""
        found: list[Work] = []
        for at, row in enumerate(sorted(rows, key=lambda each: len(each.works))):
            share = (most - len(found)) // (len(rows) - at)
            found += [row.take() for _ in range(min(share, len(row.works)))]
        return found

    def _forget(self, now: float) -> None:
        """Who sent nothing for a while: their names are only what records say."""
        old = now - OTHERS_SECONDS
        gone = [who for who, row in self.rows.items() if not row.works and not row.calls and row.heard_at <= old]
        for sender in gone:
            del self.rows[sender]


def _records(rows: Iterable[Row]) -> int:
    return sum(len(row.works) for row in rows)


def _bytes(rows: Iterable[Row]) -> int:
    return sum(row.bytes for row in rows)
