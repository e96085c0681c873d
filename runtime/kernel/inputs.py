"""What makes an arrival ready to be decided: its own id, the message that caused it, who decides."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from contracts.messages import Command
from runtime.decision import AlarmRang, Answered
from runtime.envelope import decode, derived_id
from runtime.kernel.arrivals import AlarmDue, Arrived, CallDone, Consumed, PendingCall
from runtime.kernel.dead_letters import letter_id
from runtime.kernel.store import ticks
from runtime.wiring import Decide, Wiring


class Input(NamedTuple):
    """An arrival made ready: its own id (new ids derive from it), the message that caused it, who decides."""

    id: str
    cause: str
    root: str
    request_id: str
    message: Any
    decide: Decide
    arrival: Arrived
    policy: str = ""  # the pack its sender decided it under


def ready(wiring: Wiring, by_type: Mapping[str, Decide], arrival: Arrived) -> Input | None:
    """None for a message that this service never decides on; raises `Unreadable`."""
    if isinstance(arrival, Consumed):
        return _record(by_type, arrival)
    return _answer(wiring, arrival) if isinstance(arrival, CallDone) else _alarm(wiring, arrival)


def own_id(consumed: Consumed) -> str:
    """As the inbox knows it; where it lies, if its own id cannot be found out."""
    try:
        return _input_id(decode(consumed.record).id, consumed)
    except Exception:
        return letter_id(consumed)


def answer_id(pending: PendingCall) -> str:
    return derived_id(pending.id, "answer")


def alarm_id(due: AlarmDue) -> str:
    return derived_id(due.cause, f"ring/{due.name}/{ticks(due.due)}")


def _record(by_type: Mapping[str, Decide], arrival: Consumed) -> Input | None:
    envelope = decode(arrival.record)
    decide = by_type.get(envelope.message.type)
    if decide is None:
        return None
    message = envelope.message
    own = _input_id(envelope.id, arrival)
    policy = "" if isinstance(message, Command) else envelope.policy  # a channel does not choose its rules
    return Input(own, envelope.id, envelope.correlation, message.request_id, message, decide, arrival, policy)


def _answer(wiring: Wiring, done: CallDone) -> Input:
    pending, outcome = done
    table = wiring.answers if isinstance(outcome, Answered) else wiring.refusals
    decide = table[pending.call.operation]
    own = answer_id(pending)
    return Input(own, pending.cause, pending.root, pending.request_id, outcome, decide, done, pending.policy)


def _alarm(wiring: Wiring, due: AlarmDue) -> Input:
    rang = AlarmRang(request_id=due.request_id, name=due.name, at=due.due)
    return Input(alarm_id(due), due.cause, due.root, due.request_id, rang, wiring.rings[due.name], due)


def _input_id(message_id: str, arrival: Consumed) -> str:
    """A dead letter an operator sends again is decided again: once for each time, and only by whoever set it aside."""
    headers = {name: value or b"" for name, value in arrival.record.headers if name.startswith("x-redrive-")}
    if headers.get("x-redrive-group") != arrival.group.encode():
        return message_id
    return derived_id(message_id, f"redrive/{headers.get('x-redrive-count', b'').decode('ascii', 'replace')}")
