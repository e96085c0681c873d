"""Asks the carrier: the calls of a request in their order, those of several at once; answers arrive as records do."""

import asyncio
import random
from datetime import timedelta
from uuid import UUID

import sqlalchemy.exc
import structlog

from runtime.decision import Answered, Refused
from runtime.kernel import due
from runtime.kernel.arrivals import CallDone, PendingCall
from runtime.worker.carrier import CALLING, Outage, Refusal, Resting
from runtime.worker.patience import Patience, briefly
from runtime.worker.senders import Sender
from runtime.worker.turns import Work

log = structlog.get_logger()
LONGEST_BACKOFF_SECONDS = 30.0
LONGEST_RETRY_AFTER_SECONDS = 300.0  # a carrier may ask for patience, not for a year


class Asking(Patience):
    def _put(self, work: Work) -> None:
        self.queue.append(work)
        self._wake.set()
        if not self._hurry.is_set() and self._presses(work):
            self._hurry.set()

    def _presses(self, work: Work) -> bool:
        full = len(self.queue) >= self.settings.batch_records
        return full or (work.arrival is not None and not self.stepper.may_wait(work.arrival))

    def _make(self, call: PendingCall, sender: Sender | None = None) -> None:
        self._under_way.add(call.id)
        if sender is not None:
            self.turns.asking(sender, 1)
        before = self._calls.get(call.request_id)
        task = asyncio.get_running_loop().create_task(self._ask(call, before, sender))
        self._calls[call.request_id] = task
        task.add_done_callback(lambda done: self._call_over(call, done, sender))

    def _call_over(self, call: PendingCall, task: asyncio.Task[None], sender: Sender | None) -> None:
        self._under_way.discard(call.id)
        if sender is not None:
            self.turns.asking(sender, -1)
            self._wake.set()  # there may be room for another of theirs
        if self._calls.get(call.request_id) is task:
            del self._calls[call.request_id]

    async def _ask(self, pending: PendingCall, before: asyncio.Task[None] | None, sender: Sender | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        call = pending.call
        CALLING.set(pending)  # this task's alone, as are the names in its log
        structlog.contextvars.bind_contextvars(request=pending.request_id, trace_id=UUID(pending.root).hex)
        async with self._slots_of_long if self.turns.is_long(sender) else self._slots:
            try:
                answer = await self.ask(call.operation, call.ask, pending.key)
                outcome: Answered | Refused = pending.answered(answer)
            except Refusal as no:
                outcome = pending.refused(no.code, no.detail)
            except Outage as outage:
                await self._later(pending, outage)
                return
            except Exception as error:  # a bug of ours: nobody knows what was done, so it is asked again like an outage
                log.error("asking failed", operation=call.operation, why=briefly(error))
                await self._later(pending, Outage(briefly(error)))
                return
        self.meters.asked(call.operation, outcome)
        self._put(Work(CallDone(pending, outcome), None, sender))

    async def _later(self, pending: PendingCall, outage: Outage) -> None:
        self.meters.outages.labels(pending.call.operation).inc()
        seconds = min(LONGEST_BACKOFF_SECONDS, 0.5 * 2 ** min(pending.attempt, 10)) * random.uniform(0.5, 1.0)
        asked_for = min(outage.retry_after_seconds or 0.0, LONGEST_RETRY_AFTER_SECONDS)
        until = self.now() + timedelta(seconds=max(seconds, asked_for))
        try:
            why = "" if isinstance(outage, Resting) else str(outage)
            await self._on_store(due.postpone, self.stepper.store, pending, until, why)
        except sqlalchemy.exc.DBAPIError as error:  # its lease ends and it is taken up again
            log.warning("could not postpone", error=str(error)[:200])
