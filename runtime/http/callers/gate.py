"""The gate before a door's routes: who calls, how often, and a record of every request, whatever becomes of it."""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import httpx
from fastapi import Request, Response
from fastapi.routing import APIRoute

from contracts.audit import Audited
from contracts.channel_rights import Claims
from runtime.http.bodies import whole_body
from runtime.http.callers.agreed import agreed, must_sign_in
from runtime.http.callers.belief import claims
from runtime.http.callers.buckets import Buckets, Shares
from runtime.http.callers.caller import Caller
from runtime.http.callers.known_tokens import KnownTokens
from runtime.http.callers.problem_codes import REASONS
from runtime.http.callers.provider_keys import ProviderKeys
from runtime.http.callers.shown import Credentials, Keys, NotBelieved, UnknownKey, VerifyingKey
from runtime.http.callers.trail import Trail
from runtime.http.host_context import HostContext
from runtime.http.methods import as_sent
from runtime.http.problem_codes import Codes
from runtime.http.problems import Problem, as_problem

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
IN_BRACES = re.compile(r"\{\w+\}")
SUBSCRIPTION_HEADER, AGENT_HEADER = "tuiding-subscription", "tuiding-agent"
LEFT, OUR_FAULT = 499, "our-fault"
WAIT_FOR_KEYS = 4  # one place of so many


class Gate:
    """One a door. `now` and `clock` are given by tests; so is `web`, for the identity provider."""

    def __init__(
        self,
        host: HostContext,
        service: str,
        codes: Codes,
        web: httpx.AsyncClient | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        settings = host.settings
        self.service, self.codes, self.now, self.clock = service, codes, now, clock
        self.closed = must_sign_in(settings)
        self.agreed = agreed(settings)
        self.web = web or httpx.AsyncClient(trust_env=False)
        waiting = max(2, settings.requests_at_once // WAIT_FOR_KEYS)
        self.provider = ProviderKeys(settings.channels_issuer, settings.channels_jwks, self.web, clock, waiting)
        self.tokens = KnownTokens()
        self.buckets, self.shares = Buckets(settings.channel_per_second), Shares(settings.requests_at_once)
        self.trail = Trail(host.publish)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """As long as the door is served."""
        writing = asyncio.create_task(self.trail.run())
        if self.agreed.issuer:
            self.provider.renew()
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            await self.web.aclose()

    def route(self, only_refusals: bool = False) -> type[APIRoute]:
        """The class of a router's routes. `only_refusals`: what is let through, the next door writes down."""
        gate = self

        class Guarded(APIRoute):
            def get_route_handler(self) -> Handle:
                handle, what = super().get_route_handler(), IN_BRACES.sub("{}", self.path_format)

                async def guarded(request: Request) -> Response:
                    return await gate.guard(request, what, handle, only_refusals)

                return guarded

        return Guarded

    async def guard(self, request: Request, what: str, handle: Handle, only_refusals: bool) -> Response:
        caller = request.state.caller = Caller()
        if not self.closed:
            return await handle(request)
        status, code = LEFT, "left"
        try:
            await self._enter(request, caller)
            with self._place(caller):
                response = await handle(request)
            if not caller.permitted:
                raise Problem(OUR_FAULT)  # a route that did not ask says nothing
            status, code = response.status_code, ""
            return response
        except Exception as error:
            code = as_problem(error).code
            status = self.codes[code if code in self.codes else OUR_FAULT].status
            raise
        finally:
            if not (only_refusals and caller.permitted):
                self.trail.note(self._audited(request, what, caller, status, code))

    async def _enter(self, request: Request, caller: Caller) -> None:
        shown = await _shown(request)
        caller.claims = who = await self._believed(shown)
        caller.message_id = shown.webhook_id[0] if shown.signed else ""
        if seconds := self.buckets.take(who.principal, self.clock()):
            raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})

    async def _believed(self, shown: Credentials) -> Claims:
        keys = self.agreed
        if keys.issuer and shown.authorization:
            keys = _with(keys, await self.provider.now())
        try:
            try:
                return claims(shown, keys, self.now(), self.tokens.believe)
            except UnknownKey:
                keys = _with(keys, await self.provider.with_news())
                return claims(shown, keys, self.now(), self.tokens.believe)
        except NotBelieved as no:
            error = "" if no.code == "not-signed-in" else ' error="invalid_token"'
            headers = {} if no.code == "no-channel" else {"WWW-Authenticate": f"Bearer{error}"}
            raise Problem(no.code, REASONS.get(no.reason), headers=headers) from None

    @contextlib.contextmanager
    def _place(self, caller: Caller) -> Any:
        who = caller.principal
        if not self.shares.enter(who):
            raise Problem("too-many-requests", headers={"Retry-After": "1"})
        try:
            yield
        finally:
            self.shares.leave(who)

    def _audited(self, request: Request, what: str, caller: Caller, status: int, code: str) -> Audited:
        who, how = caller.claims, _how(caller)
        told: dict[str, Any] = {"principal": who.principal, "channel": who.channel, "agent": who.agent} if who else {}
        return Audited(
            at=self.now(),
            service=self.service,
            how=how,
            what=f"{request.method} {what}",
            about=caller.about,
            allowed=caller.permitted,
            code=caller.code or code,
            status=status,
            **told,
        )


def _with(keys: Keys, public: Mapping[str, VerifyingKey]) -> Keys:
    if not public:
        raise Problem("keys-away")
    return keys._replace(public=public)


def _how(caller: Caller) -> Literal["", "token", "signature"]:
    if caller.claims is None:
        return ""
    return "signature" if caller.message_id else "token"


async def _shown(request: Request) -> Credentials:
    def each(name: str) -> tuple[str, ...]:
        return tuple(request.headers.getlist(name))

    shown = Credentials(
        each("authorization"),
        each("webhook-id"),
        each("webhook-timestamp"),
        each("webhook-signature"),
        each(SUBSCRIPTION_HEADER),
        each(AGENT_HEADER),
    )
    if not shown.signed:
        return shown
    return shown._replace(
        key=each("idempotency-key"), method=as_sent(request), target=_target(request), body=await whole_body(request)
    )


def _target(request: Request) -> str:
    """Path and query as they came; they cannot hold a line's end."""
    path, query = request.scope["raw_path"], request.scope["query_string"]
    return bytes(path + b"?" + query if query else path).decode("latin-1")
