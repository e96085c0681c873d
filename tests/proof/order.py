"""I8, I9 and I14: versions in order, causes that exist, offsets that wait for their work."""

from collections import defaultdict

from contracts.messages.intake import CommandAwaited
from contracts.messages.shared import CommandRefused
from tests.proof.history import Event, History, Violation

OURS = "/tuiding/"


def versions_run_on(history: History) -> list[Violation]:
    """I8: per request and speaker 1..n, as first seen on the topic: no gap, no step back."""
    heard: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in history.said:
        if event.sequence:
            heard[event.source, event.request_id].append(event.sequence)
    return [
        Violation("I8", request_id, f"{source} was heard as {', '.join(map(str, numbers))}")
        for (source, request_id), numbers in heard.items()
        if numbers != list(range(1, len(numbers) + 1))
    ]


def everything_has_a_cause(history: History) -> list[Violation]:
    """I9: every event names a cause that exists, leads to a command without a circle, and has the one root."""
    known = {event.id: event for event in history.said}
    found = [fault for event in history.said if event.source.startswith(OURS) for fault in _chain(event, known)]
    return [*found, *_roots(history)]


def _chain(event: Event, known: dict[str, Event]) -> list[Violation]:
    here, seen = event, {event.id}
    if not event.cause and event.topic.endswith(".ops"):
        return []  # an operator's word is a beginning, like a channel's
    while here.cause:
        following = known.get(here.cause)
        if following is None:
            return [Violation("I9", event.request_id, f"{event.message.type} names a cause that nobody said")]
        if following.id in seen:
            return [Violation("I9", event.request_id, f"the causes of {event.message.type} go in a circle")]
        seen.add(following.id)
        here = following
    if here.source.startswith(OURS) and not here.topic.endswith(".ops"):
        return [Violation("I9", event.request_id, f"{here.message.type} came from nothing")]
    return []


def _roots(history: History) -> list[Violation]:
    """What is said of a command that came before there was a request has a root of its own."""
    roots: dict[str, set[str]] = defaultdict(set)
    for event in history.said:
        before_it = isinstance(event.message, CommandRefused | CommandAwaited)
        if event.source.startswith(OURS) and event.cause and not before_it:
            roots[event.request_id].add(event.root)
    return [Violation("I9", each, f"has {len(found)} roots") for each, found in roots.items() if len(found) > 1]


def offsets_wait_for_work(history: History) -> list[Violation]:
    """I14: a committed offset never passes the lowest unfinished message of its partition."""
    return [
        Violation(
            "I14", "", f"{c.group} committed {c.topic}[{c.partition}] at {c.offset}, {c.lowest_unfinished} is open"
        )
        for c in history.commits
        if c.offset > c.lowest_unfinished
    ]
