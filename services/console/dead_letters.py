"""What an operator does about a dead letter: send the original again, or set it aside for good."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request, Response

from contracts.flow import TOPICS
from contracts.messages.ops import Why
from contracts.words import Reference, Value
from runtime.envelope import Record
from runtime.http.bodies import read_body, takes
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem, no_zero_byte, refuses
from runtime.http.publishing import publish
from runtime.kernel.dead_letters import NO_VALUE, TAKEN_IN, parted
from runtime.kernel.store import Store, ticks
from services.console import queries
from services.console.problem_codes import CODES
from services.console.rendering import as_json
from services.console.rows import DEAD_LETTERS_OF, UNREADABLE, unpacked
from services.console.tables import DEAD_LETTERS

OURS = {topic.name for topic in TOPICS} - DEAD_LETTERS_OF.keys()
COUNT, GROUP = "x-redrive-count", "x-redrive-group"  # how often, and for whom


class Resolution(Value):
    """`dry_run`: say what would happen, change nothing."""

    operator: Reference
    reason: Why
    dry_run: bool = False


def routes(host: HostContext, letters: "Letters") -> APIRouter:
    refused = refuses(CODES, 400, 404, 409, 413, 415, 422, 503)
    guard = [Depends(no_zero_byte)]
    doors = APIRouter(prefix="/v1/dead-letters/{place}", dependencies=guard, responses=refused)

    tried: dict[int | str, dict[str, Any]] = {200: {"description": "a dry run: what would be sent"}}

    @doors.post("/redrive", status_code=202, openapi_extra=takes(Resolution), responses=tried)
    async def redrive(request: Request, place: str) -> Response:
        wish = await read_body(request, Resolution)
        return as_json(await letters.redrive(place, wish), 200 if wish.dry_run else 202)

    @doors.post("/discard", openapi_extra=takes(Resolution))
    async def discard(request: Request, place: str) -> Response:
        return as_json(await letters.discard(place, await read_body(request, Resolution)))

    return doors


class Letters:
    """What can be done about one of them; two operators on one button come one after the other."""

    def __init__(self, host: HostContext) -> None:
        self.host, self._one_at_a_time = host, asyncio.Lock()

    async def redrive(self, place: str, wish: Resolution) -> dict[str, Any]:
        """Publishes first and marks then: a crash between repeats a record under its old id, it loses none."""
        async with self._one_at_a_time:
            record = original(await asyncio.to_thread(_open, self.host.store, place))
            if wish.dry_run:
                return _preview(place, record)
            await publish(self.host, record)
            await asyncio.to_thread(_mark, self.host.store, place, "redriven", wish)
        return {**_preview(place, record), "state": "redriven"}

    async def discard(self, place: str, wish: Resolution) -> dict[str, Any]:
        async with self._one_at_a_time:
            await asyncio.to_thread(_open, self.host.store, place)
            if not wish.dry_run:
                await asyncio.to_thread(_mark, self.host.store, place, "discarded", wish)
        return {"place": place, "state": "open" if wish.dry_run else "discarded"}


def original(letter: sa.Row[Any]) -> Record:
    """The record as it first came, and how often it has been sent again."""
    if letter.service == UNREADABLE or letter.original_topic not in OURS:
        raise Problem("not-redrivable", f"It came from {letter.original_topic!r}, seen by {letter.service}.")
    headers, ours = parted(unpacked(letter.headers))
    before = next((int(value[:4]) for name, value in headers if name == COUNT and (value or b"")[:4].isdigit()), 0)
    kept = [(name, value) for name, value in headers if name not in (COUNT, GROUP)]
    again = [(COUNT, str(before + 1).encode())]
    if letter.code in TAKEN_IN:  # its id counts as seen there; what nobody took in keeps its id, and counts once
        again += [(GROUP, value) for name, value in ours if name == "x-original-group"]
    value = None if NO_VALUE in ours else letter.value
    return Record(letter.original_topic, letter.key, value, [*kept, *again])


def _open(store: Store, place: str) -> sa.Row[Any]:
    letter = queries.dead_letter(store, place)
    if letter is None:
        raise Problem("unknown-dead-letter")
    if letter.state != "open":
        raise Problem(f"already-{letter.state}", f"By {letter.operator}: {letter.decision}")
    return letter


def _mark(store: Store, place: str, state: str, wish: Resolution) -> None:
    who = {"operator": wish.operator, "decision": wish.reason, "decided_at": ticks(datetime.now(UTC))}
    mine = sa.update(DEAD_LETTERS).where(DEAD_LETTERS.c.place == place, DEAD_LETTERS.c.state == "open")
    with store.transaction() as tx:
        tx.execute(mine.values(state=state, **who))


def _preview(place: str, record: Record) -> dict[str, Any]:
    return {
        "place": place,
        "topic": record.topic,
        "bytes": len(record.value or b""),
        "headers": [name for name, _ in record.headers],
        "redrive_count": int(dict(record.headers)[COUNT]),
        "state": "open",
    }
