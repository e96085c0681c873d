"""One transaction of the kernel: what is new, what was decided, and all of it written together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from contracts.flow import dead_letter_topic
from contracts.messages import Command, ForCustomer, Message
from policies.editions import Editions
from policies.pack import Pack
from runtime.decision import NOTHING, AlarmRang, Case, Decision, Taken
from runtime.envelope import Envelope, Record, Unreadable, derived_id, encode, traceparent
from runtime.kernel import journal
from runtime.kernel.arrivals import (
    AlarmDue,
    Arrived,
    CallDone,
    Consumed,
    Letter,
    Outcome,
    Outgoing,
    PendingCall,
    SetAside,
)
from runtime.kernel.dead_letters import CANNOT_BE_STORED, DECISION_FAILED, LETTER_ID, letter_id, source_named, why
from runtime.kernel.inputs import Input, alarm_id, answer_id, own_ids
from runtime.kernel.outbox import outbox_row, outgoing
from runtime.kernel.statements import Statements
from runtime.kernel.store import ALARMS, Store, moment, ticks
from runtime.wiring import Wiring

LONG_AGO = timedelta(days=1)  # an id of the inbox that is younger than this need not be renewed
LEASE = timedelta(seconds=20)  # how long a call belongs to the worker that wrote it down, before another may take it


class Conflict(Exception):
    """Another worker was faster with one of these cases; decide again on the fresh ones."""


@dataclass
class Loaded:
    """A case as this transaction sees it; `version` is what the database must still have when we write."""

    version: int
    said: int
    root: str
    case: Case | None
    changed: bool = False
    policy: str = ""  # the pack it was first decided under, and is to its end


class Around(Protocol):
    """What a transaction uses of the kernel that it belongs to."""

    wiring: Wiring
    worker: str
    topic: str
    sql: Statements
    store: Store
    by_source: bool
    editions: Editions

    def pack_of(self, policy: str, now: datetime) -> Pack: ...


class Batch:
    def __init__(self, kernel: Around, tx: sa.Connection, now: datetime) -> None:
        self.kernel, self.tx, self.now = kernel, tx, now
        self.cases: dict[str, Loaded] = {}
        self.leftovers: list[Outgoing] = []
        self.outbox: list[tuple[str, Record]] = []
        self.journal: list[journal.Line] = []
        self.decided_on: set[str] = set()  # the requests whose cases the decisions rest on
        self.calls: list[PendingCall] = []
        self.alarms: dict[tuple[str, str], tuple[datetime | None, Input]] = {}
        self.released: list[str] = []
        self.seen_before: list[str] = []  # whose unpublished records, if any, must be published again
        self.letters: list[Letter] = []
        self.handled = self.duplicates = 0

    # ---- what is new -----------------------------------------------------------------------------------------------

    def forget(self, published: Sequence[int]) -> None:
        if published:
            self.tx.execute(self.kernel.sql.forget, {"positions": list(published)})

    def set_aside(self, unreadable: Sequence[tuple[Consumed, Unreadable]]) -> None:
        """Dead letters for records that break the contract; a record that was set aside before is not repeated."""
        new = self._new_in_inbox([letter_id(consumed) for consumed, _ in unreadable])
        for consumed, error in unreadable:
            letter = letter_id(consumed)
            if _discard(new, letter):
                self._dead_letter(letter, letter, consumed.record, consumed, error.code, error)
            else:
                self.seen_before.append(letter)

    def fresh(self, inputs: Sequence[Input]) -> list[Input]:
        """Those not decided before, in order; loads the cases they are about."""
        consumed = [each for each in inputs if isinstance(each.arrival, Consumed)]
        records = self._new_in_inbox([each.id for each in consumed])
        records -= self._taken_formerly({each.formerly: each.id for each in consumed if each.id in records})
        calls = self._open_calls([each.arrival.pending.id for each in inputs if isinstance(each.arrival, CallDone)])
        alarms = self._armed([each.arrival for each in inputs if isinstance(each.arrival, AlarmDue)])
        new: list[Input] = []
        for each in inputs:
            if _take_out(each, records, calls, alarms):
                new.append(each)
            else:
                self.duplicates += 1
        self._load({each.request_id for each in inputs} | set(self.seen_before))
        return new

    def _new_in_inbox(self, ids: Sequence[str]) -> set[str]:
        """What is heard again is remembered anew: sent again weeks later, it lies on its topic for weeks longer."""
        if not ids:
            return set()
        rows = [{"id": each, "at": ticks(self.now)} for each in dict.fromkeys(ids)]
        statement = self.kernel.sql.inbox
        new = set(self.tx.execute(statement, rows).scalars())
        if again := [row["id"] for row in rows if row["id"] not in new]:
            times = {"now": ticks(self.now), "long_ago": ticks(self.now - LONG_AGO)}
            self.tx.execute(self.kernel.sql.heard_again, {"ids": again} | times)
        return new

    def _taken_formerly(self, ids: Mapping[str, str]) -> set[str]:
        """Of those new here, the ones that an earlier build took in, which knew no sources; `ids`: old form to new."""
        until = self.kernel.store.ids_without_source_until
        old = [each for each in ids if each]
        if not old or not until:
            return set()
        found = self.tx.execute(self.kernel.sql.known_before, {"ids": old, "until": until}).scalars()
        return {ids[each] for each in found}

    def _open_calls(self, ids: Sequence[str]) -> set[str]:
        if not ids:
            return set()
        return set(self.tx.execute(self.kernel.sql.open_calls, {"ids": list(ids)}).scalars())

    def _armed(self, due: Sequence[AlarmDue]) -> set[tuple[str, str, int]]:
        """By its cause too: one that was set anew for the same moment is another alarm, to be found anew."""
        if not due:
            return set()
        columns = (ALARMS.c.request_id, ALARMS.c.name, ALARMS.c.due)
        wanted = [(each.request_id, each.name, ticks(each.due), each.cause) for each in due]
        statement = sa.delete(ALARMS).where(sa.tuple_(*columns, ALARMS.c.cause).in_(wanted)).returning(*columns)
        return {(row[0], row[1], row[2]) for row in self.tx.execute(statement)}

    def _load(self, request_ids: set[str]) -> None:
        if not request_ids:
            return
        for row in self.tx.execute(self.kernel.sql.cases, {"ids": list(request_ids)}):
            case = self.kernel.wiring.case.model_validate_json(row.body)
            self.cases[row.request_id] = Loaded(row.version, row.said, row.root, case, policy=row.policy)
        unpublished = self.tx.execute(self.kernel.sql.unpublished, {"ids": list(request_ids)})
        self.leftovers = [outgoing(row) for row in unpublished]

    def give_up_on(self, aside: SetAside) -> None:
        """Its case is not looked at: that may be what cannot be read."""
        own, request_id, record, is_new = self._undecided(aside.arrival)
        if is_new:
            consumed = aside.arrival if isinstance(aside.arrival, Consumed) else None
            letter = derived_id(own, "dead-letter")
            self._dead_letter(request_id, letter, record, consumed, CANNOT_BE_STORED, aside.error)
            if consumed is None:  # the call is closed, the alarm rung
                self.journal.append(journal.line(own, request_id, aside.arrival, failed=True))

    def _undecided(self, arrival: Arrived) -> tuple[str, str, Record, bool]:
        """Its own id, whose it is, what goes to the dead letters, and whether nobody took it before."""
        if isinstance(arrival, Consumed):
            own, formerly = own_ids(arrival, self.kernel.by_source)
            return own, own, arrival.record, bool(self._new_in_inbox([own]) - self._taken_formerly({formerly: own}))
        if isinstance(arrival, CallDone):
            pending, outcome = arrival
            record = _written_out("answer", pending.request_id, outcome)
            return answer_id(pending), pending.request_id, record, bool(self._open_calls([pending.id]))
        own = alarm_id(arrival, self.kernel.by_source)
        rung = AlarmRang(request_id=arrival.request_id, name=arrival.name, at=arrival.due)
        return own, arrival.request_id, _written_out("alarm", arrival.request_id, rung), bool(self._armed([arrival]))

    # ---- deciding --------------------------------------------------------------------------------------------------

    def take(self, each: Input) -> None:
        """One decision. A bug in it becomes a dead letter of this one message; the others go on."""
        if isinstance(each.arrival, AlarmDue) and (each.request_id, each.arrival.name) in self.alarms:
            return  # an earlier message of this very batch cancelled or moved it
        loaded = self.cases.get(each.request_id) or Loaded(0, 0, each.root, None)
        self.decided_on.add(each.request_id)
        if loaded.case is not None and not loaded.case.begun:  # it begins with whatever brings it
            loaded = replace(loaded, root=each.root, policy="")
        try:
            decision = self._decide(each, loaded)
            records = self._say(each, loaded, decision)
        except (sa.exc.SQLAlchemyError, Conflict):
            raise
        except Exception as error:
            record, consumed = _original(each)
            letter = derived_id(each.id, "dead-letter")
            self._dead_letter(each.request_id, letter, record, consumed, DECISION_FAILED, error)
            self.journal.append(journal.line(each.id, each.request_id, each.arrival, failed=True))
            return
        self.handled += 1
        if decision != NOTHING or not isinstance(each.arrival, Consumed):  # else a call is closed, an alarm rung
            self.journal.append(journal.line(each.id, each.request_id, each.arrival))
        self._remember(each, loaded, decision, len(records))
        self.outbox += [(each.request_id, record) for record in records]
        self._ask(each, loaded, decision)
        for alarm in decision.alarms:
            self.alarms[each.request_id, alarm.name] = (alarm.at, each)
        if decision.release:
            self.released.append(each.request_id)

    def _pack(self, each: Input, loaded: Loaded) -> Pack:
        """A request keeps its edition; a new one has that of the message that brought it, or the one in force."""
        return self.kernel.pack_of(loaded.policy or each.policy, self.now)

    def _decide(self, each: Input, loaded: Loaded) -> Decision:
        pack = self._pack(each, loaded)
        decision = each.decide(loaded.case, each.message, self.now, pack)
        if decision.claims and (holders := self._claim(decision.claims, each.request_id)):
            taken = self.kernel.wiring.taken
            assert taken is not None, "a service that claims must say what happens when a name is taken"
            message = Taken(request_id=each.request_id, message=each.message, holders=holders)
            return taken(loaded.case, message, self.now, pack)
        return decision

    def _claim(self, names: Sequence[str], request_id: str) -> dict[str, str]:
        """Takes all of `names` or none; returns who holds what is taken."""
        self._release()  # what an earlier message of this batch let go of is free
        held = self.tx.execute(self.kernel.sql.held, {"names": list(names)})
        others = {row.name: row.holder for row in held if row.holder != request_id}
        if others or not names:
            return others
        free = self.kernel.sql.claim
        rows = [{"name": name, "holder": request_id, "times": 0} for name in names]
        if len(self.tx.execute(free, rows).all()) < len(names):
            raise Conflict("another worker claimed the same name")
        return {}

    def _say(self, each: Input, loaded: Loaded, decision: Decision) -> list[Record]:
        """Who remembers nothing of a request keeps no count of what it said about it either."""
        case = decision.case or loaded.case
        counted = case is not None and case.begun
        return [
            self._event(each, loaded, index, event, str(loaded.said + index + 1) if counted else "")
            for index, event in enumerate(decision.events)
        ]

    def _event(self, each: Input, loaded: Loaded, index: int, event: Message, sequence: str) -> Record:
        own = derived_id(each.id, f"say/{event.type}/{index}")
        source = f"/tuiding/{self.kernel.wiring.service}"
        envelope = Envelope(own, source, event, loaded.root, each.cause, traceparent(loaded.root, own))
        policy = self._pack(each, loaded).id
        extensions = {"channel": _channel(event), "policyversion": policy, "sequence": sequence}
        return encode(self.kernel.topic, envelope, self.now, extensions)

    def _remember(self, each: Input, loaded: Loaded, decision: Decision, said: int) -> None:
        if decision.case is not None:
            loaded = replace(loaded, case=decision.case, changed=True)
        if loaded.case is not None:
            policy, changed = loaded.policy or self._pack(each, loaded).id, loaded.changed or said > 0
            numbered = said if loaded.case.begun else 0
            self.cases[each.request_id] = replace(loaded, said=loaded.said + numbered, changed=changed, policy=policy)

    def _ask(self, each: Input, loaded: Loaded, decision: Decision) -> None:
        policy = self._pack(each, loaded).id if decision.calls else ""
        for index, call in enumerate(decision.calls):
            own = derived_id(each.id, f"ask/{call.operation}/{index}")
            self.calls.append(PendingCall(own, each.request_id, call, each.cause, each.root, 0, policy))

    def _dead_letter(
        self, request_id: str, letter: str, record: Record, consumed: Consumed | None, code: str, error: Exception
    ) -> None:
        """The untouched record and why, to the dead-letter topic, through the outbox like everything else."""
        self.letters.append(Letter(code, record.topic, source_named(record)))
        reasons = why(record, consumed, code, error, self.now)
        headers = [*record.headers, (LETTER_ID, letter.encode()), *reasons]
        topic = dead_letter_topic(self.kernel.wiring.service)
        self.outbox.append((request_id, Record(topic, record.key, record.value, headers)))

    # ---- writing ---------------------------------------------------------------------------------------------------

    def write(self) -> Outcome:
        self._write_cases()
        self._write_calls()
        self._write_alarms()
        self._release()
        self._write_journal()
        publish = self.leftovers + self._write_outbox()
        self._check_what_was_only_read()
        due = self.tx.execute(self.kernel.sql.next_due).scalar()
        next_due = None if due is None else moment(due)
        letters = tuple(self.letters)
        return Outcome(publish, self.calls, next_due, self.handled, self.duplicates, len(letters), letters)

    def _write_cases(self) -> None:
        rows = [self._row(request_id, each) for request_id, each in self.cases.items() if each.changed]
        if not rows:
            return
        statement = self.kernel.sql.write_cases
        if len(self.tx.execute(statement, rows).all()) < len(rows):
            raise Conflict("another worker changed one of these cases")

    def _check_what_was_only_read(self) -> None:
        """A decision that left its case alone, or found none, rests on it all the same."""
        journaled = {request_id for _, request_id, _ in self.journal}
        read = {request_id: self.cases.get(request_id) for request_id in sorted(self.decided_on & journaled)}
        versions = {name: each.version if each else 0 for name, each in read.items() if not (each and each.changed)}
        if not versions:
            return
        rows = self.tx.execute(self.kernel.sql.versions, {"ids": list(versions)})
        found = {row.request_id: row.version for row in rows}
        if any(found.get(request_id, 0) != version for request_id, version in versions.items()):
            raise Conflict("another worker changed a case that this decision rests on")

    def _row(self, request_id: str, each: Loaded) -> dict[str, Any]:
        assert each.case is not None
        return {
            "request_id": request_id,
            "version": each.version + 1,
            "said": each.said,
            "root": each.root,
            "open": each.case.open,
            "body": each.case.model_dump_json(),
            "at": ticks(self.now),
            "policy": each.policy,
            "party": each.case.party,
            "first_at": ticks(self.now),  # of a case that is there already, the first one stays
        }

    def _write_calls(self) -> None:
        if self.calls:
            due = ticks(self.now + LEASE)
            self.tx.execute(
                self.kernel.sql.write_calls, [_call_row(each, self.kernel.worker, due) for each in self.calls]
            )

    def _write_alarms(self) -> None:
        gone = [key for key, (at, _) in self.alarms.items() if at is None]
        if gone:
            self.tx.execute(sa.delete(ALARMS).where(sa.tuple_(ALARMS.c.request_id, ALARMS.c.name).in_(gone)))
        rows = [
            {"request_id": key[0], "name": key[1], "cause": each.cause, "root": each.root, "due": ticks(at)}
            for key, (at, each) in self.alarms.items()
            if at is not None
        ]
        if rows:
            self.tx.execute(self.kernel.sql.write_alarms, rows)

    def _release(self) -> None:
        if self.released:
            self.tx.execute(self.kernel.sql.release, {"holders": self.released})
            self.released = []

    def _write_journal(self) -> None:
        """Last in the outbox: its position comes after everything this transaction had to wait for."""
        kernel = self.kernel
        self.outbox += journal.records(kernel.wiring.service, kernel.editions.on(self.now).id, self.now, self.journal)

    def _write_outbox(self) -> list[Outgoing]:
        if not self.outbox:
            return []
        rows = [outbox_row(request_id, record, self.now) for request_id, record in self.outbox]
        statement = self.kernel.sql.outbox
        positions = self.tx.execute(statement, rows).scalars()
        numbered = ((position, record) for position, (_, record) in zip(positions, self.outbox, strict=True))
        return [Outgoing(position, journal.numbered(record, position)) for position, record in numbered]


def _take_out(each: Input, records: set[str], calls: set[str], alarms: set[tuple[str, str, int]]) -> bool:
    """True the first time only, also for two copies within one batch."""
    arrival = each.arrival
    if isinstance(arrival, Consumed):
        return _discard(records, each.id)
    if isinstance(arrival, CallDone):
        return _discard(calls, arrival.pending.id)
    return _discard(alarms, (arrival.request_id, arrival.name, ticks(arrival.due)))


def _discard(members: set[Any], member: Any) -> bool:
    present = member in members
    members.discard(member)
    return present


def _channel(event: Message) -> str:
    if isinstance(event, Command):
        return event.channel
    return event.audience.channel if isinstance(event, ForCustomer) else ""


def _original(each: Input) -> tuple[Record, Consumed | None]:
    """What goes to the dead letters: the record itself, or the answer or alarm written out as one."""
    if isinstance(each.arrival, Consumed):
        return each.arrival.record, each.arrival
    topic = "alarm" if isinstance(each.arrival, AlarmDue) else "answer"
    return _written_out(topic, each.request_id, each.message), None


def _written_out(topic: str, request_id: str, message: Any) -> Record:
    return Record(topic, request_id.encode(), message.model_dump_json().encode(), [])


def _call_row(each: PendingCall, owner: str, due: int) -> dict[str, Any]:
    return {
        "id": each.id,
        "request_id": each.request_id,
        "operation": each.call.operation,
        "ask": each.call.ask.model_dump_json(),
        "note": each.call.note,
        "key": each.call.key,
        "cause": each.cause,
        "root": each.root,
        "attempt": each.attempt,
        "owner": owner,
        "due": due,
        "policy": each.policy,
    }
