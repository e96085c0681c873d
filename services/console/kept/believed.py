"""What intake says cannot be is shown and counts for nothing: no request is hidden by an end that was made up."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from contracts.meaning import OUT_OF_TURN
from contracts.messages.shared import AttentionRequired
from contracts.rights import source_of
from services.console.kept.rows import Event
from services.console.kept.tally import Request, after, read, word

INTAKE = source_of("intake")
INCIDENT = f"{OUT_OF_TURN}:"


class Doubt(NamedTuple):
    """About what was said of `kind` until then, and the very one that it was said of, whatever its clock told."""

    request_id: str
    kind: str
    at: int
    cause: str


def doubt_of(event: Any) -> Doubt | None:
    """Only intake's, who hears the customer first."""
    if event.type != AttentionRequired.type or event.source != INTAKE or INCIDENT not in event.body:
        return None
    named = word(read(event.body), "incident")
    if not named.startswith(INCIDENT):
        return None
    return Doubt(event.request_id, named.removeprefix(INCIDENT), event.at, event.cause)


def believed(events: Sequence[Any]) -> list[Any]:
    doubts = [doubt for each in events if (doubt := doubt_of(each))]
    return [each for each in events if not any(_is_meant(each, doubt) for doubt in doubts)]


def _is_meant(event: Any, doubt: Doubt) -> bool:
    said_before = event.id == doubt.cause or event.at <= doubt.at
    return bool(said_before and (event.request_id, event.type) == (doubt.request_id, doubt.kind))


def doubtful(row: Request, event: Event) -> bool:
    """Whether all of the request is to be read again: for a doubt, or for what was doubted before it came."""
    return doubt_of(event) is not None or f'"{INCIDENT}{event.type}"' in row.incidents


def without_doubts(row: Request, events: Sequence[Event]) -> Request:
    """Where it is and how it ended; who it is about and what waits stay as they are."""
    again: Request | None = None
    for event in believed(events):
        again = after(again, event) or again
    if again is None:
        return row
    return row._replace(stage=again.stage, end=again.end, ended_at=again.ended_at, late=again.late)
