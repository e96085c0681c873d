"""The kernel: a batch of arrivals in, one transaction, records to publish and calls to make out.

Everything that makes the promise «nothing lost, nothing doubled» is here and in `batch.py`, which reads in the order of
a transaction: gathering, deciding, writing. It is plain synchronous code over one database transaction: a crash
anywhere before the commit changes nothing, a crash after it leaves the outbox, the calls and the alarms to be picked
up. Records, answers and rung alarms all take the same road.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import structlog

from contracts.flow import BY_NAME, group_id, topic_name
from contracts.messages import TYPES
from contracts.rights import warden
from policies.editions import Editions, of
from policies.pack import Pack
from runtime.decision import Answered
from runtime.envelope import NOT_YOURS_TO_SAY, Record, Unreadable, attribute, spoken
from runtime.kernel.arrivals import Arrival, Arrived, CallDone, Consumed, Folded, Outcome, SetAside
from runtime.kernel.batch import Batch
from runtime.kernel.cases import Remembered
from runtime.kernel.dead_letters import for_another
from runtime.kernel.inputs import Input, ready
from runtime.kernel.reached import Reached
from runtime.kernel.statements import Statements
from runtime.kernel.store import Store
from runtime.signatures import NOT_SIGNED, OFF
from runtime.wiring import Wiring, at_once

log = structlog.get_logger()
PATIENCE_SECONDS = 0.2  # nobody looks within a moment
LONG_AGO = datetime.min.replace(tzinfo=UTC)
MISSING = "put its folder back: until then its requests go on under the edition in force"


class Kernel:
    """Runs one service's decisions against its store; `worker` names this process among its twins."""

    taken_then = False  # whether all that comes is in the journal, so that nobody has to find out what may come

    def __init__(self, wiring: Wiring, store: Store, pack: Pack | Editions, worker: str = "one") -> None:
        self.wiring, self.store, self.worker = wiring, store, worker
        self.editions = of(pack)
        self.missing: set[str] = set()  # editions that requests keep and nobody has any more
        self.by_source, self.group = True, group_id(wiring.service)
        self.topic = topic_name(BY_NAME[wiring.service].writes)
        self.sql, self.kept = store.written(Statements), store.keep()
        self.remembered, self.reached = Remembered(), Reached()
        self.next_due = self.forgot_at = LONG_AGO  # unknown yet
        self.by_type = wiring.decisions
        self.patient = frozenset(kind.encode() for kind in wiring.patient)
        self.unhurried = wiring.unhurried
        self.patience_seconds = PATIENCE_SECONDS if self.patient or self.unhurried is not at_once else 0.0
        self.signatures = OFF
        self.silent = cache(self._silent)

    def wants(self, record: Record) -> bool:
        """False for what this service never decides on; judged by its headers alone, without decoding."""
        if for_another(record, self.group):
            return False
        kind, may = spoken(record)
        if not may:
            return self._warden_of(record)
        if kind in self.by_type:
            return self.wiring.silent is None or not self._leads_to_nothing(record, kind)
        return kind is None or kind not in TYPES

    def _leads_to_nothing(self, record: Record, kind: str) -> bool:
        """Under the edition that its request keeps; where that is not here, it is looked at."""
        policy = attribute(record.headers, "ce_policyversion")
        pack = self.editions.find(policy) if policy else None
        return pack is not None and self.silent(kind, pack.pack, pack.version)

    def _silent(self, kind: str, name: str, version: str) -> bool:
        pack, silent = self.editions.find(f"{name}@{version}"), self.wiring.silent
        return pack is not None and silent is not None and silent(kind, pack)

    def _warden_of(self, record: Record) -> bool:
        return warden(record.topic) == self.wiring.service

    def pack_of(self, policy: str, now: datetime) -> Pack:
        """The edition of that id; the one in force where none is named, or it is not on this machine any more."""
        found = self.editions.find(policy) if policy else None
        if policy and found is None and policy not in self.missing:
            self.missing.add(policy)
            log.warning("edition_missing", edition=policy, instead=self.editions.on(now).id, what_to_do=MISSING)
        return found or self.editions.on(now)

    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        """Decide `arrivals` in order and store all they lead to; `published` outbox positions are forgotten.

        Raises `Conflict` (nothing was stored: call again), `WentBack` (a person has to look) or the database's own
        errors (wait and call again).
        """
        to_decide = [arrival for arrival in arrivals if not isinstance(arrival, SetAside | Folded)]
        inputs, unreadable = self._prepare(to_decide)
        remembered = self.remembered
        try:
            with self.kept.transaction() as tx:
                if not self.reached.proven:
                    self.reached.prove(tx)
                batch = Batch(self, tx, now)
                batch.forget(published, in_any_case=not arrivals)
                batch.set_aside(unreadable)
                for special in arrivals if len(to_decide) < len(arrivals) else ():
                    if isinstance(special, Folded):
                        batch.fold(special)
                    if isinstance(special, SetAside):
                        batch.give_up_on(special)
                for each in batch.fresh(inputs):
                    batch.take(each)
                outcome = batch.write()
        except BaseException:  # also when the commit may have succeeded
            self._in_doubt(remembered)
            self.reached.proven = False
            raise
        remembered.keep(batch.seen, batch.cases)
        self.next_due = batch.next_due
        return outcome

    def may_wait(self, arrival: Arrival) -> bool:
        """Whether nobody waits for what is decided on it."""
        if isinstance(arrival, Consumed):
            for name, value in arrival.record.headers:  # for each record: cheaper than to have its type read out
                if name == "ce_type":
                    return value in self.patient
            return False
        if isinstance(arrival, CallDone) and isinstance(arrival.outcome, Answered):
            return self.unhurried(arrival.pending.call)
        return False

    def partitions_came(self) -> None:
        """Whoever had them in between knows better by now; a step under way goes on with what it had."""
        self.remembered = Remembered()

    def _in_doubt(self, remembered: Remembered) -> None:
        remembered.drop()

    def _prepare(self, arrivals: Sequence[Arrived]) -> tuple[list[Input], list[tuple[Consumed, Unreadable]]]:
        inputs: list[Input] = []
        unreadable: list[tuple[Consumed, Unreadable]] = []
        for arrival in arrivals:
            try:
                ready = self._ready(arrival)
            except Unreadable as error:
                assert isinstance(arrival, Consumed)
                if self._sets_aside(arrival, error):
                    unreadable.append((arrival, error))
                continue
            if ready is not None:
                inputs.append(ready)
        return inputs, unreadable

    def fault(self, consumed: Consumed) -> Unreadable | None:
        """Why this service would set it aside; nothing is decided or written."""
        try:
            self._ready(consumed)
        except Unreadable as error:
            return error if self._sets_aside(consumed, error) else None
        return None

    def _sets_aside(self, consumed: Consumed, error: Unreadable) -> bool:
        return error.code != NOT_YOURS_TO_SAY or self._warden_of(consumed.record)

    def _ready(self, arrival: Arrived) -> Input | None:
        asks = self.signatures.known is not None
        if asks and isinstance(arrival, Consumed) and (why := self.signatures.fault(arrival.record)):
            raise Unreadable(NOT_SIGNED, why)
        return ready(self.wiring, self.by_type, arrival, self.by_source)
