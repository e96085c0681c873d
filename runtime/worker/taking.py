"""Takes in what arrives, no faster than it is decided; what a sender breaks again and again is told together."""

import asyncio
from collections.abc import Callable, Sequence

from runtime.envelope import Unreadable
from runtime.kernel.arrivals import Arrival, Consumed
from runtime.worker.asking import Asking
from runtime.worker.patience import FULL_BATCHES
from runtime.worker.senders import Sender
from runtime.worker.turns import SHORT, Work, sender_in_turn, weight

READ_AT_ONCE_BYTES = 32 * 1024  # of broken records between two turns of the loop: about a millisecond


class Taking(Asking):
    pause: Callable[[frozenset[str]], object] = staticmethod(lambda topics: None)  # until it is told others

    async def arrived_together(
        self, arrivals: Sequence[Arrival], acknowledge: Callable[[], object] | None = None, topic: str = ""
    ) -> None:
        """Queues arrivals in their order, acknowledged together, after all that came before them of that topic.

        Waits while the queue is full, so that Kafka is not read faster than we decide.
        """
        await self._room.wait()
        faults = await self._faults(arrivals) if self.senders.slowed_since else {}
        done = None if acknowledge is None else self.in_turn[topic].expect(acknowledge, max(1, len(arrivals)))
        for at, arrival in enumerate(arrivals or (None,)):
            if at in faults:
                self._fold(arrival, *faults[at], done)
            else:
                self._line_up(Work(arrival, done, sender_in_turn(arrival)))
        if len(self.turns) > SHORT:
            self.pause(self.turns.paused_anew(asyncio.get_running_loop().time()))
        if len(self.queue) >= FULL_BATCHES * self.settings.batch_records or self.folding.full:
            self._wake.set()
            self._room.clear()

    def _line_up(self, work: Work) -> None:
        """Commands by who sends them; all else comes from us, or from who was let in before."""
        if work.sender is None:
            self._put(work)
            return
        self.turns.put(work, asyncio.get_running_loop().time())
        self._wake.set()
        self._hurry.set()

    async def _faults(self, arrivals: Sequence[Arrival]) -> dict[int, tuple[Sender, Unreadable]]:
        """What breaks the contract, of senders beyond their budget; whatever else they send is as everybody's.

        To find out means to read it: a few at a time, for everybody else's turn comes in between.
        """
        found: dict[int, tuple[Sender, Unreadable]] = {}
        left = 0
        for at, arrival in enumerate(arrivals):
            sender = self.senders.beyond(arrival.record) if isinstance(arrival, Consumed) else None
            if sender is None or not isinstance(arrival, Consumed):
                continue
            if left <= 0:
                await asyncio.sleep(0)
                left = READ_AT_ONCE_BYTES
            left -= weight(arrival.record)
            if fault := self.stepper.fault(arrival):
                found[at] = sender, fault
        return found

    def _fold(
        self, arrival: Arrival | None, sender: Sender, fault: Unreadable, done: Callable[[], None] | None
    ) -> None:
        assert isinstance(arrival, Consumed)
        if not len(self.folding):
            self._wake.set()  # whoever sleeps for long is to sleep no longer than they may be held
        self.folding.add(sender, arrival, fault, done, asyncio.get_running_loop().time())

    @property
    def slowed(self) -> tuple[str, ...]:
        """Who sends so much that breaks the contract that it is told together, for people."""
        return _named(self.senders.slowed(asyncio.get_running_loop().time()))

    @property
    def crowding(self) -> tuple[str, ...]:
        """Who sends more than its turn, for people: not who only waits for the carrier."""
        held = self.turns.held_back(asyncio.get_running_loop().time())
        return _named([sender for sender in held if len(self.turns.rows[sender].works) > SHORT])


def _named(senders: Sequence[Sender]) -> tuple[str, ...]:
    return tuple(f"{sender.source or '(no source)'} on {sender.topic}" for sender in senders)
