"""The console's door: one page that refreshes itself, the same as JSON, and the operators' orders."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from contracts.words import Channel
from policies.calendar_end import calendar_warning
from runtime.http.bodies import describe_bodies
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem, answer_with_problems, no_zero_byte, refuses
from runtime.kafka.lag import lag
from services.console import clocks, dead_letters, orders, queries, suggested_commands
from services.console.graph import relations_of
from services.console.orders import PATIENCE_SECONDS
from services.console.problem_codes import CODES
from services.console.queries import Json
from services.console.rendering import HERE, Page, as_json, language_of, page
from services.console.stages import STAGES
from services.console.traffic import AskLag, Traffic

STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
CHANNELS = (*map(str, Channel), "")
Limit = Annotated[int, Query(ge=1, le=1000)]


def routes(host: HostContext, ask_lag: AskLag = lag, patience_seconds: float = PATIENCE_SECONDS) -> APIRouter:
    traffic = Traffic(host.settings.kafka, ask_lag)
    doors = APIRouter()
    parts = (_pages(host, traffic), _json(host, traffic), orders.routes(host, patience_seconds))
    for part in (*parts, dead_letters.routes(host)):
        doors.include_router(part)
    return doors


def prepare(app: FastAPI) -> None:
    """Addresses nobody serves are answered as problems too."""
    answer_with_problems(app, CODES)
    describe_bodies(app, (*orders.ALL_BODIES, dead_letters.Resolution))


def _pages(host: HostContext, traffic: Traffic) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False, dependencies=[Depends(no_zero_byte)])
    store, zone = host.store, host.pack.zone

    @doors.get("/")
    async def overview(request: Request) -> Response:
        found = await _overview(host, traffic)
        return page(request, "overview.html", zone, **found, rows=_by_stage(found["board"]), channels=CHANNELS)

    @doors.get("/requests")
    async def requests(request: Request, id: str = "", stage: str = "", channel: str = "") -> Response:
        if id:
            found = await asyncio.to_thread(queries.find, store, id.strip())
            if found is None:
                raise Problem("unknown-request")
            return RedirectResponse(f"/requests/{found}?lang={language_of(request)}", 303)
        rows = await asyncio.to_thread(queries.requests, store, stage, channel)
        return page(request, "requests.html", zone, rows=rows, stage=stage, channel=channel)

    @doors.get("/requests/{request_id}")
    async def one(request: Request, request_id: str) -> Response:
        found = await asyncio.to_thread(_one, host, request_id)
        told = {name: found[name] for name in ("request_id", "events", "clocks", "policy")}
        return page(
            request, "timeline.html", zone, **told, summary=found["request"], relations=relations_of(found["events"])
        )

    @doors.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in STATIC:
            raise Problem("unknown-page")
        return FileResponse(HERE / "static" / name, media_type=STATIC[name])

    return doors


def _json(host: HostContext, traffic: Traffic) -> APIRouter:
    doors = APIRouter(prefix="/v1", dependencies=[Depends(no_zero_byte)], responses=refuses(CODES, 422, 503))
    store = host.store

    @doors.get("/overview")
    async def overview() -> Response:
        return as_json(await _overview(host, traffic))

    @doors.get("/requests")
    async def requests(stage: str = "", channel: str = "", limit: Limit = 100) -> Response:
        return as_json({"requests": await asyncio.to_thread(queries.requests, store, stage, channel, limit)})

    @doors.get("/requests/{request_id}", responses=refuses(CODES, 404))
    async def one(request_id: str) -> Response:
        return as_json(await asyncio.to_thread(_one, host, request_id))

    @doors.get("/clocks")
    async def due() -> Response:
        return as_json(await asyncio.to_thread(clocks.due, store, host.pack, datetime.now(UTC), host.pack_of))

    @doors.get("/dead-letters")
    async def letters(state: str = "open", limit: Limit = 100) -> Response:
        return as_json({"dead_letters": await asyncio.to_thread(queries.dead_letters, store, state, limit)})

    @doors.get("/attention")
    async def attention() -> Response:
        return as_json({"attention": await asyncio.to_thread(_waiting, host)})

    return doors


async def _overview(host: HostContext, traffic: Traffic) -> Json:
    known = await asyncio.to_thread(_known, host)
    seen = await traffic.now()
    return known | {"policy": host.pack.id, "topics": seen.topics, "broker_problem": seen.problem}


def _known(host: HostContext) -> Json:
    store, now = host.store, datetime.now(UTC)
    warning = calendar_warning(host.pack, now.astimezone(host.pack.zone).date())
    letters = queries.dead_letters(store, limit=20)
    return {
        "board": queries.board(store),
        "clocks": clocks.due(store, host.pack, now, host.pack_of),
        "calendar_warning": warning.model_dump() if warning else None,
        "attention": _waiting(host),
        "dead_letters": [letter | {"act": suggested_commands.redrive(letter["place"])} for letter in letters],
        "dead_letters_by_state": queries.dead_letters_by_state(store),
        "money": queries.money(store),
    }


def _waiting(host: HostContext) -> list[Json]:
    return [
        each | {"act": suggested_commands.attend(each["request_id"], each["incident"])}
        for each in queries.waiting(host.store)
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


def _by_stage(board: list[Json]) -> list[Json]:
    """Rows of the table in the order of the road; stages where nobody is are left out."""
    cells = {(row["stage"], row["channel"]): row for row in board}
    rows = []
    for stage in STAGES:
        found = {channel: cells[stage, channel] for channel in CHANNELS if (stage, channel) in cells}
        if found:
            oldest = min(row["oldest_at"] for row in found.values())
            total = sum(row["requests"] for row in found.values())
            rows.append({"stage": stage, "cells": found, "total": total, "oldest_at": oldest})
    return rows
