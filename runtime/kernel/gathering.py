"""What is new in a transaction: arrivals that nobody took in before, and the cases they are about."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from runtime.decision import AlarmRang
from runtime.envelope import Record
from runtime.kernel import journal
from runtime.kernel.arrivals import (
    AlarmDue,
    Arrived,
    CallDone,
    Consumed,
    Letter,
    Outgoing,
    PendingCall,
    SetAside,
)
from runtime.kernel.cases import Loaded, read
from runtime.kernel.dead_letters import CANNOT_BE_STORED, own_letter_id
from runtime.kernel.inbox import Again, Around, Heard, discard
from runtime.kernel.inputs import Input, alarm_id, answer_id, as_it_came, own_ids
from runtime.kernel.outbox import outgoing
from runtime.kernel.packing import unpacked
from runtime.kernel.statements import UNPUBLISHED
from runtime.kernel.store import ticks

MANY_PUBLISHED = 64  # rows of the outbox, which are then removed together
SOON = timedelta(seconds=1)  # or after this: long before another worker takes them for left behind


class Gathering(Heard):
    def __init__(self, kernel: Around, tx: sa.Connection, now: datetime) -> None:
        self.kernel, self.tx, self.now, self.at = kernel, tx, now, ticks(now)
        self.cases: dict[str, Loaded] = {}
        self.seen: set[str] = set()  # the requests whose cases were looked at
        self.from_memory: set[str] = set()  # of these, the ones that nobody looked up in the database
        self.unforgotten: Sequence[int] = ()  # outbox rows that are published and will be removed soon
        self.leftovers: list[Outgoing] = []
        self.outbox: list[tuple[str, Record]] = []
        self.journal: list[journal.Line] = []
        self.decided_on: set[str] = set()  # the requests whose cases the decisions rest on
        self.calls: list[PendingCall] = []
        self.answered: list[PendingCall] = []  # what the carrier has just answered
        self.alarms: dict[tuple[str, str], tuple[datetime | None, Input]] = {}
        self.rang = False
        self.released: list[str] = []
        self.forgotten: set[str] = set()
        self.seen_before: list[str] = []  # whose unpublished records, if any, must be published again
        self.letters: list[Letter] = []
        self.handled = self.duplicates = 0

    def forget(self, published: Sequence[int], in_any_case: bool) -> None:
        """Many at a time: until then they are known to be published, and at worst are published twice."""
        now = self.now
        if published and (in_any_case or len(published) >= MANY_PUBLISHED or abs(now - self.kernel.forgot_at) >= SOON):
            self.kernel.sql.forget(self.tx, published)
            self.kernel.forgot_at = now  # before the commit: whatever becomes of it, the next one may wait again
        else:
            self.unforgotten = published

    def fresh(self, inputs: Sequence[Input]) -> list[Input]:
        """Those not decided before, in order; loads the cases they are about."""
        if came := {each.id: each.came_as[0] for each in inputs if each.came_as}:
            allowed = self._come_again(came)
            inputs = [each if each.id in allowed else as_it_came(each) for each in inputs]
        consumed = [each for each in inputs if isinstance(each.arrival, Consumed)]
        records = self._new_in_inbox({each.id: each.content for each in reversed(consumed)})
        records -= self._taken_formerly({each.formerly: each.id for each in consumed if each.id in records})
        done = [each.arrival.pending for each in inputs if isinstance(each.arrival, CallDone)]
        calls, self.answered = self._open_calls([each.id for each in done]), done
        alarms = self._armed([each.arrival for each in inputs if isinstance(each.arrival, AlarmDue)])
        new: list[Input] = []
        known: list[Input] = []
        for each in inputs:
            (new if _take_out(each, records, calls, alarms) else known).append(each)
        if known:
            self._heard_before([Again(each.id, each.content, each.request_id, each.arrival) for each in known])
        self._load({each.request_id for each in inputs})
        return new

    def _open_calls(self, ids: Sequence[str]) -> set[str]:
        return {row[0] for row in self.kernel.sql.open_calls(self.tx, ids)}

    def _armed(self, due: Sequence[AlarmDue]) -> set[tuple[str, str, int]]:
        self.rang = self.rang or bool(due)
        wanted = [(each.request_id, each.name, ticks(each.due), each.cause) for each in due]
        return {tuple(row) for row in self.kernel.sql.armed(self.tx, wanted)}

    def _load(self, request_ids: set[str]) -> None:
        """A case from memory has nothing left behind by others: they would have changed it, or the partitions."""
        known = self.kernel.remembered.among(request_ids)
        self.seen, self.from_memory = request_ids, set(known)
        self.cases = {request_id: loaded for request_id, loaded in known.items() if loaded is not None}
        unknown = sorted(request_ids - known.keys())
        unpublished = set(self.seen_before)
        for request_id, version, said, root, body, policy in self.kernel.sql.cases(self.tx, unknown):
            if version == UNPUBLISHED:
                unpublished.add(request_id)
                continue
            case = read(self.kernel.wiring.case, request_id, unpacked(body))
            self.cases[request_id] = Loaded(version, said, root, case, policy=policy)
        self._look_for_leftovers(unpublished)

    def _look_for_leftovers(self, request_ids: Collection[str]) -> None:
        found = map(outgoing, self.kernel.sql.unpublished(self.tx, sorted(request_ids)))
        published = set(self.unforgotten)
        self.leftovers = [each for each in found if each.position not in published]

    def give_up_on(self, aside: SetAside) -> None:
        """Its case is not looked at: that may be what cannot be read."""
        own, request_id, record, is_new, content = self._undecided(aside.arrival)
        if content and not is_new:
            self._heard_before([Again(own, content, request_id, aside.arrival)])
        elif is_new:
            consumed = aside.arrival if isinstance(aside.arrival, Consumed) else None
            letter = own_letter_id(self.kernel.wiring.service, own)
            self._dead_letter(request_id, letter, record, consumed, CANNOT_BE_STORED, aside.error)
            if consumed is not None:
                self._permit(consumed)
            else:  # the call is closed, the alarm rung
                self.journal.append(journal.line(own, request_id, aside.arrival, failed=True))

    def _undecided(self, arrival: Arrived) -> tuple[str, str, Record, bool, str | None]:
        """Its own id, whose it is, what goes to the dead letters, whether it is new, and the content of a command."""
        if isinstance(arrival, Consumed):
            own, formerly, content, came_as = own_ids(arrival, self.kernel.by_source)
            if came_as and not self._come_again({own: came_as[0]}):
                own, formerly = came_as
            new = self._new_in_inbox({own: content}) - self._taken_formerly({formerly: own})
            return own, own, arrival.record, bool(new), content
        if isinstance(arrival, CallDone):
            pending, outcome = arrival
            record = written_out("answer", pending.request_id, outcome)
            return answer_id(pending), pending.request_id, record, bool(self._open_calls([pending.id])), None
        own = alarm_id(arrival, self.kernel.by_source)
        rung = AlarmRang(request_id=arrival.request_id, name=arrival.name, at=arrival.due)
        record = written_out("alarm", arrival.request_id, rung)
        return own, arrival.request_id, record, bool(self._armed([arrival])), None


def _take_out(each: Input, records: set[str], calls: set[str], alarms: set[tuple[str, str, int]]) -> bool:
    """True the first time only, also for two copies within one batch."""
    arrival = each.arrival
    if type(arrival) is Consumed:  # nearly every input is one: spelt out, for a call less of each
        if each.id in records:
            records.remove(each.id)
            return True
        return False
    if isinstance(arrival, CallDone):
        return discard(calls, arrival.pending.id)
    assert isinstance(arrival, AlarmDue)
    return discard(alarms, (arrival.request_id, arrival.name, ticks(arrival.due)))


def written_out(topic: str, request_id: str, message: Any) -> Record:
    return Record(topic, request_id.encode(), message.model_dump_json().encode(), [])
