"""How often open pages ask again: as often as they like, until looking costs the console more than it may."""

import time
from collections.abc import Callable

QUICKEST_SECONDS, SLOWEST_SECONDS = 2.0, 30.0
LOOKED_OVER_SECONDS = 5.0
MUCH, LITTLE = 0.5, 0.25  # of one core
SLOWER, QUICKER = 1.5, 0.8


class Pace:
    """Two hundred viewers are served as one is, only less often; each refresh carries the next interval."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, spent: Callable[[], float] = time.process_time
    ) -> None:
        self._clock, self._spent = clock, spent
        self._since, self._spent_before = clock(), spent()
        self.seconds = QUICKEST_SECONDS

    def now(self) -> int:
        passed = self._clock() - self._since
        if passed >= LOOKED_OVER_SECONDS:
            share = (self._spent() - self._spent_before) / passed
            change = SLOWER if share > MUCH else QUICKER if share < LITTLE else 1.0
            self.seconds = min(max(self.seconds * change, QUICKEST_SECONDS), SLOWEST_SECONDS)
            self._since, self._spent_before = self._clock(), self._spent()
        return round(self.seconds)
