"""Hands a command to the broker for a channel, once for each Idempotency-Key, and answers only when it is there."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from fastapi import Request, Response

from contracts.flow import command_topic
from contracts.messages.base import Command
from contracts.words import Moment, RequestId, Value
from runtime.envelope import Envelope, Record, derived_id, encode, traceparent
from runtime.http.callers.caller import caller_of
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem
from runtime.http.publishing import publish
from services.intake.door.actions import path_of
from services.intake.door.bodies import Body
from services.intake.door.idempotency import Replies, Reply, attempt

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Accepted(Value):
    """The broker has it. `joined`: the same thing was on its way already, this is its id."""

    request_id: RequestId
    status: str
    joined: bool = False
    accepted_at: Moment


Work = Callable[[datetime], Awaitable[Accepted]]


async def once(host: HostContext, request: Request, key: str, body: Body, work: Work) -> Response:
    """Does `work`, unless this key did it before: then the same answer again, and nothing else."""
    now, replies = datetime.now(UTC), Replies(host.store)
    if not key:
        return _answer(request, _reply(await work(now)))
    mine = attempt(key, body.channel, request.url.path, body)
    if (before := await asyncio.to_thread(replies.begin, mine, now)) is not None:
        return _answer(request, before)
    try:
        reply = _reply(await work(now))
    except BaseException:
        await asyncio.to_thread(replies.forget, mine)
        raise
    await asyncio.to_thread(replies.finish, mine, reply)
    return _answer(request, reply)


async def hand_over(host: HostContext, request: Request, key: str, command: Command, now: datetime) -> None:
    """Only for a caller who may; raises `Problem`."""
    caller = caller_of(request)
    if not caller.permitted:
        raise Problem("our-fault")
    limited = caller.subscription if caller.claims is not None else ""
    if limited:
        await _one_more_today(host, limited, now)
    topic = command_topic(command.channel, host.settings.shared_commands)
    try:
        await publish(host, _record(topic, request, key, command, now), about=command.request_id)
    except Problem:
        if limited:
            await asyncio.to_thread(Replies(host.store).one_fewer_today, limited, now)
        raise


async def _one_more_today(host: HostContext, subscription: str, now: datetime) -> None:
    most = host.settings.commands_a_day
    if not await asyncio.to_thread(Replies(host.store).one_more_today, subscription, now, most):
        tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        raise Problem("too-many-commands", headers={"Retry-After": str(int((tomorrow - now).total_seconds()) + 1)})


def _record(topic: str, request: Request, key: str, command: Command, now: datetime) -> Record:
    """The same key and body give the same event id, so a retry that arrives twice counts once.

    Another body is another event: a key is free again after a while, an event's id never.
    """
    source = f"/channels/{command.channel}"
    what = f"{key}/{command.type}/{command.model_dump_json()}"
    own = derived_id(source, what) if key else str(uuid4())
    given = request.headers.get("traceparent", "")
    trace = given if TRACEPARENT.fullmatch(given) else traceparent(own, own)
    envelope = Envelope(own, source, command, own, "", trace)
    return encode(topic, envelope, now, {"channel": command.channel})


def accepted(request_id: RequestId, now: datetime, *, joined: bool = False) -> Accepted:
    return Accepted(request_id=request_id, status=path_of(request_id), joined=joined, accepted_at=now)


def _reply(done: Accepted) -> Reply:
    return Reply(202, done.model_dump_json())


def _answer(request: Request, reply: Reply) -> Response:
    done = Accepted.model_validate_json(reply.body)
    caller_of(request).about, location = done.request_id, done.status
    headers = {"Location": location, "Cache-Control": "no-store"}
    return Response(reply.body, reply.status, headers, "application/json")
