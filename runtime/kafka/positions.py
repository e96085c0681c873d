"""How far each partition was handed over, acknowledged and committed; safe to use from several threads.

A revoked partition is forgotten with its positions; when it is assigned again it is another `Place`, and a late
acknowledgement on the old one changes nothing. So it is with one that begins anew: its topic was made again.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Part(NamedTuple):
    topic: str
    partition: int


class Place:
    """One partition while it is ours. Every number is the offset after the last one it counts; None: nothing yet."""

    __slots__ = ("acknowledged", "committed", "handed", "position")

    def __init__(self) -> None:
        self.handed: int | None = None  # the last record that was handed over
        self.position: int | None = None  # also what is no record: markers of transactions, what was cleaned away
        self.acknowledged: int | None = None
        self.committed: int | None = None


Marks = dict[Place, int]


class Positions:
    def __init__(self) -> None:
        self._places: dict[Part, Place] = {}
        self._lock = threading.Lock()

    def assigned(self, parts: Iterable[Part]) -> None:
        with self._lock:
            self._places.update({part: Place() for part in parts})

    def gone(self, parts: Iterable[Part]) -> None:
        with self._lock:
            for part in parts:
                self._places.pop(part, None)

    def parts(self) -> set[Part]:
        with self._lock:
            return set(self._places)

    def read_to(self, part: Part) -> int | None:
        with self._lock:
            return place.position if (place := self._places.get(part)) else None

    def hand(self, part: Part, offset: int, marks: Marks) -> bool:
        """Whether this record is to be handed over: not if its partition went meanwhile.

        An offset of before is another record, which must not be lost, or the same one, whose id is known.
        """
        with self._lock:
            place = self._places.get(part)
            if place is None:
                return False
            if place.position is not None and offset < place.position:
                place = self._places[part] = Place()
            place.handed = place.position = marks[place] = offset + 1
            return True

    def ended(self, part: Part, offset: int) -> None:
        """The partition goes on at `offset`: what lies between the last record and there is no record."""
        with self._lock:
            place = self._places.get(part)
            if place is None or (place.position is not None and offset < place.position):
                return
            place.position = offset
            if place.handed is None or (place.acknowledged is not None and place.acknowledged >= place.handed):
                place.acknowledged = offset

    def acknowledge(self, marks: Marks) -> None:
        with self._lock:
            for place, upto in marks.items():
                everything = place.handed is not None and upto >= place.handed
                reached = place.position if everything and place.position is not None else upto
                place.acknowledged = max(reached, place.acknowledged or 0)

    def due(self, parts: Iterable[Part] | None = None) -> dict[Part, tuple[Place, int]]:
        """What is acknowledged and not known to be committed."""
        with self._lock:
            mine = (
                self._places if parts is None else {part: self._places[part] for part in parts if part in self._places}
            )
            return {
                part: (place, place.acknowledged)
                for part, place in mine.items()
                if place.acknowledged is not None and place.acknowledged != place.committed
            }

    def again(self) -> dict[Part, tuple[Place, int]]:
        """One that is committed already, for whoever has something to say with a commit."""
        with self._lock:
            for part, place in self._places.items():
                if place.committed is not None and place.acknowledged == place.committed:
                    return {part: (place, place.committed)}
            return {}

    def committed(self, due: Mapping[Part, tuple[Place, int]]) -> None:
        """The broker has taken them: only now is it believed."""
        with self._lock:
            for place, offset in due.values():
                place.committed = offset
