"""A budget for each sender: who breaks the contract again and again waits behind the others, and stops nobody."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from contracts.rights import OURS
from runtime.kernel.arrivals import Arrival, Consumed, Letter
from runtime.kernel.dead_letters import TAKEN_IN, source_named

MINUTE = 60.0
MOST_SENDERS, ANY = 500, "(any)"
SLOWED_RECORDS_PER_SECOND = 200.0
LONGEST_LANE = 2000  # of what waits in memory; the oldest go on when it is full


class Sender(NamedTuple):
    """Named by the records themselves: nothing else is known of them."""

    topic: str
    source: str


class Senders:
    """Counts what each of them had set aside within a minute; it ends by itself once they have behaved for one."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._broken: dict[Sender, deque[float]] = {}
        self._slowed: dict[Sender, float] = {}  # since when

    def heard(self, letters: Sequence[Letter], now: float) -> list[Sender]:
        """Returns those that are beyond their budget from now on."""
        for letter in letters:
            if letter.code not in TAKEN_IN and not letter.source.startswith(OURS):
                sender = self._known(Sender(letter.topic, letter.source))
                self._broken.setdefault(sender, deque(maxlen=self.per_minute + 1)).append(now)
        self._forget(now)
        beyond = [sender for sender, times in self._broken.items() if len(times) > self.per_minute]
        new = [sender for sender in beyond if sender not in self._slowed]
        self._slowed = {sender: self._slowed.get(sender, now) for sender in beyond}
        return new

    def slowed(self, now: float) -> tuple[Sender, ...]:
        self._forget(now)
        self._slowed = {sender: since for sender, since in self._slowed.items() if sender in self._broken}
        return tuple(self._slowed)

    def is_slowed(self, arrival: Arrival | None) -> bool:
        if not self._slowed or not isinstance(arrival, Consumed):
            return False
        return self._known(Sender(arrival.record.topic, source_named(arrival.record))) in self._slowed

    def _known(self, sender: Sender) -> Sender:
        """Whoever calls himself another each time is counted together with all who do."""
        return sender if sender in self._broken or len(self._broken) < MOST_SENDERS else sender._replace(source=ANY)

    def _forget(self, now: float) -> None:
        """By the latest: it is slowed until a minute has passed without a broken record."""
        for sender in [sender for sender, times in self._broken.items() if times[-1] <= now - MINUTE]:
            del self._broken[sender]
        for sender, times in self._broken.items():
            while sender not in self._slowed and times[0] <= now - MINUTE:
                times.popleft()


class SlowLane:
    """What slowed senders sent, oldest first: a little of it at a time, beside all the others."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()
        self._allowance, self._at = 0.0, 0.0

    def add(self, work: Any) -> Any | None:
        """The oldest, if there is no room for both."""
        self.waiting.append(work)
        return self.waiting.popleft() if len(self.waiting) > LONGEST_LANE else None

    def due(self, now: float) -> list[Any]:
        grown = self._allowance + (now - self._at) * SLOWED_RECORDS_PER_SECOND
        self._allowance, self._at = min(grown, SLOWED_RECORDS_PER_SECOND), now
        count = min(int(self._allowance), len(self.waiting))
        self._allowance -= count
        return [self.waiting.popleft() for _ in range(count)]


class InTurn:
    """Acknowledges what came in the order in which it came, whichever is done first."""

    def __init__(self) -> None:
        self._open: deque[list[Any]] = deque()

    def expect(self, acknowledge: Callable[[], object], records: int = 1) -> Callable[[], None]:
        """What to call instead, once for each of the records."""
        slip: list[Any] = [records, acknowledge]
        self._open.append(slip)

        def done() -> None:
            slip[0] -= 1
            while self._open and self._open[0][0] <= 0:
                self._open.popleft()[1]()

        return done
