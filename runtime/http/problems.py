"""How every HTTP door says no: RFC 9457 with a stable code, pointers and a hint, in the caller's language.

`raise Problem("broker-away")` anywhere behind a door; `answer_with_problems(app, CODES)` turns it, and everything else
that goes wrong, into `application/problem+json`, and serves `/errors/<code>`, where each problem's `type` leads.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson
import sqlalchemy.exc
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from contracts.words import Text, Value
from runtime.exits import for_people
from runtime.faults import MOST_TOLD
from runtime.http import error_page, methods
from runtime.http.fault_words import in_words
from runtime.http.problem_codes import GENERAL, Codes
from runtime.kernel.cases import FromALaterRelease

MEDIA = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"
BY_STATUS = {404: "no-such-address", 405: "method-not-allowed", 413: "too-large", 415: "not-json"}
RETRY_AFTER_SECONDS = 2  # of whatever is away for now
KEY_IN_USE_SECONDS = 1
NO_ZERO_BYTE = Text(zh="名称里不会有零字节", en="A zero byte is part of no name")
TWICE = Text(zh="出现了两次", en="This is there twice")
SECONDS = {"description": "come back after as many seconds", "schema": {"type": "integer", "minimum": 1}}
ANYWHERE = (400, 403, 408, 421, 431, 500, 503)  # by the server or before a route is looked for


class Fault(NamedTuple):
    """One place in the body and what is wrong there; never the value, which may be personal."""

    pointer: str
    message: Text


class Problem(Exception):
    """`code` is in the table of the door that raises it; its title stands in for a missing `detail`.

    `about` is the request it concerns.
    """

    def __init__(
        self,
        code: str,
        detail: Text | None = None,
        faults: Sequence[Fault] = (),
        about: str = "",
        hint: Text | None = None,
        clauses: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail.en}" if detail else code)
        self.code, self.detail, self.faults, self.about = code, detail, tuple(faults), about
        self.hint, self.clauses, self.headers = hint, tuple(clauses), dict(headers or {})

    def body(self, codes: Codes, instance: str, language: str) -> dict[str, Any]:
        status, title, usual_hint = codes[self.code]
        said = {
            "type": f"/errors/{self.code}",
            "title": title.in_language(language),
            "status": status,
            "detail": (self.detail or title).in_language(language),
            "instance": instance,
            "code": self.code,
            "hint": (self.hint or usual_hint).in_language(language),
            "errors": [{"pointer": at, "message": message.in_language(language)} for at, message in self.faults],
        }
        more = {"request_id": self.about, "clauses": list(self.clauses)}
        found: dict[str, Any] = for_people(said | {name: value for name, value in more.items() if value})
        return found


ANSWERED = (Problem, RequestValidationError, sqlalchemy.exc.DBAPIError)


class FaultBody(Value):
    """One place in the body (an RFC 6901 JSON pointer) and what is wrong there."""

    pointer: str
    message: str


class ProblemBody(Value):
    """RFC 9457, with our stable `code`; `type` opens a page about it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    hint: str
    errors: tuple[FaultBody, ...]
    request_id: str | None = None
    clauses: tuple[str, ...] | None = None


def refuses(codes: Codes, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: these statuses are problems, beside those that any address may answer with."""
    every = sorted({*statuses, *ANYWHERE})
    named = {status: sorted(name for name, each in codes.items() if each.status == status) for status in every}
    return {status: _refusal(status, names) for status, names in named.items()}


def _refusal(status: int, names: list[str]) -> dict[str, Any]:
    schema = {"$ref": REFERENCE.format(model=ProblemBody.__name__)}
    said: dict[str, Any] = {"description": ", ".join(names), "content": {MEDIA: {"schema": schema}}}
    headers = {"Retry-After": SECONDS} if status in (429, 503) or "key-in-use" in names else {}
    headers |= {"WWW-Authenticate": {"schema": {"type": "string"}}} if "token-refused" in names else {}
    return said | ({"headers": headers} if headers else {})


def answer_with_problems(app: FastAPI, codes: Codes = GENERAL) -> None:
    """Everything that goes wrong in `app` is answered as a problem of this table."""
    app.state.codes = codes
    for kind in (*ANSWERED, HTTPException, Exception):
        app.add_exception_handler(kind, answer)
    summary = "What a problem's code means, and what to do"
    app.add_api_route("/errors/{code}", explain, methods=["GET"], summary=summary, responses=refuses(codes, 404, 422))


def codes_of(request: Request) -> Codes:
    codes: Codes = request.app.state.codes
    return codes


async def answer(request: Request, error: Exception) -> Response:
    codes, problem = codes_of(request), as_problem(error)
    if methods.asked_for(request, getattr(error, "status_code", 0)):
        return methods.told(request)
    if problem.code not in codes:  # a bug of ours, and no reason to answer nothing
        problem = Problem("our-fault")
    response = said(problem, codes, request.url.path, language_of(request), getattr(error, "status_code", 0))
    response.headers.update(getattr(error, "headers", None) or {})
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = methods.allowed(request)
    return response


def said(problem: Problem, codes: Codes, instance: str, language: str, status: int = 0) -> Response:
    """`status`: another one than the table's."""
    status = status or codes[problem.code].status
    headers = {"Content-Language": language}
    if problem.code == "key-in-use" or status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS if status == 503 else KEY_IN_USE_SECONDS)
    body = problem.body(codes, instance, language) | {"status": status}
    return Response(orjson.dumps(body), status, headers, MEDIA)


def as_problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case RequestValidationError():
            found = error.errors()[:MOST_TOLD]
            return Problem("invalid", faults=[Fault(pointer(each["loc"]), in_words(each)) for each in found])
        case HTTPException():
            return Problem(BY_STATUS.get(error.status_code, "refused-by-server"))
        case sqlalchemy.exc.DBAPIError():
            return Problem("store-away")
        case FromALaterRelease():
            return Problem("later-release")
    return Problem("our-fault")


async def no_zero_byte(request: Request) -> None:
    """For routes that look a name up: PostgreSQL refuses one with a zero byte, which would read as a database away."""
    given = (*request.path_params.items(), *request.query_params.items())
    faults = [Fault(f"/{name}", NO_ZERO_BYTE) for name, value in given if "\x00" in str(value)]
    if faults:
        raise Problem("invalid", faults=faults)


async def each_parameter_once(request: Request) -> None:
    """Two readers would each take another one of two."""
    names = [name for name, _ in request.query_params.multi_items()]
    if twice := sorted(name for name, times in Counter(names).items() if times > 1)[:MOST_TOLD]:
        raise Problem("invalid", faults=[Fault(pointer(("query", name)), TWICE) for name in twice])


def pointer(steps: Sequence[str | int]) -> str:
    """RFC 6901: `("proof", "agent")` is `/proof/agent`, the body itself is the empty text."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)[:400]


def language_of(request: Request) -> str:
    """The first of our two languages that the caller names."""
    return language_in(request.headers.get("accept-language", ""))


def language_in(accepted: str) -> str:
    wanted = accepted.lower().split(",")
    return next((tag for part in wanted if (tag := part.strip()[:2]) in ("zh", "en")), "en")


async def explain(request: Request, code: str) -> Response:
    """A small page for people, JSON for programs."""
    codes = codes_of(request)
    if code not in codes:
        raise Problem("no-such-address")
    status, title, hint = codes[code]
    if error_page.wanted(request):
        return error_page.explained(code, status, title, hint)
    found = {"code": code, "status": status, "title": title.model_dump(), "hint": hint.model_dump()}
    return Response(orjson.dumps(found), media_type="application/json")
