"""The production batch and kernel, watched from outside: what was decided, and on which view.

Two workers of one service share one SQLite connection, so their transactions never overlap. What PostgreSQL would let
happen is made like this: a late twin reads its cases (`glimpse`), the other worker runs whole steps, then the twin's
step runs on the cases as it read them. It is exactly READ COMMITTED as long as no message of its own was decided
meanwhile (then the inbox would have made it wait and read again), and so the glimpse is only used in that case.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import runtime.kernel.kernel
from contracts.flow import group_id
from policies.pack import Pack
from runtime.decision import Decision
from runtime.kernel.arrivals import AlarmDue, Arrival, CallDone, Consumed, Folded, Outcome, SetAside
from runtime.kernel.batch import Batch
from runtime.kernel.cases import Loaded
from runtime.kernel.inputs import Input
from runtime.kernel.kernel import Kernel
from runtime.kernel.tables import CASES
from tests.proof.history import AlarmFact


class WatchedKernel(Kernel):
    stale: dict[str, Loaded | None] | None = None
    clock: Callable[[], datetime]
    decided: list[tuple[str, str]]  # (group, id of the input)
    alarm_facts: list[AlarmFact]
    latest: "WatchedBatch"

    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        outcome = super().step(arrivals, published, now)
        self.alarm_facts += self.latest.alarm_facts
        self.decided += self.latest.decided
        return outcome

    def glimpse(self, arrivals: Sequence[Arrival]) -> dict[str, Loaded | None]:
        """The cases of these arrivals as they are now."""
        wanted = {request_id for arrival in arrivals if (request_id := _about(arrival))}
        found: dict[str, Loaded | None] = dict.fromkeys(sorted(wanted))
        for row in self.store.read(sa.select(CASES).where(CASES.c.request_id.in_(sorted(wanted)))):
            case = self.wiring.case.model_validate_json(row.body)
            found[row.request_id] = Loaded(row.version, row.said, row.root, case, policy=row.policy)
        return found


def _about(arrival: Arrival) -> str:
    if isinstance(arrival, SetAside | Folded):
        return ""  # its case is not looked at
    if isinstance(arrival, CallDone):
        return arrival.pending.request_id
    return (
        (arrival.record.key or b"").decode("ascii", "replace") if isinstance(arrival, Consumed) else arrival.request_id
    )


class WatchedBatch(Batch):
    kernel: WatchedKernel

    def __init__(self, kernel: Any, tx: sa.Connection, now: datetime) -> None:
        super().__init__(kernel, tx, now)
        kernel.latest = self
        self.alarm_facts: list[AlarmFact] = []
        self.decided: list[tuple[str, str]] = []

    def _load(self, request_ids: set[str]) -> None:
        super()._load(request_ids)
        stale = self.kernel.stale
        if stale is None or self.duplicates or self.seen_before:
            return
        for request_id in sorted((request_ids & stale.keys()) - self.from_memory):  # what it remembers it does not read
            self.cases.pop(request_id, None)
            if (loaded := stale[request_id]) is not None:
                self.cases[request_id] = loaded

    def _decide(self, each: Input, loaded: Loaded, pack: Pack) -> Decision:
        decision = super()._decide(each, loaded, pack)
        self.alarm_facts += self._facts(each, decision)
        self.decided.append((group_id(self.kernel.wiring.service), each.id))
        return decision

    def _facts(self, each: Input, decision: Decision) -> Iterator[AlarmFact]:
        service, request_id = self.kernel.wiring.service, each.request_id
        at = self.kernel.clock()  # the true time: its own clock may just have been set back
        if isinstance(each.arrival, AlarmDue):
            yield AlarmFact(service, request_id, each.arrival.name, "rang", each.arrival.due, at)
        for name, due in decision.alarms:
            yield AlarmFact(service, request_id, name, "cancelled" if due is None else "armed", due, at)


@contextmanager
def batches(kind: type[Batch]) -> Iterator[None]:
    """Kernels use this kind of batch for a while."""
    usual = vars(runtime.kernel.kernel)["Batch"]
    vars(runtime.kernel.kernel)["Batch"] = kind
    try:
        yield
    finally:
        vars(runtime.kernel.kernel)["Batch"] = usual
