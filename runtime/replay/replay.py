"""Takes every decision of a service again, from the topics alone, into a store that was empty before.

The production kernel does it: the same transactions in a valid order, each with the `now` it had. Nothing is
published and nobody is asked: what would be said is laid beside what was said, answers come from the journal.
"""

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from contracts import journal
from contracts.carrier.operations import OPERATIONS
from contracts.flow import BY_NAME, group_id, topic_name
from contracts.journal import Transaction
from policies.editions import Editions
from runtime.decision import Answered, Decision, Refused
from runtime.kernel import due
from runtime.kernel.arrivals import AlarmDue, Arrived, CallDone, Outcome, Outgoing, PendingCall
from runtime.kernel.cases import Conflict
from runtime.kernel.inputs import Input
from runtime.kernel.journal import BY_SOURCE
from runtime.kernel.kernel import Kernel
from runtime.kernel.store import Store, ticks
from runtime.kernel.tables import ALARMS, CALLS, OUTBOX
from runtime.replay.archive import Archive
from runtime.wiring import Wiring

WORKER = "replay"
RulesOf = Callable[[str], Editions]


class Astray(Exception):
    """The journal goes on from something that the rebuilt store does not have: here they part."""


class _FailedThen(Exception):
    """This input is a dead letter."""


class ReplayedKernel(Kernel):
    """Where a decision failed then, it fails again, whatever the code does by now."""

    failing: Sequence[Arrived] = ()
    taken_then = True

    def _ready(self, arrival: Arrived) -> Input | None:
        ready = super()._ready(arrival)
        if ready is not None and any(each is arrival for each in self.failing):
            return ready._replace(decide=_fail)
        return ready


def _fail(*_: Any) -> Decision:
    raise _FailedThen


def wiring_of(service: str) -> Wiring:
    wiring: Wiring = importlib.import_module(f"services.{service}.app").WIRING
    return wiring


class Replay:
    """One deciding service; `run` yields after each transaction, `store` is then as it was at that moment."""

    def __init__(self, wiring: Wiring, archive: Archive, store: Store, rules_of: RulesOf) -> None:
        self.archive, self.store, self.rules_of, self.service = archive, store, rules_of, wiring.service
        self.wiring = wiring
        self.kernel: ReplayedKernel | None = None
        self.own_topic = topic_name(BY_NAME[wiring.service].writes)
        self.forget: list[int] = []
        self.transactions, self.last_position = 0, 0

    def run(self) -> Iterator[int]:
        self.archive.begin_again(self.service)
        for position, own in self.archive.transactions(self.service):
            transaction = self.archive.transaction(self.service, own)
            if transaction is None:
                raise Astray(f"a part of the transaction at {position} is missing on the journal")
            try:
                self._take_again(transaction)
            except (Astray, Conflict) as error:
                raise Astray(f"in the transaction of {transaction.now.isoformat()}: {error}") from error
            self.transactions, self.last_position = self.transactions + 1, position
            yield self.transactions
        self._leave_as_found()

    def _take_again(self, transaction: Transaction) -> None:
        arrivals = [self._arrival(each) for each in transaction.inputs]
        kernel = self._kernel(transaction)
        kernel.by_source = transaction.ids == BY_SOURCE
        kernel.failing = [arrival for arrival, each in zip(arrivals, transaction.inputs, strict=True) if each.failed]
        outcome = kernel.step(arrivals, self.forget, transaction.now)
        self._as_then(outcome, len(arrivals), len(kernel.failing))
        out = [each.position for each in outcome.publish if self._is_out(each)]
        self.forget = [*outcome.unforgotten, *out]

    def _kernel(self, transaction: Transaction) -> ReplayedKernel:
        editions = self.rules_of(transaction.pack)
        if self.kernel is None:
            self.kernel = ReplayedKernel(self.wiring, self.store, editions, WORKER)
        return self.kernel

    def _as_then(self, outcome: Outcome, inputs: int, failing: int) -> None:
        if outcome.duplicates:
            raise Astray(f"{outcome.duplicates} of {inputs} inputs had been decided before")
        if outcome.dead_letters != failing:
            raise Astray(f"{outcome.dead_letters} decisions failed, then it was {failing}")

    def _is_out(self, each: Outgoing) -> bool:
        """Events that are not on their topic stay in the outbox: whoever takes the store over says them."""
        if each.record.topic != self.own_topic:
            return True
        own = dict(each.record.headers)["ce_id"].decode()
        return self.archive.say_again(own, each.record)

    def _leave_as_found(self) -> None:
        """A position is never given twice, also not by whoever takes this store over."""
        with self.store.transaction() as tx:
            tx.execute(sa.delete(OUTBOX).where(OUTBOX.c.position.in_(self.forget)))
            with suppress(sa.exc.DBAPIError):  # nothing was ever in the outbox: there is no row to change
                last = {"last": self.last_position}
                tx.execute(sa.text("update sqlite_sequence set seq = max(seq, :last) where name = 'outbox'"), last)

    # ---- what arrives again ----------------------------------------------------------------------------------------

    def _arrival(self, each: journal.Consumed | journal.Answered | journal.AlarmRang) -> Arrived:
        if isinstance(each, journal.Consumed):
            found = self.archive.record(each.topic, each.partition, each.offset, group_id(self.service))
            if found is None:
                raise Astray(f"{each.topic}[{each.partition}]@{each.offset} is not there")
            return found
        return self._answer(each) if isinstance(each, journal.Answered) else self._alarm(each)

    def _answer(self, each: journal.Answered) -> CallDone:
        rows = self.store.read(sa.select(CALLS).where(CALLS.c.id == each.call))
        if not rows:
            raise Astray(f"the call {each.call} was answered, but nobody asks it now")
        pending = due.pending(rows[0])
        return CallDone(pending, _outcome(pending, each))

    def _alarm(self, each: journal.AlarmRang) -> AlarmDue:
        mine = (ALARMS.c.request_id == each.request_id, ALARMS.c.name == each.name, ALARMS.c.due == ticks(each.due))
        rows = self.store.read(sa.select(ALARMS).where(*mine))
        if not rows:
            raise Astray(f"{each.name} of {each.request_id} rang, but nobody sets it for {each.due.isoformat()} now")
        return AlarmDue(each.request_id, each.name, each.due, rows[0].cause, rows[0].root)


def _outcome(pending: PendingCall, each: journal.Answered) -> Answered | Refused:
    if each.refusal is not None:
        return pending.refused(each.refusal.code, each.refusal.detail, each.refusal.key)
    model = OPERATIONS[pending.call.operation].answer
    return pending.answered(None if each.answer is None else model.model_validate(each.answer))
