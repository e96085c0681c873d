"""Wrong passwords, counted in this process: whoever guesses waits longer and longer, and no other name ends that.

A browser that has signed an operator in is a place of its own: what strangers guess keeps nobody waiting there.
"""

import secrets
import time
from hashlib import blake2b

FREE_TRIES, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5, 2.0, 900.0
MOST_MADE_UP = 1_000
Place = str | int


class Guesses:
    """An operator has a place of their own; names that nobody has share a few, and wait just so."""

    def __init__(self) -> None:
        self.wrongs: dict[Place, tuple[int, float]] = {}
        self._key = secrets.token_bytes(16)  # so that nobody knows which names share a place

    def place_of(self, name: str, known: bool) -> Place:
        if known:
            return name
        return int.from_bytes(blake2b(name.encode("utf-8", "replace"), key=self._key).digest()) % MOST_MADE_UP

    def must_wait(self, place: Place) -> bool:
        return time.monotonic() < self.wrongs.get(place, (0, 0.0))[1]

    def wrong(self, place: Place) -> int:
        """Which try that was."""
        tries = self.wrongs.get(place, (0, 0.0))[0] + 1
        beyond = tries - FREE_TRIES
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(beyond, 20)) if beyond >= 0 else 0.0
        self.wrongs[place] = (tries, time.monotonic() + wait)
        return tries

    def right(self, place: Place) -> None:
        self.wrongs.pop(place, None)
