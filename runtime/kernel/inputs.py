"""What makes an arrival ready to be decided: its own id, the message that caused it, who decides."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from contracts.messages import Command
from contracts.rights import OURS
from runtime.decision import AlarmRang, Answered
from runtime.envelope import Envelope, decode, derived_id
from runtime.kernel.arrivals import AlarmDue, Arrived, CallDone, Consumed, PendingCall
from runtime.kernel.dead_letters import KEEPS_ID, REDRIVE_GROUP, letter_id, times_sent_again
from runtime.kernel.store import ticks
from runtime.wiring import Decide, Wiring

HASH_DIGITS = 32  # half of them: nobody gains by two contents that look alike


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
    formerly: str = ""  # as an inbox of an earlier build knows it, where that differs
    content: str | None = None  # of an outsider's command: its hash
    came_as: tuple[str, str] | None = None  # sent again: its id and what it was formerly, before it was set aside


def ready(wiring: Wiring, by_type: Mapping[str, Decide], arrival: Arrived, by_source: bool) -> Input | None:
    """None for a message that this service never decides on; raises `Unreadable`."""
    if not isinstance(arrival, Consumed):  # nearly every input is one: the rest of it is no function of its own
        return _answer(wiring, arrival) if isinstance(arrival, CallDone) else _alarm(wiring, arrival, by_source)
    envelope = decode(arrival.record)
    decide = by_type.get(envelope.message.type)
    if decide is None:
        return None
    message = envelope.message
    own, formerly, came_as = _ids(envelope, arrival, by_source)
    whence = (own, envelope.id, envelope.correlation, message.request_id, message, decide, arrival)
    if isinstance(message, Command):  # a channel does not choose its rules
        return Input(*whence, "", formerly, _content(envelope), came_as)
    return Input(*whence, envelope.policy, formerly, None, came_as)


def as_it_came(each: Input) -> Input:
    """A message that says it is sent again, and was not set aside: no other than before."""
    return each._replace(id=each.came_as[0], formerly=each.came_as[1], came_as=None) if each.came_as else each


class OwnIds(NamedTuple):
    """As the inbox knows it and as it did formerly, its content, and what it was before it was sent again."""

    own: str
    formerly: str
    content: str | None = None
    came_as: tuple[str, str] | None = None


def own_ids(consumed: Consumed, by_source: bool) -> OwnIds:
    """By where it lies, if that cannot be found out."""
    try:
        envelope = decode(consumed.record)
        content = _content(envelope) if isinstance(envelope.message, Command) else None
        own, formerly, came_as = _ids(envelope, consumed, by_source)
        return OwnIds(own, formerly, content, came_as)
    except Exception:
        return OwnIds(letter_id(consumed), "")


def when_sent_again(consumed: Consumed, by_source: bool) -> str:
    """The id that this record has once an operator sends it again, after it was taken in and set aside."""
    ids = own_ids(consumed, by_source)
    return _again(ids.came_as[0] if ids.came_as else ids.own, times_sent_again(consumed.record.headers) + 1)


def answer_id(pending: PendingCall) -> str:
    return derived_id(pending.id, "answer")


def alarm_id(due: AlarmDue, by_source: bool) -> str:
    """By its request too: the messages that set two alarms may share an id, if they came from two sources."""
    whose = f"{due.request_id}/" if by_source else ""
    return derived_id(due.cause, f"ring/{whose}{due.name}/{ticks(due.due)}")


def _answer(wiring: Wiring, done: CallDone) -> Input:
    pending, outcome = done
    table = wiring.answers if isinstance(outcome, Answered) else wiring.refusals
    decide = table[pending.call.operation]
    own = answer_id(pending)
    return Input(own, pending.cause, pending.root, pending.request_id, outcome, decide, done, pending.policy)


def _alarm(wiring: Wiring, due: AlarmDue, by_source: bool) -> Input:
    rang = AlarmRang(request_id=due.request_id, name=due.name, at=due.due)
    return Input(alarm_id(due, by_source), due.cause, due.root, due.request_id, rang, wiring.rings[due.name], due)


def _ids(envelope: Envelope, arrival: Consumed, by_source: bool) -> tuple[str, str, tuple[str, str] | None]:
    """Ids are unique within their source: our services' are so everywhere, a channel's only beside its source."""
    own, formerly = envelope.id, ""
    if by_source and not envelope.source.startswith(OURS):
        own, formerly = derived_id(envelope.source, own), own
    times = _sent_again_to_us(arrival)
    if not times:
        return own, formerly, None
    return _again(own, times), _again(formerly, times) if formerly else "", (own, formerly)


def _content(envelope: Envelope) -> str:
    """The same for what says the same, whatever its spaces and the order of its fields, in every release."""
    try:
        data = orjson.dumps(envelope.told, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # numbers beyond 64 bits, say
        data = json.dumps(envelope.told, sort_keys=True).encode()
    return sha256(b"%b\n%b" % (envelope.message.type.encode(), data)).hexdigest()[:HASH_DIGITS]


def _again(message_id: str, times: int) -> str:
    """A dead letter an operator sends again is decided again: once for each time."""
    return derived_id(message_id, f"redrive/{times}")


def _sent_again_to_us(arrival: Consumed) -> int:
    """How often; only whoever set it aside decides it again, and only what it had taken in has another id then."""
    headers = dict(arrival.record.headers)
    if REDRIVE_GROUP not in headers or headers[REDRIVE_GROUP] != arrival.group.encode() or KEEPS_ID in headers:
        return 0
    return times_sent_again(arrival.record.headers)
