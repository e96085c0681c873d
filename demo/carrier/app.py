"""The carrier over HTTP: every operation of the contract, doors for auditors and customers, the fault switches."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from contracts.carrier.asks import Ask
from contracts.carrier.operations import OPERATIONS, Operation
from demo.carrier.books import Books
from demo.carrier.doors import customer_doors, fault_doors, ledger_doors
from demo.carrier.faults import Faults, Sleep
from demo.carrier.problems import Refused

JSON, PROBLEM = "application/json", "application/problem+json"


def carrier_app(books: Books, *, sleep: Sleep = asyncio.sleep) -> FastAPI:
    """The whole carrier on one port. `sleep` is what delays wait with."""
    app = FastAPI(
        title="A carrier's back office, for trying tuiding out", docs_url=None, redoc_url=None, openapi_url=None
    )
    faults = Faults(sleep)
    for operation in OPERATIONS.values():
        # plain routes, not FastAPI's: the body goes straight into the contract's model, which halves the cost of an ask
        app.add_route(operation.path, _door(operation, books, faults), methods=[operation.method])
    app.add_route("/livez", _alive)
    for router in (ledger_doors(books.audit), customer_doors(books), fault_doors(faults)):
        app.include_router(router)
    for exception in (Refused, HTTPException, RequestValidationError, ClientDisconnect):
        app.add_exception_handler(exception, _problem)
    return app


def _door(operation: Operation, books: Books, faults: Faults) -> Callable[[Request], Awaitable[Response]]:
    async def look_up(request: Request) -> Response:
        subscription = request.path_params["subscription"]
        return Response(await faults.answer(operation.name, lambda: books.snapshot(subscription)), media_type=JSON)

    async def post(request: Request) -> Response:
        body, key = await request.body(), request.headers.get("idempotency-key", "")

        def work() -> bytes:
            return books.carry_out(operation.name, key, _ask(operation, body))

        def refuse(no: Refused) -> bytes:
            return books.refuse(operation.name, key, _ask(operation, body), no)

        return Response(await faults.answer(operation.name, work, refuse), media_type=JSON)

    return look_up if operation.method == "GET" else post


def _ask(operation: Operation, body: bytes) -> Ask:
    try:
        ask = operation.ask.model_validate_json(body)
    except ValidationError as error:
        raise Refused("invalid-ask", _faults_in(error.errors())) from None
    assert isinstance(ask, Ask)  # the table says so for every POST
    return ask


async def _alive(request: Request) -> Response:
    return Response(b"alive\n", media_type="text/plain")


async def _problem(request: Request, exception: Exception) -> Response:
    refused = _as_refused(exception)
    pause = refused.retry_after_seconds
    headers = {} if pause is None else {"Retry-After": str(pause)}
    body = orjson.dumps(refused.problem.model_dump(mode="json"))
    return Response(body, refused.problem.status, headers, PROBLEM)


def _as_refused(exception: Exception) -> Refused:
    match exception:
        case Refused():
            return exception
        case RequestValidationError():
            return Refused("invalid-ask", _faults_in(exception.errors()))
        case HTTPException(status_code=405):
            return Refused("unknown-method", str(exception.detail))
        case ClientDisconnect():  # nobody reads it; without it every one is a traceback in the log
            return Refused("invalid-ask", "the connection ended before the body did")
    return Refused("unknown-address", "see openapi.json for what a carrier answers")


def _faults_in(errors: Any) -> str:
    """Every fault at once, each with a JSON pointer; never the values, which may be personal."""
    return "; ".join(f"/{'/'.join(str(step) for step in error['loc'])}: {error['msg']}" for error in errors)
