"""Which requests have something due, and when: an index kept beside the events; pure functions.

It may name a request too many, never one too few. What is shown is read from the events themselves (`clocks.py`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from policies.pack import Pack
from runtime.kernel.store import moment, ticks
from services.console.rows import Event
from services.console.tally import part, read, word

COMPLAINT = "complaint-answer:"
NEVER_STOPPED = -1
Body = dict[str, Any]


class Deadlines(NamedTuple):
    """`clocks` as JSON: each name with when it started, is due, was last stopped. `next_due` is None if none runs."""

    request_id: str
    clocks: str
    next_due: int | None


Started = Callable[[Body], tuple[str, str]]  # the clock and when it is due, as the event says
STARTS: dict[str, Started] = {
    "review.referred.v1": lambda body: ("review-decision", word(body, "decide_by")),
    "information.required.v1": lambda body: ("information-answer", word(body, "answer_due")),
    "quote.issued.v1": lambda body: ("quote-validity", word(part(body, "quote"), "valid_until")),
    "settlement.failed.v1": lambda body: ("payment-retry", word(body, "retry_until")),
    "fee.settled.v1": lambda body: ("termination-promise", word(part(body, "dates"), "promised")),
    "complaint.escalated.v1": lambda body: (COMPLAINT + word(body, "level"), word(body, "answer_due")),
    "dispute.opened.v1": lambda body: ("dispute-answer", word(body, "answer_due")),
}
ACCEPTED = "request.accepted.v1"  # names no date: review's time is the pack's
DECIDED = ("review-decision", "information-answer")
STOPS: dict[str, tuple[str, ...]] = {
    "request.approved.v1": DECIDED,
    "request.rejected.v1": DECIDED,
    "information.overdue.v1": DECIDED,
    "information.supplied.v1": ("information-answer",),
    "review.referred.v1": ("information-answer",),
    "confirmation.given.v1": ("quote-validity",),
    "quote.expired.v1": ("quote-validity",),
    "fee.settled.v1": ("payment-retry",),
    "settlement.abandoned.v1": ("payment-retry",),
    "request.withdrawn.v1": (*DECIDED, "quote-validity", "payment-retry", "termination-promise"),
    "service.terminated.v1": ("termination-promise",),
    "port-code.issued.v1": ("termination-promise",),
    "dispute.resolved.v1": ("dispute-answer",),
}
ANSWERED, ESCALATED = "complaint.answered.v1", "complaint.escalated.v1"
MATTERS = {ACCEPTED, ANSWERED, *STARTS, *STOPS}


def deadlines(known: Deadlines | None, event: Event, pack: Pack) -> Deadlines | None:
    """The row after this event; the same again when it comes twice. None: the event sets no clock and stops none."""
    if event.type not in MATTERS:
        return None
    body = read(event.body)
    clocks: dict[str, list[int]] = orjson.loads(known.clocks) if known else {}
    for name in _stopped(event.type, body, clocks):
        started, due, stopped = clocks.get(name, [NEVER_STOPPED, NEVER_STOPPED, NEVER_STOPPED])
        clocks[name] = [started, due, max(stopped, event.at)]
    for name, due in _started(event, body, pack):
        before = clocks.get(name, [NEVER_STOPPED, NEVER_STOPPED, NEVER_STOPPED])
        if event.at >= before[0]:
            clocks[name] = [event.at, due, before[2]]
    running = [due for started, due, stopped in clocks.values() if started >= 0 and stopped <= started]
    text = orjson.dumps(clocks, option=orjson.OPT_SORT_KEYS).decode()
    return Deadlines(event.request_id, text, min(running, default=None))


def policy_of(event: Event) -> str:
    """The edition whose time review has, named only where a clock needs it."""
    return word(part(read(event.body), "application"), "policy") if event.type == ACCEPTED else ""


def running(row: Deadlines) -> set[str]:
    """The clocks that nothing has stopped since they started; of one moment, the start counts as the later."""
    found: dict[str, list[int]] = orjson.loads(row.clocks)
    return {name for name, (started, _, stopped) in found.items() if started >= 0 and stopped <= started}


def _started(event: Event, body: Body, pack: Pack) -> Iterator[tuple[str, int]]:
    if event.type == ACCEPTED and (due := _decided_by(event.at, pack)) is not None:
        yield "review-decision", due
    if event.type in STARTS:
        name, text = STARTS[event.type](body)
        due = _moment(text)
        if due is not None:
            yield name, due


def _decided_by(at: int, pack: Pack) -> int | None:
    try:
        return ticks(pack.due(moment(at), pack.clocks.review_decision))
    except (ValueError, OverflowError):  # whoever wrote this time lives in another age
        return None


def _stopped(kind: str, body: Body, clocks: dict[str, list[int]]) -> tuple[str, ...]:
    level = COMPLAINT + word(body, "level")
    if kind == ANSWERED:
        return (level,)
    if kind == ESCALATED:  # the next level takes over from those below
        return tuple(name for name in clocks if name.startswith(COMPLAINT) and name != level)
    return STOPS.get(kind, ())


def _moment(text: str) -> int | None:
    try:
        return ticks(datetime.fromisoformat(text))
    except (ValueError, TypeError, OverflowError):
        return None
