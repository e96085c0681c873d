"""What one more event changes in a request's row, in what waits for a person, and in the money; pure functions."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from contracts.meaning import Name
from contracts.messages import TYPES
from contracts.messages.termination import TerminationLate
from services.console.kept.rows import LONGEST_ID, Event
from services.console.kept.stages import ENDS, stage_of

LARGEST_MINOR = 2**53
DIGITS_KEPT = 4
OPENS = {name: model.opens for name, model in TYPES.items() if model.opens}
SETTLES = {name: model.settles for name, model in TYPES.items() if model.settles}
WAITS = OPENS.keys() | SETTLES.keys()
MOVES = {name: model.moves for name, model in TYPES.items() if model.moves}


class Request(NamedTuple):
    request_id: str
    subscription: str
    masked_number: str
    channel: str
    kind: str
    stage: str
    language: str
    root: str
    first_at: int
    last_at: int
    end: str
    attention: int
    incidents: str
    late: bool
    last_digits: str
    reason: str
    ended_at: int


def after(known: Request | None, event: Event) -> Request | None:
    """The row after this event; the same again when the event comes twice. None: no request yet."""
    stage = stage_of(event.type, known.stage if known else "")
    if not stage:
        return None
    if known is None:
        names = ("", "", "", "", "", "")
        known = Request(event.request_id, *names, event.root, event.at, event.at, "", 0, "[]", False, "", "", 0)
    changed = known._replace(
        channel=known.channel or event.channel,
        stage=stage,
        first_at=min(known.first_at, event.at),
        last_at=max(known.last_at, event.at),
        end=stage if stage in ENDS else "",
        late=known.late or event.type == TerminationLate.type,
        ended_at=_ended_at(known.ended_at, event),
    )
    changed = changed if known.masked_number and known.kind else _introduced(changed, event)
    return _attended(changed, event) if event.type in WAITS else changed


def _ended_at(known: int, event: Event) -> int:
    """Of the earliest end, in whatever order they were heard."""
    if stage_of(event.type, "") not in ENDS:
        return known
    return min(known or event.at, event.at)


def _introduced(request: Request, event: Event) -> Request:
    """Who it is about, from the first events that say so."""
    body = read(event.body)
    audience, application = part(body, "audience"), part(body, "application")
    return request._replace(
        subscription=request.subscription or word(audience, "subscription"),
        masked_number=request.masked_number or word(audience, "masked_number"),
        last_digits=request.last_digits or _last_digits(word(audience, "masked_number")),
        reason=request.reason or word(application, "reason"),
        language=request.language or word(audience, "language"),
        channel=request.channel or word(audience, "channel"),
        kind=request.kind or word(application, "kind"),
    )


def _last_digits(masked_number: str) -> str:
    """What stands after the last mask: the customer says it, the ticket carries it."""
    return masked_number.rpartition("*")[2][-DIGITS_KEPT:]


# ---- what waits for a person -----------------------------------------------------------------------------------------


def _attended(request: Request, event: Event) -> Request:
    waiting, body = set(orjson.loads(request.incidents)), read(event.body)
    if settled := SETTLES.get(event.type):
        waiting -= {name for name in waiting if covers(settled, name, body)}
    if opened := OPENS.get(event.type):
        waiting |= {named(opened, body)} - {""}
    return request._replace(attention=len(waiting), incidents=orjson.dumps(sorted(waiting)).decode())


# ---- money -----------------------------------------------------------------------------------------------------------


def moves(event: Event) -> Iterator[tuple[str, str, int]]:
    """(kind, currency, minor units) for every amount this event says has moved."""
    for each in MOVES[event.type]:
        amount = part(read(event.body), each.field)
        minor, currency = amount.get("minor"), word(amount, "currency")
        if type(minor) is int and minor and abs(minor) < LARGEST_MINOR and currency:
            yield each.kind, currency, minor


# ---- bodies, which may be anything -----------------------------------------------------------------------------------


def read(body: str) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def part(body: dict[str, Any], name: str) -> dict[str, Any]:
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def word(body: dict[str, Any], name: str) -> str:
    found = body.get(name)
    return found.replace("\x00", "")[:LONGEST_ID] if isinstance(found, str) else ""


# ---- names of incidents and clocks, as the event declares them -------------------------------------------------------


def named(name: Name, body: dict[str, Any]) -> str:
    return name.fixed + word(body, name.by)


def covers(name: Name, other: str, body: dict[str, Any]) -> bool:
    return other.startswith(name.fixed) if name.every else other == named(name, body)
