"""Taking the decisions of a transaction, in order: what each of them remembers, says, asks, wakes and claims."""

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from contracts.messages import Command, ForCustomer, Message
from policies.pack import Pack
from runtime.decision import NOTHING, Case, Decision, Taken
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent
from runtime.kernel import journal
from runtime.kernel.arrivals import AlarmDue, Consumed, PendingCall
from runtime.kernel.cases import Conflict, Loaded
from runtime.kernel.dead_letters import DECISION_FAILED, own_letter_id
from runtime.kernel.forgetting import GoesOn, forget, refuse_while_it_goes_on
from runtime.kernel.gathering import Gathering, written_out
from runtime.kernel.inputs import Input


class Deciding(Gathering):
    def take(self, each: Input) -> None:
        """One decision. A bug in it becomes a dead letter of this one message; the others go on."""
        if isinstance(each.arrival, AlarmDue) and self._rings_no_more(each.request_id, each.arrival.name):
            return
        unknown = Loaded(0, 0, each.root, None)
        loaded = self.cases.get(each.request_id) or unknown
        on_sight = each.decide in self.kernel.wiring.on_sight
        if not on_sight:
            self.decided_on.add(each.request_id)
        if loaded.case is not None and not loaded.case.begun:  # it begins with whatever brings it
            loaded = replace(loaded, root=each.root, policy="")
        try:
            pack = self._pack(each, unknown if on_sight else loaded)
            policy = pack.id
            decision = self._decide(each, loaded, pack)
            if decision.forget:
                self._refuse_to_forget_what_goes_on(each.request_id, loaded.case)
            if on_sight and decision.case is None:  # its case was not looked at, and may have another version by now
                loaded = unknown
            records = self._say(each, loaded, decision, policy)
        except (sa.exc.SQLAlchemyError, Conflict):
            raise
        except Exception as error:
            self._failed(each, error)
            return
        self.handled += 1
        if decision != NOTHING or not isinstance(each.arrival, Consumed):  # else a call is closed, an alarm rung
            self.journal.append(journal.line(each.id, each.request_id, each.arrival))
        self.outbox += [(each.request_id, record) for record in records]
        if decision.forget:
            self._forget(each.request_id, self.cases.pop(each.request_id, unknown))
            return
        self._remember(each, loaded, decision, len(records), policy)
        self._ask(each, loaded.root, decision, policy)
        for alarm in decision.alarms:
            self.alarms[each.request_id, alarm.name] = (alarm.at, each)
        if decision.release and not decision.claims:
            self.released.append(each.request_id)

    def _rings_no_more(self, request_id: str, alarm: str) -> bool:
        """An earlier message of this very batch cancelled or moved it, or had its request forgotten."""
        return (request_id, alarm) in self.alarms or request_id in self.forgotten

    def _failed(self, each: Input, error: Exception) -> None:
        record, consumed = _original(each)
        letter = own_letter_id(self.kernel.wiring.service, each.id)
        self._dead_letter(each.request_id, letter, record, consumed, DECISION_FAILED, error)
        if consumed is not None:
            self._permit(consumed)
        self.journal.append(journal.line(each.id, each.request_id, each.arrival, failed=True))

    def _forget(self, request_id: str, loaded: Loaded) -> None:
        self.forgotten.add(request_id)
        forget(self.tx, loaded, request_id, self.now)
        self.alarms = {key: alarm for key, alarm in self.alarms.items() if key[0] != request_id}

    def _refuse_to_forget_what_goes_on(self, request_id: str, case: Case | None) -> None:
        """A dead letter then, to be sent again: the console that judged may not have heard of it yet."""
        if request_id in {call.request_id for call in (*self.answered, *self.calls)} or (case and case.goes_on):
            raise GoesOn(request_id)
        refuse_while_it_goes_on(self.tx, request_id, self.now)

    def _pack(self, each: Input, loaded: Loaded) -> Pack:
        """A request keeps its edition; a new one has that of the message that brought it, or the one in force."""
        return self.kernel.pack_of(loaded.policy or each.policy, self.now)

    def _decide(self, each: Input, loaded: Loaded, pack: Pack) -> Decision:
        decision = each.decide(loaded.case, each.message, self.now, pack)
        if (decision.claims or decision.places) and (holders := self._claim(each, decision)):
            taken = self.kernel.wiring.taken
            assert taken is not None, "a service that claims must say what happens when a name is taken"
            message = Taken(request_id=each.request_id, message=each.message, holders=holders)
            return taken(loaded.case, message, self.now, pack)
        return decision

    def _claim(self, each: Input, decision: Decision) -> dict[str, str]:
        """Takes all names or none, or one of the places; returns who holds what it cannot have."""
        if decision.release:
            self.released.append(each.request_id)
        self._release()  # what an earlier message of this batch let go of is free, too
        names = decision.claims or _places(each, decision.places)
        held = self.kernel.sql.held(self.tx, names)
        others = {name: holder for name, holder in held if holder != each.request_id}
        if decision.places:
            names = tuple(name for name in names if name not in others)[:1]
            others = {} if names else others
        if others:
            return others
        if len(self.kernel.sql.claim(self.tx, [(name, each.request_id, 0) for name in names])) < len(names):
            raise Conflict("another worker claimed the same name")
        return {}

    def _say(self, each: Input, loaded: Loaded, decision: Decision, policy: str) -> list[Record]:
        """Who remembers nothing of a request keeps no count of what it said about it either."""
        case = decision.case or loaded.case
        counted = case is not None and case.begun
        return [
            self._event(each, loaded.root, policy, index, event, str(loaded.said + index + 1) if counted else "")
            for index, event in enumerate(decision.events)
        ]

    def _event(self, each: Input, root: str, policy: str, index: int, event: Message, sequence: str) -> Record:
        own = derived_id(each.id, f"say/{event.type}/{index}")
        source = f"/tuiding/{self.kernel.wiring.service}"
        envelope = Envelope(own, source, event, root, each.cause, traceparent(root, own))
        extensions = {"channel": _channel(event), "policyversion": policy, "sequence": sequence}
        record = encode(self.kernel.topic, envelope, self.now, extensions)
        return self.kernel.signatures.signed(record) if self.kernel.signatures.own else record

    def _remember(self, each: Input, loaded: Loaded, decision: Decision, said: int, policy: str) -> None:
        case = loaded.case if decision.case is None else decision.case
        if case is not None:
            changed = loaded.changed or decision.case is not None or said > 0
            numbered = loaded.said + (said if case.begun else 0)
            kept = loaded.policy or policy
            self.cases[each.request_id] = Loaded(loaded.version, numbered, loaded.root, case, changed, kept)

    def _ask(self, each: Input, root: str, decision: Decision, policy: str) -> None:
        for index, call in enumerate(decision.calls):
            own = derived_id(each.id, f"ask/{call.operation}/{index}")
            self.calls.append(PendingCall(own, each.request_id, call, each.cause, root, 0, policy))

    def _release(self) -> None:
        if self.released:
            self.kernel.sql.release(self.tx, self.released)
            self.released = []


def _places(each: Input, names: Sequence[str]) -> tuple[str, ...]:
    """Of the topic it was said on: what floods one of them leaves the others theirs."""
    assert isinstance(each.arrival, Consumed), "only what was said on a topic has a place of it"
    return tuple(f"{name}/{each.arrival.record.topic}" for name in names)


def _channel(event: Message) -> str:
    if isinstance(event, Command):
        return event.channel
    return event.audience.channel if isinstance(event, ForCustomer) else ""


def _original(each: Input) -> tuple[Record, Consumed | None]:
    """What goes to the dead letters: the record itself, or the answer or alarm written out as one."""
    if isinstance(each.arrival, Consumed):
        return each.arrival.record, each.arrival
    topic = "alarm" if isinstance(each.arrival, AlarmDue) else "answer"
    return written_out(topic, each.request_id, each.message), None
