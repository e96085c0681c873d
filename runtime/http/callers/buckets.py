"""How much each caller may ask: a bucket of tokens, and a share of the places in which requests are worked on."""

import math
from collections import OrderedDict
from typing import NamedTuple

MOST_CALLERS = 1_000
BURST_SECONDS = 2.0


class Level(NamedTuple):
    tokens: float
    at: float


class Buckets:
    """`per_second` tokens flow into each bucket, up to what `BURST_SECONDS` bring."""

    def __init__(self, per_second: float) -> None:
        self.per_second, self.size = per_second, max(1.0, per_second * BURST_SECONDS)
        self.levels: OrderedDict[str, Level] = OrderedDict()

    def take(self, who: str, now: float) -> int:
        """Zero, or in how many whole seconds to come again."""
        before = self.levels.pop(who, Level(self.size, now))
        tokens = min(self.size, before.tokens + max(0.0, now - before.at) * self.per_second)
        enough = tokens >= 1
        self.levels[who] = Level(tokens - 1 if enough else tokens, now)
        while len(self.levels) > MOST_CALLERS and self._is_full(next(iter(self.levels.values())), now):
            self.levels.popitem(last=False)
        return 0 if enough else max(1, math.ceil((1 - tokens) / self.per_second))

    def _is_full(self, level: Level, now: float) -> bool:
        """By now: whoever is forgotten begins with a full one, and must not gain by it, however many names he has."""
        return level.tokens + (now - level.at) * self.per_second >= self.size


class Shares:
    """No caller has more than half of the places: the others find one."""

    def __init__(self, places: int) -> None:
        self.most, self.taken = max(1, places // 2), dict[str, int]()

    def enter(self, who: str) -> bool:
        if self.taken.get(who, 0) >= self.most:
            return False
        self.taken[who] = self.taken.get(who, 0) + 1
        return True

    def leave(self, who: str) -> None:
        self.taken[who] -= 1
        if not self.taken[who]:
            del self.taken[who]
