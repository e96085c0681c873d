"""A budget for each sender: of who breaks the contract again and again, many are told in one dead letter."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from contracts.rights import SPEAKERS
from runtime.envelope import Record
from runtime.kernel.arrivals import Letter
from runtime.kernel.dead_letters import ANY, TAKEN_IN, source_named

MINUTE = 60.0
MOST_SENDERS = 500
BUDGETS_OF_A_TOPIC = 5  # for all who are within their own, or one would change its name before each is used up


class Sender(NamedTuple):
    """Named by the records themselves: nothing else is known of them."""

    topic: str
    source: str


class Senders:
    """Counts what each of them had set aside within a minute; it ends by itself once they have behaved for one."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._broken: dict[Sender, deque[float]] = {}
        self.slowed_since: dict[Sender, float] = {}

    def heard(self, letters: Sequence[Letter], now: float) -> list[Sender]:
        """Returns those that are beyond their budget from now on."""
        for letter in letters:
            if letter.code not in TAKEN_IN and letter.source != SPEAKERS.get(letter.topic):
                for sender in self._counted_with(Sender(letter.topic, letter.source)):
                    times = self._broken.setdefault(sender, deque(maxlen=self._budget(sender) + 1))
                    times.extend([now] * min(letter.records, self._budget(sender) + 1))
        self._forget(now)
        beyond = [sender for sender, times in self._broken.items() if len(times) > self._budget(sender)]
        new = [sender for sender in beyond if sender not in self.slowed_since]
        self.slowed_since = {sender: self.slowed_since.get(sender, now) for sender in beyond}
        return new

    def slowed(self, now: float) -> tuple[Sender, ...]:
        self._forget(now)
        self.slowed_since = {sender: since for sender, since in self.slowed_since.items() if sender in self._broken}
        return tuple(self.slowed_since)

    def beyond(self, record: Record) -> Sender | None:
        """Under whose name it is counted, if that one is beyond its budget."""
        own = Sender(record.topic, source_named(record))
        return next((each for each in (own, own._replace(source=ANY)) if each in self.slowed_since), None)

    def _budget(self, sender: Sender) -> int:
        return self.per_minute * (BUDGETS_OF_A_TOPIC if sender.source == ANY else 1)

    def _counted_with(self, sender: Sender) -> Iterator[Sender]:
        """By itself, as long as there is room, and with all others of its topic that are within theirs."""
        all_of_them = sender._replace(source=ANY)
        if sender != all_of_them and (sender in self._broken or len(self._broken) < MOST_SENDERS):
            yield sender
        if sender == all_of_them or sender not in self.slowed_since:
            yield all_of_them

    def _forget(self, now: float) -> None:
        """By the latest: it is slowed until a minute has passed without a broken record."""
        for sender in [sender for sender, times in self._broken.items() if times[-1] <= now - MINUTE]:
            del self._broken[sender]
        for sender, times in self._broken.items():
            while sender not in self.slowed_since and times[0] <= now - MINUTE:
                times.popleft()


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
