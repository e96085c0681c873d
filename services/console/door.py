"""The console's door: pages, the same as JSON, and the operators' orders."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, Query, Response
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from contracts.words import Day
from policies.calendar_end import calendar_warning
from runtime.http.described import describe
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem, answer_with_problems, no_zero_byte, refuses
from runtime.settings import Settings
from services.console import actions, answers, erasure_doors, looking_doors, proposal_doors
from services.console.cures import dead_letters, orders
from services.console.cures.erasures import Erasure
from services.console.cures.orders import PATIENCE_SECONDS
from services.console.cures.proposals import Proposals
from services.console.cures.second_person import SecondPerson
from services.console.kept import clocks, queries, search
from services.console.kept.queries import Json
from services.console.kept.search import Wish
from services.console.problem_codes import CODES
from services.console.rendering import HERE, Page, as_json, nowhere
from services.console.showing import (
    contract_views,
    letter_views,
    order_views,
    ranked,
    request_views,
    topic_views,
    views,
)
from services.console.showing.measured import Measured
from services.console.showing.shared_view import View
from services.console.signing_in import doors as signing_doors
from services.console.signing_in import password_door, provider_door
from services.console.signing_in.gate import OPERATORS, Gate
from services.console.signing_in.ways import unsafe
from services.console.watched.broker import Broker
from services.console.watched.watch import Watch

STATIC = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.js": "text/javascript",
    "contracts.js": "text/javascript",
    "contracts-drawn.js": "text/javascript",
    "contracts.css": "text/css",
    "icon.svg": "image/svg+xml",
    "uplot.css": "text/css",
    "uplot.js": "text/javascript",
}
WORTH_PACKING_BYTES = 1_000
Order = Literal["newest", "oldest", "latest", "quiet", "subscription", "subscription-last"]
Limit = Annotated[int, Query(ge=1, le=1000)]
Typed = Annotated[str, Query(max_length=128)]


def routes(host: HostContext, broker: Broker | None = None, patience_seconds: float = PATIENCE_SECONDS) -> APIRouter:
    watch = Watch(broker or Broker(host.settings.kafka))
    view, letters = View(host, watch), dead_letters.Letters(host, watch.broker)
    host.measure(Measured(view))

    @contextlib.asynccontextmanager
    async def looking_around(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work) for work in (watch.go_on(), view.keep_counting(), two.go_on())]
        yield
        for task in tasks:
            task.cancel()

    gate = Gate(host)
    doors = APIRouter(lifespan=looking_around, dependencies=[Depends(gate)], responses=refuses(CODES, 401, 403))
    for part in (signing_doors.routes(gate), password_door.routes(gate), provider_door.routes(gate)):
        doors.include_router(part)
    doors.include_router(signing_doors.json_routes(gate))
    proposals = Proposals(host.store, timedelta(hours=host.settings.proposal_hours))
    view.proposed = proposals.count
    two = SecondPerson(host, letters, proposals)
    pages = (
        views.routes(view, proposals),
        topic_views.routes(view),
        contract_views.routes(view),
        proposal_doors.pages(two),
        erasure_doors.pages(view, two),
        letter_views.routes(view, letters, two),  # its addresses lie under an address that takes every name
        order_views.routes(view, two, patience_seconds),
    )
    parts = (
        _static(),
        _json(host, view),
        looking_doors.routes(view),
        orders.routes(host, proposals, patience_seconds),
        proposal_doors.routes(two),
        erasure_doors.routes(two),
    )
    for part in (*pages, *parts):
        doors.include_router(part)
    doors.include_router(dead_letters.routes(host, letters))
    return doors


def why_not(settings: Settings) -> str:
    """Why this service must not start as it is set; nothing where it may."""
    return unsafe(settings)


def prepare(app: FastAPI) -> None:
    """Addresses nobody serves, and faults of ours, are answered as problems too."""
    answer_with_problems(app, CODES)
    for kind in (HTTPException, Exception):
        app.add_exception_handler(kind, nowhere)
    more = (proposal_doors.Answer, proposal_doors.Many, dead_letters.Resolution, Erasure)
    describe(app, (*orders.ALL_BODIES, *more), OPERATORS)
    app.add_middleware(GZipMiddleware, minimum_size=WORTH_PACKING_BYTES)


def _static() -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False)

    @doors.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            raise Problem("unknown-page")
        return FileResponse(HERE / "static" / name, media_type=STATIC[name])

    return doors


def _json(host: HostContext, view: View) -> APIRouter:
    doors = APIRouter(prefix="/v1", dependencies=[Depends(no_zero_byte)], responses=refuses(CODES, 422, 503))
    store = host.store

    @doors.get("/overview", response_model=answers.Overview)
    async def overview() -> Response:
        return as_json(await _overview(host, view))

    @doors.get("/requests", response_model=answers.Requests)
    async def requests(
        q: str = "",
        stage: str = "",
        channel: str = "",
        waits: str = "",
        reason: str = "",
        late: str = "",
        since: Day | None = None,
        until: Day | None = None,
        order: Order = "newest",
        after: str = "",
        limit: Limit = 100,
    ) -> Response:
        """`q`: a subscription, last digits of a number, an id or its beginning. `waits`: a person, or a system.

        `since`, `until`: the days between which it began, both included, in the time zone of the policy pack.
        """
        wish = Wish(q, stage, channel, waits, reason, late, str(since or ""), str(until or ""), order, after)
        ids = request_views.waiting_for((await view.now())[0], waits) if waits else []
        found = await asyncio.to_thread(search.find, store, wish, ids, limit, host.pack.zone)
        more = {"after": found.after} if found.after else {}
        return as_json({"requests": found.rows, **more})

    @doors.get("/requests/{request_id}", response_model=answers.OneRequest, responses=refuses(CODES, 404))
    async def one(request_id: str) -> Response:
        return as_json(await asyncio.to_thread(_one, host, request_id))

    @doors.get("/clocks", response_model=answers.Due)
    async def due() -> Response:
        return as_json(await asyncio.to_thread(clocks.due, store, host.pack, datetime.now(UTC), host.pack_of))

    @doors.get("/dead-letters", response_model=answers.DeadLetters)
    async def letters(state: str = "open", limit: Limit = 100, q: Typed = "") -> Response:
        return as_json({"dead_letters": await asyncio.to_thread(queries.dead_letters, store, state, limit, q)})

    @doors.get("/attention", response_model=answers.Attention)
    async def attention() -> Response:
        return as_json({"attention": await asyncio.to_thread(_waiting, host)})

    return doors


async def _overview(host: HostContext, view: View) -> Json:
    known = {"board": await view.board()} | await asyncio.to_thread(_known, host)
    seen, _ = await view.now()
    return known | {"policy": host.pack.id, "topics": seen.topics, "broker_problem": seen.problem}


def _known(host: HostContext) -> Json:
    store, now = host.store, datetime.now(UTC)
    warning = calendar_warning(host.pack, now.astimezone(host.pack.zone).date())
    letters = queries.dead_letters(store, limit=20)
    return {
        "clocks": clocks.due(store, host.pack, now, host.pack_of),
        "calendar_warning": warning.model_dump() if warning else None,
        "attention": _waiting(host),
        "dead_letters": [letter | {"act": actions.redrive(letter["place"])} for letter in letters],
        "dead_letters_by_state": queries.dead_letters_by_state(store),
        "money": queries.money(store),
    }


def _waiting(host: HostContext) -> list[Json]:
    return [
        {name: value for name, value in each.items() if name not in ("body", "asked_with")}
        | {"act": actions.command(actions.answers(each["incident"])[0], each["request_id"], each["incident"])}
        for each in ranked.waiting(queries.waiting(host.store))
    ]


def _one(host: HostContext, request_id: str) -> Json:
    events = queries.timeline(host.store, request_id)
    if not events:
        raise Problem("unknown-request")
    policy = queries.policy(events)
    return {
        "request_id": request_id,
        "request": queries.request(host.store, request_id),
        "policy": policy,
        "clocks": clocks.of_request(host.store, request_id, host.pack_of(policy), datetime.now(UTC)),
        "events": events,
    }
