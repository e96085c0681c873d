"""How much each caller may ask: a bucket of tokens, and a share of the places in which requests are worked on."""

import math
from collections import OrderedDict
from typing import NamedTuple

MOST_CALLERS = 1_000
BURST_SECONDS = 2.0
LONGEST_AWAY_SECONDS = 10.0  # whoever never listens moves the others no further away


class Level(NamedTuple):
    """`told`: when the last of those who were sent away was told to come."""

    tokens: float
    at: float
    told: float


class Buckets:
    """`per_second` tokens flow into each bucket, up to what `BURST_SECONDS` bring.

    Those who are sent away together are told to come one after the other, as there will be a token for each.
    """

    def __init__(self, per_second: float) -> None:
        self.per_second, self.size = per_second, max(1.0, per_second * BURST_SECONDS)
        self.levels: OrderedDict[str, Level] = OrderedDict()

    def take(self, who: str, now: float) -> int:
        """Zero, or in how many whole seconds to come again."""
        before = self.levels.pop(who, Level(self.size, now, now))
        tokens = min(self.size, before.tokens + max(0.0, now - before.at) * self.per_second)
        if tokens >= 1:
            self.levels[who] = Level(tokens - 1, now, before.told)
            seconds = 0
        else:
            at = max(before.told, now - tokens / self.per_second) + 1 / self.per_second
            at = min(at, now + LONGEST_AWAY_SECONDS)
            self.levels[who] = Level(tokens, now, at)
            seconds = max(1, math.ceil(at - now))
        while len(self.levels) > MOST_CALLERS and self._is_full(next(iter(self.levels.values())), now):
            self.levels.popitem(last=False)
        return seconds

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
