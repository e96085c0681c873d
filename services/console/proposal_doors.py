"""Where a second person confirms or refuses: for the command line as JSON, for the Work page as a form."""

import asyncio
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from contracts.messages.ops import Why
from contracts.words import Value
from runtime.http.bodies import read_body
from runtime.http.described import takes
from runtime.http.pages import language_of, one
from runtime.http.problems import Problem, no_zero_byte, refuses
from services.console.cures import order_answers
from services.console.cures.dead_letters import Wish
from services.console.cures.proposals import MOST_ALONE, NeedsSecond
from services.console.cures.second_person import WAITED_FOR, SecondPerson
from services.console.kept.queries import Json
from services.console.problem_codes import CODES
from services.console.rendering import Page, as_json
from services.console.showing.letter_views import outcome_address
from services.console.signing_in.gate import allowed, form_of, operator_of
from services.console.signing_in.sessions import Operator

Place = Annotated[str, Field(min_length=1, max_length=300)]


class Many(Value):
    """More dead letters than one person deals with at once; `place` as they are listed."""

    deal: Literal["redrive", "discard", "erase"]
    places: Annotated[tuple[Place, ...], Field(min_length=MOST_ALONE + 1, max_length=1_000)]
    reason: Why


class Answer(Value):
    """Confirm it, or refuse it for good."""

    confirm: bool


def routes(two: SecondPerson) -> APIRouter:
    doors = APIRouter(prefix="/v1", dependencies=[Depends(no_zero_byte)], responses=refuses(CODES, 422, 503))
    refused = refuses(CODES, 400, 404, 409, 413, 415, 422, 503)

    @doors.get("/proposals", response_model=order_answers.ProposalsWaiting)
    async def waiting() -> Response:
        """Orders that wait for a second person, the oldest first."""
        return as_json({"proposals": await asyncio.to_thread(two.proposals.waiting)})

    @doors.post(
        "/proposals/{proposal}/answer",
        status_code=202,
        response_model=order_answers.ProposalAnswered,
        openapi_extra=takes(Answer),
        responses=refused,
    )
    async def answer(request: Request, proposal: str) -> Response:
        wish = await read_body(request, Answer)
        return as_json(await answered(two, proposal, operator_of(request), wish.confirm), 202)

    @doors.post(
        "/dead-letters/many",
        status_code=202,
        response_model=order_answers.ManyProposed,
        openapi_extra=takes(Many),
        responses=refused,
    )
    async def many(request: Request) -> Response:
        """Proposes it; nothing happens before a second person has confirmed."""
        wish = await read_body(request, Many)
        mine = allowed(operator_of(request), wish.deal)
        resolution = Wish(operator=mine.name, reason=wish.reason)
        try:
            await asyncio.to_thread(two.refuse_alone, str(uuid4()), wish.deal, list(wish.places), resolution)
        except NeedsSecond as needs:
            return as_json({"proposal": needs.proposal["id"], "ends_at": needs.proposal["ends_at"]}, 202)
        raise Problem("our-fault")

    return doors


def pages(two: SecondPerson) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])

    @doors.post("/orders/proposals")
    async def settle(request: Request) -> Response:
        form = await form_of(request)
        own, said = (one(form, name) for name in ("proposal", "answer"))
        if said not in ("confirm", "refuse"):
            raise Problem("unknown-page")
        try:
            done = await answered(two, own, operator_of(request), said == "confirm")
        except Problem as no:
            if no.code != WAITED_FOR:
                raise
            done = {}  # Work says that it goes out by itself
        return RedirectResponse(_follow(done, language_of(request)), 303)

    return doors


async def answered(two: SecondPerson, own: str, second: Operator, confirm: bool) -> Json:
    return await two.confirm(own, second) if confirm else await asyncio.to_thread(two.refuse, own, second)


def _follow(done: Json, language: str) -> str:
    """Where what came of it can be watched."""
    if "event" in done:
        return f"/orders/{done['event']}?{urlencode({'request': done['request_id'], 'lang': language})}"
    if "outcomes" in done:
        return outcome_address(language, done["outcomes"])
    return f"/work?{urlencode({'lang': language})}"
