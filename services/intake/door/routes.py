"""Intake's HTTP door: any channel files a cancellation here, looks it up and says what comes next (R3-R7)."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse

from contracts.channel_rights import FOLLOW, LIST, LOOK, QUOTE
from contracts.messages.base import Command
from contracts.quotes import EXAMPLE, QuoteAnswer, QuoteAsk
from runtime.http import idempotency_key
from runtime.http.bodies import message_of, read_body, request_id_of
from runtime.http.callers.agreed import why_not as why_not
from runtime.http.callers.caller import asked_by, caller_of
from runtime.http.callers.described import CHANNELS
from runtime.http.callers.gate import Gate
from runtime.http.described import describe, takes
from runtime.http.host_context import HostContext
from runtime.http.problems import answer_with_problems, each_parameter_once, refuses
from runtime.http.streams import Stream
from services.intake.door.actions import COLLECTION
from services.intake.door.bodies import ALL_BODIES, EXAMPLES, FOLLOW_UPS, Body, LoginProblem, Submission
from services.intake.door.following import AS_EVENTS, LAST_EVENT_ID, Following
from services.intake.door.of_a_customer import Page, Wish, find_earlier_ones, page
from services.intake.door.permission import UNKNOWN_LINE, may_list, may_look, may_report, may_say, may_submit
from services.intake.door.problem_codes import CODES
from services.intake.door.publish_once import Accepted, once
from services.intake.door.quotes import forward
from services.intake.door.status import Status
from services.intake.door.submissions import file_login_problem, file_submission, follow_up, look_up

PATIENCE_SECONDS = 10  # for billing, which asks the carrier
WHERE_IT_IS = {"description": "where its status is", "schema": {"type": "string"}}
PROBLEMS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)


def routes(host: HostContext, billing: httpx.AsyncClient | None = None, gate: Gate | None = None) -> APIRouter:
    """`billing`: whom to ask for quotes; `gate`: who stands before it; both instead of what the settings say."""
    gate = gate or Gate(host, "intake", CODES)
    quoting = billing or httpx.AsyncClient(base_url=host.settings.quotes, timeout=PATIENCE_SECONDS)

    @asynccontextmanager
    async def closing(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(find_earlier_ones, host.store)
        async with gate.open():
            yield
        await quoting.aclose()

    router = APIRouter(lifespan=closing, route_class=gate.route())
    _add_filing(router, host)
    _add_follow_ups(router, host)

    _add_looking(router, host)

    router.include_router(_quoting(host, quoting, gate))
    return router


def _quoting(host: HostContext, billing: httpx.AsyncClient, gate: Gate) -> APIRouter:
    """Asked of billing in the caller's own name, which writes down what it let through."""
    router = APIRouter(route_class=gate.route(only_refusals=True))

    @router.post(
        "/v1/quotes",
        summary="What an end would cost and change, now and at later dates; creates nothing",
        response_model=QuoteAnswer,
        openapi_extra=takes(QuoteAsk, EXAMPLE),
        responses=refuses(CODES, *PROBLEMS, 502),
    )
    async def quotes(request: Request) -> Response:
        ask = await read_body(request, QuoteAsk)
        caller_of(request).permit(QUOTE, asked_by(ask, ask.subscription), unknown=UNKNOWN_LINE)
        return await forward(billing, request)

    return router


def prepare(app: FastAPI) -> None:
    answer_with_problems(app, CODES)
    describe(app, (*ALL_BODIES, QuoteAsk), CHANNELS)


def _add_looking(router: APIRouter, host: HostContext) -> None:
    following = Following(host)

    @router.get(
        COLLECTION,
        summary="All requests of one subscription, the newest first",
        responses=refuses(CODES, 401, 403, 404, 422, 429, 503),
        dependencies=[Depends(each_parameter_once)],
    )
    async def of_a_customer(request: Request, wish: Annotated[Wish, Query()]) -> Page:
        may_list(request, LIST, wish.subscription)
        return await asyncio.to_thread(page, host, wish)

    @router.get(
        COLLECTION + "/{request_id}/events",
        summary="Its status now, and each time that it has changed, as server-sent events",
        response_class=StreamingResponse,
        openapi_extra={"parameters": [LAST_EVENT_ID]},
        responses=refuses(CODES, 401, 403, 404, 422, 429, 503) | {200: AS_EVENTS},
    )
    async def events(request_id: str, request: Request) -> Response:
        own = request_id_of(request_id)
        await may_look(host, request, FOLLOW, own)
        lines = following.lines(request, own)
        first = await anext(lines)

        async def all_lines() -> AsyncGenerator[bytes, None]:
            async with aclosing(lines):
                yield first
                async for line in lines:
                    yield line

        return Stream(all_lines(), {"X-Accel-Buffering": "no"})

    @router.get(
        COLLECTION + "/{request_id}",
        summary="Where a request is and what comes next",
        responses=refuses(CODES, 401, 403, 404, 422, 429),
    )
    async def status(request_id: str, request: Request, response: Response) -> Status:
        response.headers["Cache-Control"] = "no-store"
        own = request_id_of(request_id)
        await may_look(host, request, LOOK, own)
        return await look_up(host, own)


def _add_filing(router: APIRouter, host: HostContext) -> None:
    @router.post(COLLECTION, summary="File a cancellation", **_accepts(Submission, key_required=True))
    async def submit(request: Request) -> Response:
        key = caller_of(request).key(request, required=True)
        body = await may_submit(host, request, await read_body(request, Submission))
        return await once(host, request, key, body, partial(file_submission, host, request, key, body))

    @router.post(
        "/v1/problems",
        summary="Report that a customer cannot log in, before any request exists",
        **_accepts(LoginProblem, key_required=True),
    )
    async def login_problem(request: Request) -> Response:
        key = caller_of(request).key(request, required=True)
        body = may_report(request, await read_body(request, LoginProblem))
        return await once(host, request, key, body, partial(file_login_problem, host, request, key, body))


def _add_follow_ups(router: APIRouter, host: HostContext) -> None:
    for name, (command, body) in FOLLOW_UPS.items():
        summary = (command.__doc__ or "").partition(".")[0]
        router.add_api_route(
            f"{COLLECTION}/{{request_id}}/{name}",
            _follow_up(host, command, body),
            methods=["POST"],
            name=name,
            summary=summary,
            **_accepts(body, key_required=False),
        )


def _follow_up(host: HostContext, kind: type[Command], model: type[Body]) -> Callable[..., Awaitable[Response]]:
    async def handle(request_id: str, request: Request) -> Response:
        own, key = request_id_of(request_id), caller_of(request).key(request)
        body = await may_say(host, request, kind.type, own, await read_body(request, model))
        command = message_of(kind, own, body)
        return await once(host, request, key, body, partial(follow_up, host, request, key, command))

    return handle


def _accepts(model: type[Body], *, key_required: bool) -> dict[str, Any]:
    """What the description says of a route that hands a command to the broker."""
    key = idempotency_key.described(key_required, "for seven days")
    return {
        "status_code": 202,
        "response_model": Accepted,
        "openapi_extra": takes(model, EXAMPLES[model]) | {"parameters": [key]},
        "responses": refuses(CODES, *PROBLEMS) | {202: {"headers": {"Location": WHERE_IT_IS}}},
    }
