"""Before every route of the console: who asks, whether that role may, and whether a form is from one of our own pages.

It goes before the whole door: a route that nobody thought of is closed to everybody but a lead.
"""

import asyncio
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from fastapi import Request

from contracts.words import Text
from runtime.http import pages
from runtime.http.described import Signing
from runtime.http.host_context import HostContext
from runtime.http.pages import Form, one
from runtime.http.problems import Problem
from runtime.local import tickets
from services.console import roles
from services.console.roles import Role
from services.console.signing_in import passwords
from services.console.signing_in.passwords import PasswordFileTrouble
from services.console.signing_in.sessions import Operator, Patience, Sessions, Way, is_sealed
from services.console.signing_in.ways import cookies_are_secure, ways
from services.console.wording import words

PLAIN_COOKIE, SECURE_COOKIE = "tuiding-session", "__Host-tuiding-session"
TOKEN_FIELD, TOKEN_HEADER = "token", "x-csrf-token"
BEARER = "bearer "
OPERATORS = Signing(
    {
        "token": {"type": "http", "scheme": "bearer", "description": "of a program: /sign-in/command-line makes it"},
        "session": {"type": "apiKey", "in": "cookie", "name": PLAIN_COOKIE, "description": "of a browser"},
    },
    [{"token": []}, {"session": []}, {}],
)
FORM = "application/x-www-form-urlencoded"
log = structlog.get_logger()
NOBODY = Operator("nobody-signed-in", Role.LEAD, Way.NOBODY)
MOST_FIELDS = 1_200  # a form may name a thousand dead letters


class Gate:
    def __init__(self, host: HostContext) -> None:
        settings = host.settings
        self.settings, self.ways, self.data = settings, ways(settings), Path(settings.data)
        idle, longest = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
        self.sessions = Sessions(host.store, Patience(idle, longest))
        self.cookie = SECURE_COOKIE if cookies_are_secure(settings) else PLAIN_COOKIE

    async def __call__(self, request: Request) -> None:
        path = request.scope["route"].path
        needed = roles.needed(request.method, path)
        found = await asyncio.to_thread(self.who, request)
        request.state.operator = found
        request.state.still = lambda: self.who(request, active=False) is not None
        if needed is None:
            return
        if found is None:
            raise Problem("sign-in-needed")
        if not found.role.may(needed):
            raise too_low(found, needed)
        if request.method not in roles.READS and found.token and not found.program:
            await _from_our_own_page(request, found)

    def who(self, request: Request, active: bool = True) -> Operator | None:
        if self.ways == (Way.NOBODY,):
            return NOBODY
        given = request.headers.get("authorization", "")
        if given:
            return self._of_a_program(given) if given.lower().startswith(BEARER) else None
        key = request.cookies.get(self.cookie, "")
        found = self.sessions.find(key, active=active and _somebody_did_it(request)) if key else None
        return self._as_known_now(found) if found and not found.program else None

    def _of_a_program(self, given: str) -> Operator | None:
        """Its header is sent by no page of somebody else's, so it carries no second token."""
        token = given[len(BEARER) :].strip()
        if self.ways == (Way.LINK,) and (ticket := tickets.read(self.data, token, tickets.TOKEN)):
            ends = datetime.fromtimestamp(ticket.ends, UTC)
            return Operator(ticket.operator, Role(ticket.role), Way.LINK, program=True, ends=ends)
        found = self.sessions.find(token, active=False)
        return self._as_known_now(found) if found and found.program else None

    def _as_known_now(self, found: Operator) -> Operator | None:
        """Whoever was taken from the password file, or has another password, is out at once; the role is today's."""
        if found.way != Way.PASSWORD:
            return found
        try:
            known = passwords.read(Path(self.settings.operators)).get(found.name)
        except PasswordFileTrouble as trouble:
            log.error("nobody is let in", why=str(trouble))
            return None
        return found._replace(role=known.role) if known and is_sealed(found.token, known.hash) else None


def too_low(found: Operator, needed: Role) -> Problem:
    return Problem("role-too-low", needs(f"{found.name} ({found.role})", needed))


def needs(who: str, needed: Role) -> Text:
    return Text(zh=f"{who}；需要的角色：{needed}（{words.ROLES[needed][0]}）。", en=f"{who}; needed: {needed}.")


async def still_in(request: Request) -> bool:
    """Of an answer that goes on for hours: whether whoever asked for it would be let in today."""
    return await asyncio.to_thread(request.state.still)


def operator_of(request: Request) -> Operator:
    """Whoever the gate let in."""
    found: Operator | None = getattr(request.state, "operator", None)
    if found is None:
        raise Problem("sign-in-needed")
    return found


def allowed(found: Operator, order: str) -> Operator:
    """For doors that carry several orders; raises `Problem`."""
    needed = roles.ORDERS.get(order, Role.LEAD)
    if not found.role.may(needed):
        raise too_low(found, needed)
    return found


def _somebody_did_it(request: Request) -> bool:
    """Pages look again by themselves every two seconds; a tail goes on for hours."""
    by_itself = request.headers.get("hx-request") == "true" and request.method in roles.READS
    return not (by_itself or "text/event-stream" in request.headers.get("accept", ""))


async def _from_our_own_page(request: Request, operator: Operator) -> None:
    """Another site's page cannot know the token of this session; that it sends our Origin was refused before."""
    sent = request.headers.get(TOKEN_HEADER, "")
    if not sent and request.headers.get("content-type", "").startswith(FORM):
        sent = one(await form_of(request), TOKEN_FIELD)
    if not hmac.compare_digest(sent.encode(), operator.token.encode()):
        raise Problem("forged-token")


async def form_of(request: Request) -> Form:
    return await pages.form_of(request, MOST_FIELDS)
