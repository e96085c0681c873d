"""What arrives at a kernel (records, answers, alarms that are due) and what a step leaves to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from runtime.decision import Answered, Call, Refused
from runtime.envelope import Record, Unreadable


class Consumed(NamedTuple):
    """A record as Kafka delivered it."""

    record: Record
    partition: int
    offset: int
    timestamp_ms: int
    group: str

    @property
    def place(self) -> str:
        return f"{self.record.topic}[{self.partition}]@{self.offset}"


class PendingCall(NamedTuple):
    """A call as it lies in the store."""

    id: str
    request_id: str
    call: Call
    cause: str
    root: str
    attempt: int
    policy: str = ""  # the pack under which it was asked

    @property
    def key(self) -> str:
        """The Idempotency-Key: one for one effect, however often it is asked."""
        return self.call.key or self.id

    def answered(self, answer: Any) -> Answered:
        """Without validation: whoever asked has believed it already, or reads it from the journal."""
        call = self.call
        key = call.key or self.id
        return Answered.model_construct(
            request_id=self.request_id, operation=call.operation, ask=call.ask, note=call.note, answer=answer, key=key
        )

    def refused(self, code: str, detail: str, key: str = "") -> Refused:
        call, under = self.call, key or self.key
        return Refused(
            request_id=self.request_id,
            operation=call.operation,
            ask=call.ask,
            note=call.note,
            code=code,
            detail=detail,
            key=under,
        )


class CallDone(NamedTuple):
    """How a call ended: `outcome` is the carrier's answer or its refusal."""

    pending: PendingCall
    outcome: Answered | Refused


class AlarmDue(NamedTuple):
    request_id: str
    name: str
    due: datetime
    cause: str
    root: str


Arrived = Consumed | CallDone | AlarmDue


class SetAside(NamedTuple):
    """An arrival that cannot be stored whatever is decided about it: a dead letter, so that the others can go on."""

    arrival: Arrived
    error: Exception


class Folded(NamedTuple):
    """Records of one partition that break the contract alike, of a sender beyond its budget: one letter for all."""

    first: Consumed
    error: Unreadable
    source: str
    places: tuple[tuple[int, int], ...]  # offset and time stamp of each, the first one's too


Arrival = Arrived | SetAside | Folded


class Outgoing(NamedTuple):
    """A record to publish, and the outbox row to forget once the broker has it."""

    position: int
    record: Record


class Letter(NamedTuple):
    """A record that was set aside: why, where it lay and who had sent it, as far as it says."""

    code: str
    topic: str
    source: str
    records: int = 1  # that it stands for


class Outcome(NamedTuple):
    """What a step leaves to do: publish these in order, make these calls, look at the alarms at `next_due`.

    `unforgotten` are positions that are known to be published and still lie in the outbox: the next step is told again.
    """

    publish: list[Outgoing]
    calls: list[PendingCall]
    next_due: datetime | None
    handled: int
    duplicates: int
    dead_letters: int
    letters: tuple[Letter, ...] = ()
    unforgotten: tuple[int, ...] = ()


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Several steps one after the other, as if they had been one."""
    return Outcome(
        [each for outcome in outcomes for each in outcome.publish],
        [call for outcome in outcomes for call in outcome.calls],
        outcomes[-1].next_due,
        sum(outcome.handled for outcome in outcomes),
        sum(outcome.duplicates for outcome in outcomes),
        sum(outcome.dead_letters for outcome in outcomes),
        tuple(letter for outcome in outcomes for letter in outcome.letters),
        outcomes[-1].unforgotten,
    )
