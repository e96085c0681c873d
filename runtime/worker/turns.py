"""Turns between those who send commands: behind one who sends more than we decide, nobody else waits.

What each of them sends lies in a row of its own. Short rows are emptied in every round. A long one gets a few places
in it, and while others send, too, only a share of this worker's time: the rest of it waits, and nothing is lost.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from contracts.flow import COMMAND_TOPICS, SHARED_COMMANDS
from runtime.envelope import Record
from runtime.kernel.arrivals import Arrival, Consumed
from runtime.kernel.dead_letters import source_named
from runtime.worker.senders import Sender

SHORT = 16  # commands of one sender in one round that nobody else feels
SHARE = 0.25  # of the time, for long rows while others are about
OTHERS_SECONDS = 10.0  # since another was heard of
MOST_BYTES = 32 * 1024 * 1024  # read ahead of the topic that all share, so that those behind a long row are found
MOST_OF_A_TOPIC = MOST_BYTES // 4  # of any, where that finds nobody
RECORD_BYTES = 1024  # what one without any bytes costs beside it


class Work(NamedTuple):
    arrival: Arrival | None  # None: nobody here decides on it, it is only acknowledged in its turn
    acknowledge: Callable[[], object] | None


class Row:
    """What one of them sent, in its order."""

    def __init__(self) -> None:
        self.works: deque[Work] = deque()
        self.bytes, self.heard_at = 0, 0.0

    @property
    def is_long(self) -> bool:
        return len(self.works) > SHORT

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


class Turns:
    def __init__(self, few: int) -> None:
        """`few`: how many are read ahead of a topic, unless others are to be found behind them."""
        self.few = few
        self.rows: dict[Sender, Row] = {}
        self._again_at = 0.0  # before, long rows rest
        self._of_long = 0  # of what was taken last
        self.paused: frozenset[str] = frozenset()  # topics of channels that are not read on just now

    def __len__(self) -> int:
        return _records(self.rows.values())

    def put(self, sender: Sender, work: Work, now: float) -> None:
        self.rows.setdefault(sender, Row()).put(work, now)

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
        """Until there is something to decide; None: nobody has sent anything."""
        if not self:
            return None
        held = self.held_back(now)
        if any(row.works for sender, row in self.rows.items() if sender not in held):
            return 0.0
        return max(0.0, self._again_at - now)

    def taken(self, most: int, now: float) -> list[Work]:
        """Whose turn it is, at most so many."""
        held = self.held_back(now)
        works = self._some([row for sender, row in self.rows.items() if sender not in held], most)
        long = [self.rows[sender] for sender in held] if now >= self._again_at else []
        few = self._some(long, min(SHORT, most - len(works)))
        self._of_long = len(few)
        self._forget(now)
        return works + few

    def took(self, seconds: float, arrivals: int, now: float) -> None:
        """The round with so many is over: what of its time was for those who are held back is what they rest for."""
        if self._of_long:
            self._again_at = now + seconds * self._of_long / arrivals * (1 / SHARE - 1)
            self._of_long = 0

    def _some(self, rows: Sequence[Row], most: int) -> list[Work]:
        """The same of each; the shortest first, for places that it leaves free go to the others."""
        found: list[Work] = []
        for at, row in enumerate(sorted(rows, key=lambda each: len(each.works))):
            share = (most - len(found)) // (len(rows) - at)
            found += [row.take() for _ in range(min(share, len(row.works)))]
        return found

    def _forget(self, now: float) -> None:
        """Who sent nothing for a while: their names are only what records say."""
        gone = [sender for sender, row in self.rows.items() if not row.works and row.heard_at <= now - OTHERS_SECONDS]
        for sender in gone:
            del self.rows[sender]


def _records(rows: Iterable[Row]) -> int:
    return sum(len(row.works) for row in rows)


def _bytes(rows: Iterable[Row]) -> int:
    return sum(row.bytes for row in rows)
