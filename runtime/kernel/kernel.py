"""The kernel: a batch of arrivals in, one transaction, records to publish and calls to make out.

Everything that makes the promise «nothing lost, nothing doubled» is here and in `batch.py`. It is plain synchronous
code over one database transaction: a crash anywhere before the commit changes nothing, a crash after it leaves the
outbox, the calls and the alarms to be picked up. Records, answers and rung alarms all take the same road.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from contracts.flow import BY_NAME, topic_name
from contracts.messages import TYPES, Command
from policies.editions import Editions, of
from policies.pack import Pack
from runtime.decision import AlarmRang, Answered
from runtime.envelope import Record, Unreadable, decode, derived_id, event_type
from runtime.kernel.arrivals import AlarmDue, Arrival, Arrived, CallDone, Consumed, Outcome, SetAside
from runtime.kernel.batch import Batch, Input
from runtime.kernel.dead_letters import letter_id
from runtime.kernel.statements import Statements
from runtime.kernel.store import Store, ticks
from runtime.wiring import Wiring

log = structlog.get_logger()
MISSING = "put its folder back: until then its requests go on under the edition in force"


class Kernel:
    """Runs one service's decisions against its store; `worker` names this process among its twins."""

    def __init__(self, wiring: Wiring, store: Store, pack: Pack | Editions, worker: str = "one") -> None:
        self.wiring, self.store, self.worker = wiring, store, worker
        self.editions = of(pack)
        self.missing: set[str] = set()  # editions that requests keep and nobody has any more
        self.topic = topic_name(BY_NAME[wiring.service].writes)
        self.sql = Statements(store.insert)
        self.by_type = {model.type: decide for model, decide in wiring.on.items()}

    def wants(self, record: Record) -> bool:
        """False for what this service never decides on; judged by the type header alone, without decoding."""
        kind = event_type(record.headers)
        return kind is None or kind in self.by_type or kind not in TYPES

    def pack_of(self, policy: str, now: datetime) -> Pack:
        """The edition of that id; the one in force where none is named, or it is not on this machine any more."""
        found = self.editions.find(policy) if policy else None
        if policy and found is None and policy not in self.missing:
            self.missing.add(policy)
            log.warning("edition_missing", edition=policy, instead=self.editions.on(now).id, what_to_do=MISSING)
        return found or self.editions.on(now)

    def step(self, arrivals: Sequence[Arrival], published: Sequence[int], now: datetime) -> Outcome:
        """Decide `arrivals` in order and store all they lead to; `published` outbox positions are forgotten.

        Raises `Conflict` (nothing was stored: call again) or the database's own errors (wait and call again).
        """
        asides = [arrival for arrival in arrivals if isinstance(arrival, SetAside)]
        inputs, unreadable = self._prepare([arrival for arrival in arrivals if not isinstance(arrival, SetAside)])
        with self.store.transaction() as tx:
            batch = Batch(self, tx, now)
            batch.forget(published)
            batch.set_aside(unreadable)
            for aside in asides:
                batch.give_up_on(aside)
            for each in batch.fresh(inputs):
                batch.take(each)
            return batch.write()

    def own_id(self, consumed: Consumed) -> str:
        """As the inbox knows it; where it lies, if its own id cannot be found out."""
        try:
            return _input_id(decode(consumed.record).id, consumed)
        except Exception:
            return letter_id(consumed)

    def _prepare(self, arrivals: Sequence[Arrived]) -> tuple[list[Input], list[tuple[Consumed, Unreadable]]]:
        inputs: list[Input] = []
        unreadable: list[tuple[Consumed, Unreadable]] = []
        for arrival in arrivals:
            try:
                ready = self._ready(arrival)
            except Unreadable as error:
                assert isinstance(arrival, Consumed)
                unreadable.append((arrival, error))
                continue
            if ready is not None:
                inputs.append(ready)
        return inputs, unreadable

    def _ready(self, arrival: Arrived) -> Input | None:
        if isinstance(arrival, Consumed):
            return self._ready_record(arrival)
        return self._ready_answer(arrival) if isinstance(arrival, CallDone) else self._ready_alarm(arrival)

    def _ready_record(self, arrival: Consumed) -> Input | None:
        envelope = decode(arrival.record)
        decide = self.by_type.get(envelope.message.type)
        if decide is None:
            return None
        message = envelope.message
        own = _input_id(envelope.id, arrival)
        policy = "" if isinstance(message, Command) else envelope.policy  # a channel does not choose its rules
        return Input(own, envelope.id, envelope.correlation, message.request_id, message, decide, arrival, policy)

    def _ready_answer(self, done: CallDone) -> Input:
        pending, outcome = done
        table = self.wiring.answers if isinstance(outcome, Answered) else self.wiring.refusals
        decide = table[pending.call.operation]
        own = derived_id(pending.id, "answer")
        return Input(own, pending.cause, pending.root, pending.request_id, outcome, decide, done, pending.policy)

    def _ready_alarm(self, due: AlarmDue) -> Input:
        rung = AlarmRang(request_id=due.request_id, name=due.name, at=due.due)
        own = derived_id(due.cause, f"ring/{due.name}/{ticks(due.due)}")
        return Input(own, due.cause, due.root, due.request_id, rung, self.wiring.rings[due.name], due)


def _input_id(message_id: str, arrival: Consumed) -> str:
    """A dead letter an operator sends again is decided again: once for each time, and only by whoever set it aside."""
    headers = {name: value or b"" for name, value in arrival.record.headers if name.startswith("x-redrive-")}
    if headers.get("x-redrive-group") != arrival.group.encode():
        return message_id
    return derived_id(message_id, f"redrive/{headers.get('x-redrive-count', b'').decode('ascii', 'replace')}")
