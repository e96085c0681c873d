"""Gathers what senders beyond their budget broke: a second of it costs one dead letter, and nobody else's time."""

from collections.abc import Callable
from typing import NamedTuple

from runtime.envelope import Unreadable
from runtime.kernel.arrivals import Consumed, Folded
from runtime.worker.senders import Sender

LONGEST_SECONDS = 1.0
MOST_RECORDS = 5000  # of which only the places wait in memory
Alike = tuple[Sender, int, str]  # whose they are, their partition, the reason code
Done = Callable[[], object]


class Held(NamedTuple):
    first: Consumed
    error: Unreadable
    places: list[tuple[int, int]]
    dones: list[Done]

    def acknowledge(self) -> None:
        for done in self.dones:
            done()


class Folding:
    """One letter for each sender, partition and reason: its first record, how many there were, and where they lie."""

    def __init__(self) -> None:
        self._held: dict[Alike, Held] = {}
        self._count, self._since = 0, 0.0

    def __len__(self) -> int:
        return self._count

    @property
    def full(self) -> bool:
        return self._count >= MOST_RECORDS

    def add(self, sender: Sender, consumed: Consumed, error: Unreadable, done: Done | None, now: float) -> None:
        self._since = self._since if self._held else now
        self._count += 1
        held = self._held.setdefault((sender, consumed.partition, error.code), Held(consumed, error, [], []))
        held.places.append((consumed.offset, consumed.timestamp_ms))
        if done is not None:
            held.dones.append(done)

    def due(self, now: float) -> list[tuple[Folded, Done]]:
        """All of it at once, with what acknowledges it."""
        if not (self.full or (self._held and now - self._since >= LONGEST_SECONDS)):
            return []
        held, self._held, self._count = self._held, {}, 0
        return [
            (Folded(each.first, each.error, sender.source, tuple(each.places)), each.acknowledge)
            for (sender, _, _), each in held.items()
        ]
