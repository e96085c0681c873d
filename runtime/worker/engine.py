"""Keeps a kernel turning: batches in, records published, calls made, alarms rung, acknowledgements last.

It knows no Kafka client: `publish` returns once the broker has everything, `acknowledge` marks what came as done.
Records are acknowledged strictly in the order in which they came, and only after all they led to is published.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy.exc
import structlog

from runtime.kernel import due
from runtime.kernel.arrivals import Letter
from runtime.kernel.database_words import why_not
from runtime.kernel.dead_letters import TAKEN_IN
from runtime.worker.giving_up import Flood, GaveUp
from runtime.worker.taking import Taking
from runtime.worker.turns import Work, senders_of

log = structlog.get_logger()
ASK_THEM = "this sender breaks the contract again and again: see docs/runbooks/slowed-sender.md"
IDLE_SECONDS = 1.0
PRUNE_SECONDS = 3600.0
GATHER_SECONDS = 0.006


class Engine(Taking):
    def oldest_seconds(self) -> float:
        """How long the present round takes; the watchdog ends the process when it hangs, wherever that is.

        What still waits in the queue does not count: being slow is no reason to die.
        """
        since = self.in_work_since  # the watchdog asks from its own thread: no event loop to take the time from
        return 0.0 if since is None else time.monotonic() - since

    # ---- round and round -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        try:
            await self._rounds()
        except sqlalchemy.exc.SQLAlchemyError as error:  # not about one message: it refuses what every round asks
            raise GaveUp(f"the database refuses us ({why_not(error)})") from error

    async def _rounds(self) -> None:
        store = self.stepper.store
        self.in_work_since = time.monotonic()
        await self._patiently(due.take_over_own_calls, store, self.stepper.worker, self.now())
        self._next_alarm = await self._patiently(due.next_alarm, store)
        while True:
            self.in_work_since = None
            await self._sleep()
            self.in_work_since = time.monotonic()
            await self._ring()
            if asyncio.get_running_loop().time() >= self._next_look or self.shelf.is_full:
                await self._look_around()
            await self._gather()
            await self._turn(self._batch())

    async def _gather(self) -> None:
        """Under load a moment's patience fills the batch: a transaction costs about as much as ten messages in it."""
        if self.queue and not self.turns and self.stepper.patience_seconds and self._nobody_waits():
            await self._until_somebody_does()
            return
        if not self.turns and all(work.arrival is None for work in self.queue):
            return
        many = len(self.queue) + len(self.turns) >= self.settings.batch_records // 10
        if self._rush.goes_on(asyncio.get_running_loop().time()) and not many:
            await asyncio.sleep(GATHER_SECONDS)

    def _nobody_waits(self) -> bool:
        """For anything in the queue, which has room for more; what is only acknowledged has done its work."""
        wanted = (work.arrival for work in self.queue if work.arrival is not None)
        return len(self.queue) < self.settings.batch_records and all(map(self.stepper.may_wait, wanted))

    async def _until_somebody_does(self) -> None:
        seconds = self.stepper.patience_seconds
        if self._next_alarm is not None:
            seconds = min(seconds, (self._next_alarm - self.now()).total_seconds())
        self._hurry.clear()
        await _set(self._hurry, seconds)

    async def _sleep(self) -> None:
        rest = self.turns.seconds_to_rest(asyncio.get_running_loop().time())
        if self.queue or rest == 0:
            return
        self._wake.clear()
        wait = IDLE_SECONDS if rest is None else min(IDLE_SECONDS, rest)
        if self._next_alarm is not None:
            wait = min(wait, max(0.0, (self._next_alarm - self.now()).total_seconds()))
        await _set(self._wake, wait)

    async def _look_around(self) -> None:
        """About once a second: calls to repeat, alarms others armed, records a dead worker left unpublished."""
        store, now, most = self.stepper.store, self.now(), self.settings.batch_records
        here = asyncio.get_running_loop().time()
        self._next_look = here + IDLE_SECONDS
        await self.clear_the_shelf()
        to_do = await self._patiently(due.to_do, store, now, few=True)
        self._next_alarm = to_do.next_alarm
        for call in await self._patiently(due.take_calls, store, self.stepper.worker, now, most) if to_do.calls else ():
            if call.id not in self._under_way:
                self._make(call)
        again, waiting = self.kept_back.due(here)
        if to_do.left or again:
            left = await self._patiently(due.left_unpublished, store, now, most, [*self.published, *waiting], again)
            there = {row.position for row in left}
            self.kept_back.let_go(position for position in again if position in there or len(left) < most)
            self.published += await self._out(left)
        self.meters.kept_back.set(len(self.kept_back))
        if here >= self._next_prune:
            self._next_prune = here + PRUNE_SECONDS
            await self._patiently(due.prune, store, now, timedelta(days=self.settings.keep_days))

    async def _ring(self) -> None:
        if self._next_alarm is None or self._next_alarm > self.now():
            return
        due_now = await self._patiently(due.due_alarms, self.stepper.store, self.now(), self.settings.batch_records)
        if not due_now:  # a twin was faster: without a new look at once we would turn on the spot until the next one
            self._next_look = 0.0
        self.queue.extendleft(Work(alarm, None) for alarm in reversed(due_now))

    def _batch(self) -> list[Work]:
        now, most = asyncio.get_running_loop().time(), self.settings.batch_records
        places = max(most - len(self.queue), (most + 1) // 2)  # half of them at least, whatever else is in the queue
        commands = self.turns.taken(places, now) if self.turns else []
        if self.turns.paused:
            self.pause(self.turns.paused_anew(now))
        size = min(len(self.queue), most - len(commands))
        batch = [self.queue.popleft() for _ in range(size)] + commands
        batch += [Work(*each) for each in self.folding.due(now)]
        if len(self.queue) < most:  # the next one is on its way while this one is decided
            self._room.set()
        return batch

    async def _turn(self, batch: list[Work]) -> None:
        began = asyncio.get_running_loop().time()
        arrivals = [work.arrival for work in batch if work.arrival is not None]
        if arrivals or (self.published and self._may_tidy(batch)):
            outcome = await self._step(arrivals)
            self._last_step = asyncio.get_running_loop().time()
            senders = senders_of(batch)
            for call in outcome.calls:
                self._make(call, senders.get(call.request_id))
            self.published = [*outcome.unforgotten, *await self._out(self.shelf.put(outcome.publish))]
            self._next_alarm = outcome.next_due
            self.meters.stepped(outcome, len(arrivals))
            self._notice_a_flood(outcome.letters)
            ended = asyncio.get_running_loop().time()
            self._rush.ended(ended)
            self.turns.took(ended - began, batch, ended)
        self._done += [work.acknowledge for work in batch if work.acknowledge is not None]
        if not self.shelf.rows:
            self._acknowledge()

    def _may_tidy(self, batch: list[Work]) -> bool:
        """Rows that are published can go in a transaction of their own: with nothing else to do, or after a while."""
        return not batch or asyncio.get_running_loop().time() - self._last_step >= IDLE_SECONDS

    def _notice_a_flood(self, letters: Sequence[Letter]) -> None:
        """Only what we took in and then failed at is our fault; what breaks the contract is its sender's."""
        now = asyncio.get_running_loop().time()
        for sender in self.senders.heard(letters, now):
            log.warning("slowed", topic=sender.topic, source=sender.source, what_to_do=ASK_THEM)
        self.meters.senders(letters, self.senders.slowed(now))
        ours = [now for letter in letters if letter.code in TAKEN_IN]
        self._our_faults = [at for at in self._our_faults if at > now - 60] + ours
        if len(self._our_faults) > self.settings.dead_letters_per_minute:
            raise Flood(
                f"{len(self._our_faults)} decisions of ours failed within a minute: that is us, not them. Nothing is "
                "lost: look at `tuiding dead-letters list`, mend the cause, start again, then redrive them"
            )


async def _set(event: asyncio.Event, within: float) -> None:
    """When the time is over, at the latest. No `wait_for`: it can swallow that the task is cancelled just then."""
    enough = asyncio.get_running_loop().call_later(within, event.set)
    await event.wait()
    enough.cancel()
