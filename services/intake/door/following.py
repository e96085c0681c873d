"""Follows a request as it goes on, by server-sent events: its status, each time that it has changed.

Nothing is kept for those who follow: whoever comes back says what was seen last (`Last-Event-ID`) and gets what is true
now. One look at the store serves all of them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
import structlog
from fastapi import Request

from contracts.words import RequestId, Text, whole_number
from runtime.http.callers.buckets import Shares
from runtime.http.callers.caller import Caller
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem
from runtime.http.server import ANSWERS_MAY_TAKE, is_ending
from runtime.kernel.tables import CASES
from services.intake.door.status import Status
from services.intake.door.submissions import seen

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 10.0  # below what proxies think is dead
HEARTBEAT = b": still here\n\n"
COME_BACK = b"retry: 1000\n\n"  # milliseconds
EVENT_STREAM = "text/event-stream"
AS_EVENTS: dict[str, Any] = {
    "description": "events named `status` with the number of the change as id and the status as JSON in `data`",
    "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
}
LAST_EVENT_ID: dict[str, Any] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the id of the event seen last, as browsers send it: what has not changed since is not said again",
}
NEVER = -1
RETRY_AFTER_SECONDS = 5
TOO_MANY = Text(zh="同时跟踪的连接过多。", en="Too many follow requests already.")
log = structlog.get_logger()


@dataclass(eq=False)
class Follower:
    request: Request
    request_id: RequestId
    version: int  # of what was told last
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Following:
    """Everybody who follows a request; half of the door's places are for them, half of those for one principal."""

    def __init__(self, host: HostContext) -> None:
        self.host, self.most = host, max(1, host.settings.requests_at_once // 2)
        self.lifetime = host.settings.request_seconds * (ANSWERS_MAY_TAKE - 1)  # said before the server hangs up
        self.shares = Shares(self.most)  # held as long as a stream is; the gate's own are free when it begins
        self.followers: dict[Follower, None] = {}
        self.looking: asyncio.Task[None] | None = None

    async def lines(self, request: Request, request_id: RequestId) -> AsyncGenerator[bytes, None]:
        """Raises `Problem` before the first line. Ends by itself after a while: the client comes back and goes on."""
        if len(self.followers) >= self.most:
            raise Problem("too-busy", TOO_MANY)
        own, who = Follower(request, request_id, _last_seen(request)), _principal(request)
        if who and not self.shares.enter(who):
            raise Problem("too-many-requests", TOO_MANY, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        self.followers[own] = None
        try:
            async for line in self._lines(own):
                yield line
        finally:
            self.followers.pop(own, None)
            if who:
                self.shares.leave(who)

    async def _lines(self, own: Follower) -> AsyncGenerator[bytes, None]:
        now, shown = asyncio.get_running_loop().time, None
        until = now() + self.lifetime
        version, status = await seen(self.host, own.request_id)
        yield COME_BACK
        while True:  # what is true is told once, however long it took to find out
            if version != own.version and status != shown:
                yield _event(version, status)
            own.version, shown = version, status
            if now() >= until or is_ending(own.request):
                return
            if await self._news(own, min(HEARTBEAT_SECONDS, until - now())):
                version, status = await seen(self.host, own.request_id)
            else:
                yield HEARTBEAT

    async def _news(self, own: Follower, within: float) -> bool:
        if self.looking is None or self.looking.done():
            self.looking = asyncio.create_task(self._look())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(own.news.wait(), within)
        heard = own.news.is_set()
        own.news.clear()
        return heard

    async def _look(self) -> None:
        """As long as anybody follows. What cannot be read now is read at the next look."""
        while self.followers:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                versions = await asyncio.to_thread(self._versions, {each.request_id for each in self.followers})
            except sqlalchemy.exc.SQLAlchemyError as error:
                log.warning("cannot_look_for_news", why=type(error).__name__)
                versions = {}
            for each in self.followers:
                if versions.get(each.request_id, each.version) != each.version or is_ending(each.request):
                    each.news.set()

    def _versions(self, ids: set[RequestId]) -> dict[RequestId, int]:
        found = self.host.store.read(sa.select(CASES.c.request_id, CASES.c.version).where(CASES.c.request_id.in_(ids)))
        return {row.request_id: row.version for row in found}


def _principal(request: Request) -> str:
    """Nobody where nobody has to sign in."""
    caller = getattr(request.state, "caller", None)
    return caller.principal if isinstance(caller, Caller) else ""


def _last_seen(request: Request) -> int:
    """What is no number of ours was never seen."""
    number = whole_number(request.headers.get("last-event-id", ""), most_digits=18)
    return NEVER if number is None else number


def _event(version: int, status: Status) -> bytes:
    """On one line, as JSON is."""
    return f"id: {version}\nevent: status\ndata: {status.model_dump_json()}\n\n".encode()
