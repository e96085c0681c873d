"""Where operators sign in and out: the page that offers the ways there are, the one-time link, programs' tokens."""

import asyncio
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from contracts.words import Text, Value
from runtime.http.methods import as_sent
from runtime.http.pages import language_of
from runtime.http.problems import Problem
from runtime.local import tickets
from services.console.rendering import Page, as_json, page
from services.console.roles import Role
from services.console.signing_in.gate import SECURE_COOKIE, Gate, operator_of
from services.console.signing_in.sessions import Way

HOME = "/"
LONGEST_ADDRESS = 2_000  # some are kept until their reader is back
UTC = ZoneInfo("UTC")
NOT_TAKEN = Text(
    zh="登录已结束：刚才的操作没有执行。请登录后再做一次。",
    en="Your sign-in has ended: what you ordered was not done. Sign in, then order it again.",
)

log = structlog.get_logger()


class Me(Value):
    operator: str
    role: str
    way: str


class SignedOut(Value):
    operator: str


def routes(gate: Gate) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False)

    @doors.get("/sign-in")
    async def offer(request: Request) -> Response:
        if request.state.operator:
            return RedirectResponse(onward(request, request.query_params.get("to", "")), 303)
        problem = NOT_TAKEN.in_language(language_of(request)) if "order" in request.query_params else ""
        return offered(gate, request, request.query_params.get("to", ""), problem)

    @doors.get("/sign-in/link")
    async def link(request: Request, ticket: str = "", to: str = HOME) -> Response:
        if as_sent(request) == "HEAD" or "prefetch" in request.headers.get("sec-purpose", ""):
            raise Problem("link-unusable")  # a program only looks whether it is there: it is not used up
        found = tickets.read(gate.data, ticket, tickets.LINK) if Way.LINK in gate.ways else None
        if found is None or not await asyncio.to_thread(gate.sessions.use_up, found.serial, found.ends):
            raise Problem("link-unusable")
        return await signed_in(gate, request, found.operator, Role(found.role), Way.LINK, to)

    @doors.post("/sign-out")
    async def out(request: Request) -> Response:
        await asyncio.to_thread(gate.sessions.end, request.cookies.get(gate.cookie, ""))
        log.info("signed out", operator=operator_of(request).name)
        answer = RedirectResponse(f"/sign-in?lang={language_of(request)}", 303)
        answer.delete_cookie(gate.cookie, secure=gate.cookie == SECURE_COOKIE, httponly=True, samesite="strict")
        return answer

    @doors.get("/sign-in/command-line")
    async def explain(request: Request) -> Response:
        return page(request, "command-line.html", UTC, key="", ways=gate.ways)

    @doors.post("/sign-in/command-line")
    async def make(request: Request) -> Response:
        mine = operator_of(request)
        key = await asyncio.to_thread(gate.sessions.begin, mine.name, mine.role, mine.way, rests_on=mine)
        log.info("token made", operator=mine.name)
        return page(request, "command-line.html", UTC, key=key, ways=gate.ways)

    return doors


def json_routes(gate: Gate) -> APIRouter:
    doors = APIRouter(prefix="/v1")

    @doors.get("/me", response_model=Me)
    async def me(request: Request) -> Response:
        """Who is signed in."""
        mine = operator_of(request)
        return as_json({"operator": mine.name, "role": mine.role, "way": mine.way})

    @doors.delete("/me", response_model=SignedOut)
    async def out(request: Request) -> Response:
        """Ends the token it is called with."""
        given = request.headers.get("authorization", "").partition(" ")[2].strip()
        await asyncio.to_thread(gate.sessions.end, given)
        return as_json({"operator": operator_of(request).name})

    return doors


def offered(gate: Gate, request: Request, to: str, problem: str = "", name: str = "", status: int = 200) -> Response:
    shown = {"ways": gate.ways, "to": local(to), "problem": problem, "name": name}
    return page(request, "sign-in.html", UTC, status, **shown)


async def signed_in(
    gate: Gate, request: Request, name: str, role: Role, way: Way, to: str = HOME, seal: str = ""
) -> Response:
    """Our own page leads on: a browser that comes from elsewhere shows the cookie only from there."""
    key = await asyncio.to_thread(gate.sessions.begin, name, role, way, seal)
    log.info("signed in", operator=name, role=role, way=way)
    answer = page(request, "signed-in.html", UTC, to=onward(request, to))
    secure = gate.cookie == SECURE_COOKIE
    answer.set_cookie(gate.cookie, key, path="/", secure=secure, httponly=True, samesite="strict")
    return answer


def onward(request: Request, to: str) -> str:
    """An address of ours, in the language asked for last: here, else where the reader came from."""
    there = urlsplit(local(to))
    query = parse_qsl(there.query, keep_blank_values=True)
    if "lang" not in request.query_params and "lang" in dict(query):
        return there.geturl()
    told = [(name, value) for name, value in query if name != "lang"]
    return there._replace(query=urlencode([*told, ("lang", language_of(request))])).geturl()


def local(to: str) -> str:
    """An address of ours, or the first page: nobody is sent elsewhere with a link to our sign-in."""
    try:
        parts = urlsplit(to)
    except ValueError:
        return HOME
    fine = to.startswith("/") and not to.startswith(("//", "/\\", "/sign-in")) and not (parts.scheme or parts.netloc)
    return to if fine and to.isprintable() and "\\" not in to and len(to) <= LONGEST_ADDRESS else HOME
