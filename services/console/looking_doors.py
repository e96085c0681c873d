"""What the pages show, for programs and the command line: what is wrong, carrier, workers, letters."""

import asyncio
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Response

from contracts.words import Text
from runtime.http.problems import Problem, no_zero_byte, refuses
from services.console import looking_answers
from services.console.kept import queries
from services.console.kept.queries import Json
from services.console.problem_codes import CODES
from services.console.rendering import as_json
from services.console.showing import letters_sent, ranked
from services.console.showing.request_views import system_of
from services.console.showing.shared_view import View, calls, systems, workers
from services.console.watched import findings


def routes(view: View) -> APIRouter:
    doors = APIRouter(prefix="/v1", dependencies=[Depends(no_zero_byte)], responses=refuses(CODES, 422, 503))

    @doors.get("/findings", response_model=looking_answers.Findings)
    async def wrong() -> Response:
        """What is wrong, worst first."""
        return as_json({"findings": [_plain(each._asdict()) for each in await view.strip()]})

    @doors.get("/carrier", response_model=looking_answers.Carrier)
    async def carrier() -> Response:
        seen, _ = await view.now()
        rows = [_plain(each._asdict() | {"verdict": each.verdict}) for each in ranked.systems(systems(seen))]
        return as_json({"systems": rows, "calls": calls(seen, system_of)})

    @doors.get("/workers", response_model=looking_answers.Workers)
    async def running() -> Response:
        seen, _ = await view.now()
        now = datetime.now(UTC)
        rows = [
            each.model_dump(mode="json") | {"silent": findings.silent(each, now)}
            for each in ranked.workers(workers(seen), now)
        ]
        return as_json({"workers": rows})

    @doors.get(
        "/requests/{request_id}/letters", response_model=looking_answers.LettersSent, responses=refuses(CODES, 404)
    )
    async def letters(request_id: str) -> Response:
        """As the customer read them."""
        return as_json({"letters": await asyncio.to_thread(_letters, view, request_id)})

    return doors


def _letters(view: View, request_id: str) -> list[Json]:
    events = queries.timeline(view.host.store, request_id)
    if not events:
        raise Problem("unknown-request")
    return list(letters_sent.letters(events, view.host.pack_of(queries.policy(events))))


def _plain(row: Json) -> Json:
    return {
        name: value.model_dump()
        if isinstance(value, Text)
        else value.isoformat()
        if isinstance(value, datetime)
        else value
        for name, value in row.items()
    }
