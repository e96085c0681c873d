"""Checks before every route of every service: the host name, the page it comes from, the load; adds security headers.

It goes around the whole application, because what an application adds to itself does not cover its own failures.
"""

import asyncio
import contextlib
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.http.bodies import LARGEST_BODY_BYTES, too_large
from runtime.http.hosts import Hosts
from runtime.http.methods import without_body
from runtime.http.pages import to_reader
from runtime.http.problem_codes import GENERAL
from runtime.http.problems import Problem
from runtime.http.refusals import CHEAP, Refusals
from runtime.http.seldom import Seldom
from runtime.http.streams import left
from runtime.settings import Settings

HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with none at all, a browser hides the Origin of our own forms from us
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
READS = ("GET", "HEAD", "OPTIONS")
NEVER_KEPT_WAITING = ("/livez", "/readyz", "/metrics")


class Protection:
    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app, self.hosts, self.at_once = app, Hosts(settings), settings.requests_at_once
        self.refusals, self.seldom = Refusals(), Seldom()
        self.in_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        place = Place(self)
        send = self._in_turn(scope, _with_headers(send), place)
        try:
            self._check_sender(scope)
            if (arrived := await _whole(receive)) is None or await self._has_left(scope, receive):
                self.seldom.say("client went away", _now(), path=scope["path"][:100])
                return
            self._check_queue(scope)
        except Problem as no:
            await _answer(no, scope, receive, send)
            return
        if scope["method"] == "HEAD":
            scope, send = without_body(scope, send)
        place.take()
        try:
            await self.app(scope, _again(arrived, receive), send)
        finally:
            place.leave()

    def _check_sender(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = self.hosts.meant(headers, scope.get("server"))
        if int(headers.get("content-length", "0")) > LARGEST_BODY_BYTES:  # the parser lets no other than a number by
            raise too_large()  # before anybody is asked to go on with it (100)
        if scope["method"] not in READS:
            self.hosts.refuse_foreign(headers, host)

    def _check_queue(self, scope: Scope) -> None:
        """Whoever comes last would wait for all before him: better told so at once."""
        if self.in_work >= self.at_once and scope["path"] not in NEVER_KEPT_WAITING:
            raise Problem("too-busy")

    async def _has_left(self, scope: Scope, receive: Receive) -> bool:
        """Whether somebody new is gone already; beside a flood from the same address it is asked a little later."""
        guest = _guest(scope)
        if guest is None or guest.served or scope["path"] in NEVER_KEPT_WAITING:
            return False
        with guest.aside():
            await asyncio.sleep(self.refusals.owed(_address(scope), _now()))
        if gone := guest.has_left():
            await left(receive)
        return bool(gone)

    def _in_turn(self, scope: Scope, send: Send, place: "Place") -> Send:
        """A refusal that waits for its turn has no place, and its connection is the first to give way."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["path"] not in NEVER_KEPT_WAITING:
                seconds = self.refusals.wait(message["status"], _now(), _address(scope))
                if message["status"] not in CHEAP and (guest := _guest(scope)) is not None:
                    guest.served = True
                if seconds:
                    place.leave()
                    with _aside(scope):
                        await asyncio.sleep(seconds)
            await send(message)

        return sending


class Place:
    """One request's among those in work."""

    def __init__(self, protection: Protection) -> None:
        self.protection, self.taken = protection, 0

    def take(self) -> None:
        self.taken = 1
        self.protection.in_work += 1

    def leave(self) -> None:
        self.protection.in_work -= self.taken
        self.taken = 0


def _now() -> float:
    return asyncio.get_running_loop().time()


def _guest(scope: Scope) -> Any:
    """The connection, where the server is ours."""
    return scope.get("state", {}).get("guest")


def _address(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _aside(scope: Scope) -> contextlib.AbstractContextManager[None]:
    guest = _guest(scope)
    return contextlib.nullcontext() if guest is None else guest.aside()


async def _whole(receive: Receive) -> list[Message] | None:
    """The request as far as anybody will read it, so that half of one takes no place; none if its sender leaves."""
    arrived: list[Message] = []
    size = 0
    while not arrived or (arrived[-1].get("more_body") and size <= LARGEST_BODY_BYTES):
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        arrived.append(message)
        size += len(message.get("body", b""))
    return arrived


def _again(arrived: list[Message], receive: Receive) -> Receive:
    async def next_message() -> Message:
        return arrived.pop(0) if arrived else await receive()

    return next_message


async def _answer(no: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    told = to_reader(no, GENERAL, Request({"query_string": b"", **scope}))
    await told(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
