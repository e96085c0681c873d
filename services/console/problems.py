"""How the console says no: one exception, one table of stable codes, RFC 9457 on the wire, headers on every answer."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy.exc
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from runtime.envelope import Record
from runtime.http.host_context import HostContext

CODES = {
    "key-missing": (400, "Every order needs an Idempotency-Key", "Send a header Idempotency-Key of your own choice."),
    "not-json": (415, "The body is not JSON", "Send content-type: application/json."),
    "malformed": (400, "The body cannot be read", "Send one JSON object in UTF-8."),
    "too-large": (413, "The body is too large", "An order is a few hundred bytes."),
    "invalid": (422, "The order does not have the agreed shape", "Correct the fields named in errors."),
    "key-reused": (422, "This Idempotency-Key was used for another order", "Use a new key for a new order."),
    "unknown-request": (404, "There is no request with this id", "Check the id; the newest may take a second."),
    "unknown-dead-letter": (404, "There is no dead letter at this place", "GET /v1/dead-letters lists them all."),
    "unknown-page": (404, "There is no such page", "Go back to the first page."),
    "nothing-to-retry": (409, "No such incident is open", "GET /v1/attention lists the open ones."),
    "already-redriven": (409, "It was redriven already", "If it fails again, it comes back as a new dead letter."),
    "already-discarded": (409, "It was discarded already", "Nothing is left to do."),
    "not-redrivable": (409, "It did not come from a topic of ours", "Discard it once its cause is understood."),
    "broker-away": (503, "The broker did not take the record", "Send the same again with the same Idempotency-Key."),
    "store-away": (503, "The console's database does not answer", "Try again in a moment."),
}
PUBLISH_SECONDS = 15.0
HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Fault(NamedTuple):
    pointer: str  # RFC 6901
    message: str


class Problem(Exception):
    """Raised anywhere in a door; the route turns it into the answer."""

    def __init__(self, code: str, detail: str = "", faults: Sequence[Fault] = (), hint: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.status, self.title, usual_hint = CODES[code]
        self.code, self.detail, self.faults, self.hint = code, detail or f"{self.title}.", faults, hint or usual_hint

    def body(self, instance: str) -> Mapping[str, Any]:
        faults = [fault._asdict() for fault in self.faults]
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "hint": self.hint,
        } | ({"pointer": faults[0]["pointer"], "errors": faults} if faults else {})


def answer(body: Any, status: int = 200, media: str = "application/json") -> Response:
    return Response(orjson.dumps(body), status, media_type=media)


def as_problem(request: Request, problem: Problem) -> Response:
    """Also the shape of `on_problem` for pages."""
    return answer(problem.body(request.url.path), problem.status, "application/problem+json")


async def publish(host: HostContext, record: Record) -> None:
    """Whatever is raised means that the broker may not have it: the same again, later, is safe."""
    try:
        async with asyncio.timeout(PUBLISH_SECONDS):
            await host.publish(record)
    except Exception as error:
        why = str(error) or f"It did not answer within {PUBLISH_SECONDS:.0f} seconds."
        raise Problem("broker-away", why[:300]) from error


ANSWERED = (Problem, RequestValidationError, sqlalchemy.exc.DBAPIError)


class Guarded(APIRoute):
    """Turns what goes wrong into a problem and puts the security headers on every answer."""

    on_problem: Callable[[Request, Problem], Response] = staticmethod(as_problem)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                _no_zero_byte(request)
                response = await handle(request)
            except ANSWERED as error:
                response = self.on_problem(request, _problem(error))
            response.headers.update(HEADERS)
            return response

        return guarded


def _no_zero_byte(request: Request) -> None:
    """PostgreSQL refuses to look for one, which would read as a database that is away."""
    given = (*request.path_params.items(), *request.query_params.items())
    faults = [Fault(f"/{name}", "A zero byte is part of no name") for name, value in given if "\x00" in str(value)]
    if faults:
        raise Problem("invalid", faults=faults)


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        faults = [Fault(pointer(each["loc"]), each["msg"]) for each in error.errors()]
        return Problem("invalid", faults=faults)
    return Problem("store-away")


def pointer(place: Sequence[int | str]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)
