"""To the identity provider and back: what comes back counts only in the browser that was sent, and only once."""

import asyncio
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from runtime.http.problems import Problem
from runtime.kernel.store import Store, moment, ticks
from services.console.rendering import Page
from services.console.signing_in.doors import onward, signed_in
from services.console.signing_in.gate import SECURE_COOKIE, Gate
from services.console.signing_in.provider import BACK, Asked, IdentityProvider, ProviderTrouble, name_of
from services.console.signing_in.sessions import ASKED, Way, hashed

COOKIE = "tuiding-sign-in"
MAY_TAKE = timedelta(minutes=10)
MOST_ASKED = 20_000  # far more than anybody can ask for while a person signs in; then the oldest go

log = structlog.get_logger()


def routes(gate: Gate) -> APIRouter:
    doors = APIRouter(route_class=Page, include_in_schema=False)
    if Way.PROVIDER not in gate.ways:
        return doors
    provider, store = IdentityProvider(gate.settings), gate.sessions.store

    @doors.get("/sign-in/provider")
    async def go(request: Request) -> Response:
        browser, to = secrets.token_urlsafe(24), onward(request, request.query_params.get("to", ""))
        try:
            asked = await provider.ask()
        except ProviderTrouble as trouble:
            log.error("nobody can sign in", why=str(trouble))
            raise Problem("provider-away") from None
        await asyncio.to_thread(_remember, store, asked, browser, to)
        answer = RedirectResponse(asked.address, 303)
        secure, seconds = gate.cookie == SECURE_COOKIE, int(MAY_TAKE.total_seconds())
        answer.set_cookie(COOKIE, browser, seconds, path=BACK, secure=secure, httponly=True, samesite="lax")
        return answer

    @doors.get(BACK)
    async def back(request: Request, state: str = "", code: str = "") -> Response:
        asked = await asyncio.to_thread(_once, store, state, request.cookies.get(COOKIE, ""))
        if asked is None or not code:
            raise Problem("sign-in-unusable")
        try:
            claims = await provider.told(code, asked.verifier, asked.nonce)
        except ProviderTrouble as trouble:
            log.warning("sign-in not believed", why=str(trouble))
            raise Problem("sign-in-unusable") from None
        name, role = name_of(claims), provider.role_of(claims)
        if not name or role is None:
            raise Problem("no-role")
        return await signed_in(gate, request, name, role, Way.PROVIDER, asked.to)

    return doors


def _remember(store: Store, asked: Asked, browser: str, to: str) -> None:
    """Anybody may ask: what nobody came back to is forgotten with the next one, signed in or not."""
    row = {"state": asked.state, "browser": hashed(browser), "verifier": asked.verifier, "nonce": asked.nonce, "to": to}
    now = datetime.now(UTC)
    too_many = sa.select(ASKED.c.state).order_by(ASKED.c.ends.desc()).offset(MOST_ASKED - 1)
    with store.transaction() as tx:
        tx.execute(sa.delete(ASKED).where((ASKED.c.ends < ticks(now)) | ASKED.c.state.in_(too_many)))
        tx.execute(sa.insert(ASKED).values(row | {"ends": ticks(now + MAY_TAKE)}))


def _once(store: Store, state: str, browser: str) -> sa.Row[Any] | None:
    """Of this browser, in time, and never again."""
    with store.transaction() as tx:
        row = tx.execute(sa.select(ASKED).where(ASKED.c.state == state)).first()
        tx.execute(sa.delete(ASKED).where(ASKED.c.state == state))
    if row is None or moment(row.ends) < datetime.now(UTC):
        return None
    return row if hmac.compare_digest(row.browser, hashed(browser)) else None
