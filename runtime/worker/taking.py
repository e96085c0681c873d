"""Takes in what arrives, no faster than it is decided; what a sender breaks again and again is told together."""

import asyncio
from collections.abc import Callable, Sequence

from runtime.kernel.arrivals import Arrival, Consumed
from runtime.worker.asking import Asking
from runtime.worker.patience import Work


class Taking(Asking):
    async def arrived_together(
        self, arrivals: Sequence[Arrival], acknowledge: Callable[[], object] | None = None
    ) -> None:
        """Queues arrivals in their order, acknowledged together, after all that came before them.

        Waits while the queue is full, so that Kafka is not read faster than we decide.
        """
        await self._room.wait()
        done = None if acknowledge is None else self.in_turn.expect(acknowledge, max(1, len(arrivals)))
        for arrival in arrivals or (None,):
            if not (self.senders.slowed_since and self._is_folded(arrival, done)):
                self._put(Work(arrival, done))
        if len(self.queue) >= 4 * self.settings.batch_records or self.folding.full:
            self._wake.set()
            self._room.clear()

    def _is_folded(self, arrival: Arrival | None, done: Callable[[], None] | None) -> bool:
        """What breaks the contract, of a sender beyond its budget; whatever else that one sends is as everybody's."""
        if not isinstance(arrival, Consumed):
            return False
        sender = self.senders.beyond(arrival.record)
        fault = self.stepper.fault(arrival) if sender else None
        if sender is None or fault is None:
            return False
        if not len(self.folding):
            self._wake.set()  # whoever sleeps for long is to sleep no longer than they may be held
        self.folding.add(sender, arrival, fault, done, asyncio.get_running_loop().time())
        return True

    @property
    def slowed(self) -> tuple[str, ...]:
        """Who sends so much that breaks the contract that it is told together, for people."""
        slowed = self.senders.slowed(asyncio.get_running_loop().time())
        return tuple(f"{sender.source or '(no source)'} on {sender.topic}" for sender in slowed)
