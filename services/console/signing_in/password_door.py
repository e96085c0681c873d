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
from services.console.signing_in.gate import Gate, form_of
from services.console.signing_in.guesses import Guesses
from services.console.signing_in.passwords import Known, PasswordFileTrouble
from services.console.signing_in.sessions import Way

HASHED_AT_ONCE = 2  # each takes a core and tens of megabytes
WRONG = Text(zh="工号或密码不对。", en="Name or password is wrong.")
TOO_OFTEN = Text(zh="尝试太多，请稍后再试。", en="Too many tries: wait a while.")

log = structlog.get_logger()


def routes(gate: Gate) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False)
    guesses, at_once = Guesses(), asyncio.Semaphore(HASHED_AT_ONCE)

    @doors.post("/sign-in/password")
    async def password(request: Request) -> Response:
        if Way.PASSWORD not in gate.ways:
            raise Problem("unknown-page")
        form = await form_of(request)
        name, given, to = (one(form, field) for field in ("name", "password", "to"))
        language = language_of(request)
        known = await asyncio.to_thread(_known, Path(gate.settings.operators), name)
        place = guesses.place_of(name, known is not None)
        if guesses.must_wait(place):
            return offered(gate, request, to, TOO_OFTEN.in_language(language), name[:60], 429)
        tries = guesses.wrong(place)  # until it is found right, or many at once would all be free
        async with at_once:
            right = await asyncio.to_thread(passwords.right, known, given)
        if known is None or not right:
            log.warning("wrong password", tries=tries)
            return offered(gate, request, to, WRONG.in_language(language), name[:60], 403)
        guesses.right(place)
        return await signed_in(gate, request, name, known.role, Way.PASSWORD, to, known.hash)

    return doors


def _known(file: Path, name: str) -> Known | None:
    try:
        return passwords.read(file).get(name)
    except PasswordFileTrouble as trouble:
        log.error("nobody can sign in", why=str(trouble))
        return None
