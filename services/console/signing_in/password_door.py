"""Signing in with a name and a password of the operators' file; whoever guesses waits longer and longer."""

import asyncio
from pathlib import Path

import structlog
from fastapi import APIRouter, Request, Response

from contracts.words import Text
from runtime.http.pages import language_of, one
from runtime.http.problems import Problem
from services.console.rendering import Page
from services.console.signing_in import passwords
from services.console.signing_in.doors import offered, signed_in
from services.console.signing_in.gate import SECURE_COOKIE, Gate, form_of
from services.console.signing_in.guesses import Guesses, Place
from services.console.signing_in.passwords import Known, PasswordFileTrouble
from services.console.signing_in.sessions import Way, is_sealed, sealed
from services.console.signing_in.turns import Turns

DOOR = "/sign-in/password"
BROWSER = "tuiding-browser"  # the cookie of one that has signed somebody in
BROWSER_SECONDS = 90 * 24 * 3600
HASHED_AT_ONCE = 2  # each takes a core and tens of megabytes
WRONG = Text(zh="工号或密码不对。", en="Name or password is wrong.")
NOT_NOW = Text(
    zh="现在无法核对密码：密码文件无法读取，请联系系统管理员。",
    en="No password can be checked now: their file cannot be read. Tell whoever runs the console.",
)
TOO_OFTEN = Text(zh="尝试太多，请稍后再试。", en="Too many tries: wait a while.")

log = structlog.get_logger()


def routes(gate: Gate) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False)
    guesses, turns, at_once = Guesses(), Turns(), asyncio.Semaphore(HASHED_AT_ONCE)

    @doors.post(DOOR)
    async def password(request: Request) -> Response:
        if Way.PASSWORD not in gate.ways:
            raise Problem("unknown-page")
        form = await form_of(request)
        name, given, to = (one(form, field) for field in ("name", "password", "to"))
        language = language_of(request)
        try:
            known = (await asyncio.to_thread(passwords.read, Path(gate.settings.operators))).get(name)
        except PasswordFileTrouble as trouble:
            log.error("nobody can sign in", why=str(trouble))
            return offered(gate, request, to, NOT_NOW.in_language(language), name[:60], 503)
        browser = _browser(request, name, known)
        place = Place(browser) if browser else guesses.place_of(name, known is not None, _address(request))
        if guesses.must_wait(place):
            return offered(gate, request, to, TOO_OFTEN.in_language(language), name[:60], 429)
        tries = guesses.wrong(place)  # until it is found right, or many at once would all be free
        if guesses.takes_turns(place) and not await turns.mine(place.together):
            guesses.not_heard(place, tries)
            return offered(gate, request, to, TOO_OFTEN.in_language(language), name[:60], 429)
        async with at_once:
            right = await asyncio.to_thread(passwords.right, known, given)
        if known is None or not right:
            log.warning("wrong password", tries=tries)
            return offered(gate, request, to, WRONG.in_language(language), name[:60], 403)
        guesses.right(place)
        answer = await signed_in(gate, request, name, known.role, Way.PASSWORD, to, known.hash)
        shown, secure = browser or sealed(_of_a_browser(name, known)), gate.cookie == SECURE_COOKIE
        answer.set_cookie(BROWSER, shown, BROWSER_SECONDS, path=DOOR, secure=secure, httponly=True, samesite="strict")
        return answer

    return doors


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _browser(request: Request, name: str, known: Known | None) -> str:
    """What it shows, if it has signed this operator in under the password of today; else nothing."""
    shown = request.cookies.get(BROWSER, "")
    return shown if known is not None and is_sealed(shown, _of_a_browser(name, known)) else ""


def _of_a_browser(name: str, known: Known) -> str:
    """Only with the hash of the password can one be made: whoever has that guesses without asking us."""
    return f"browser/{name}/{known.hash}"
