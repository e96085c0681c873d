"""Which requests have something due, and when: an index kept beside the events; pure functions.

It may name a request too many, never one too few. What is shown is read from the events themselves (`clocks.py`).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

import orjson

from contracts.meaning import Due
from contracts.messages import TYPES
from contracts.messages.intake import RequestAccepted
from policies.pack import Pack
from runtime.kernel.store import moment, ticks
from services.console.kept.rows import Event
from services.console.kept.tally import covers, named, part, read, word

NEVER_STOPPED = -1
Body = dict[str, Any]


class Deadlines(NamedTuple):
    """`clocks` as JSON: each name with when it started, is due, was last stopped. `next_due` is None if none runs."""

    request_id: str
    clocks: str
    next_due: int | None


STARTS = {name: model.starts for name, model in TYPES.items() if model.starts}
STOPS = {name: model.stops for name, model in TYPES.items() if model.stops}
MATTERS = STARTS.keys() | STOPS.keys()


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
    return word(part(read(event.body), "application"), "policy") if event.type == RequestAccepted.type else ""


def running(row: Deadlines) -> set[str]:
    """The clocks that nothing has stopped since they started; of one moment, the start counts as the later."""
    found: dict[str, list[int]] = orjson.loads(row.clocks)
    return {name for name, (started, _, stopped) in found.items() if started >= 0 and stopped <= started}


def last_due(row: Deadlines) -> int | None:
    """Of the clocks that run."""
    found: dict[str, list[int]] = orjson.loads(row.clocks)
    return max((found[name][1] for name in running(row)), default=None)


def _started(event: Event, body: Body, pack: Pack) -> Iterator[tuple[str, int]]:
    start = STARTS.get(event.type)
    due = _due(start, event, body, pack) if start else None
    if start and due is not None:
        yield named(start.clock, body), due


def _due(start: Due, event: Event, body: Body, pack: Pack) -> int | None:
    """As the event says; where it does not, review's time is the pack's."""
    if not start.at:
        return _decided_by(event.at, pack)
    *parts, field = start.at.split(".")
    return _moment(word(reduce(part, parts, body), field))


def _decided_by(at: int, pack: Pack) -> int | None:
    try:
        return ticks(pack.due(moment(at), pack.clocks.review_decision))
    except (ValueError, OverflowError):  # whoever wrote this time lives in another age
        return None


def _stopped(kind: str, body: Body, clocks: dict[str, list[int]]) -> set[str]:
    """Fixed names also before their clock is heard of; of `every` level of a complaint, all but the one that starts."""
    stops, start = STOPS.get(kind, ()), STARTS.get(kind)
    fixed = {named(stop, body) for stop in stops if not stop.every}
    started = named(start.clock, body) if start else ""
    return fixed | {each for each in clocks for stop in stops if covers(stop, each, body) and each != started}


def _moment(text: str) -> int | None:
    try:
        return ticks(datetime.fromisoformat(text))
    except (ValueError, TypeError, OverflowError):
        return None
