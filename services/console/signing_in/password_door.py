"""Signing in with a name and a password of the operators' file; whoever guesses waits longer and longer."""

import asyncio
import time
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
from services.console.signing_in.passwords import Known, PasswordFileTrouble
from services.console.signing_in.sessions import Way

FREE_TRIES, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 5, 2.0, 900.0
MOST_NAMES = 1_000
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
        if guesses.must_wait(name):
            return offered(gate, request, to, TOO_OFTEN.in_language(language), name[:60], 429)
        async with at_once:
            known = await asyncio.to_thread(_known, Path(gate.settings.operators), name, given)
        if known is None:
            guesses.wrong(name)
            return offered(gate, request, to, WRONG.in_language(language), name[:60], 403)
        guesses.right(name)
        return await signed_in(gate, request, name, known.role, Way.PASSWORD, to, known.hash)

    return doors


def _known(file: Path, name: str, password: str) -> Known | None:
    try:
        known = passwords.read(file).get(name)
    except PasswordFileTrouble as trouble:
        log.error("nobody can sign in", why=str(trouble))
        known = None
    return known if passwords.right(known, password) else None


class Guesses:
    """Wrong passwords by name, in this process; the names are as many as it may remember."""

    def __init__(self) -> None:
        self.wrongs: dict[str, tuple[int, float]] = {}

    def must_wait(self, name: str) -> bool:
        return time.monotonic() < self.wrongs.get(name, (0, 0.0))[1]

    def wrong(self, name: str) -> None:
        tries = self.wrongs.pop(name, (0, 0.0))[0] + 1
        beyond = tries - FREE_TRIES
        wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(beyond, 20)) if beyond >= 0 else 0.0
        self.wrongs[name] = (tries, time.monotonic() + wait)
        while len(self.wrongs) > MOST_NAMES:
            del self.wrongs[
                min(self.wrongs, key=lambda each: self.wrongs[each][0])
            ]  # made-up names push out no true one
        log.warning("wrong password", tries=tries)

    def right(self, name: str) -> None:
        self.wrongs.pop(name, None)
