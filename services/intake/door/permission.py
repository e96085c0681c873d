"""Asks, before anything is done for a request, whether its caller may: whose it is, on which channel, by whose word."""

import asyncio
from typing import TypeVar

from fastapi import Request

from contracts.channel_rights import CANNOT_LOG_IN
from contracts.messages.commands import SubmitCancellation
from contracts.words import RequestId
from runtime.http.callers.caller import UNKNOWN_REQUEST, asked_by, caller_of
from runtime.http.host_context import HostContext
from runtime.http.problems import Problem
from services.intake.door.bodies import Body, LoginProblem, Submission
from services.intake.door.lookup import party_of

B = TypeVar("B", bound=Body)
UNKNOWN_LINE = "unknown-subscription"


async def may_look(host: HostContext, request: Request, command: str, request_id: RequestId) -> None:
    await _may_follow_up(host, request, command, request_id, None)


async def may_say(host: HostContext, request: Request, command: str, request_id: RequestId, body: B) -> B:
    """The body as it is said in the caller's own name."""
    await _may_follow_up(host, request, command, request_id, body)
    return caller_of(request).in_own_name(body)


async def _may_follow_up(
    host: HostContext, request: Request, command: str, request_id: RequestId, body: Body | None
) -> None:
    caller = caller_of(request)
    party = await asyncio.to_thread(party_of, host.store, request_id) if caller.claims else ""
    caller.permit(command, asked_by(body, party), about=request_id)


def may_list(request: Request, command: str, subscription: str) -> None:
    caller_of(request).permit(command, asked_by(None, subscription), unknown=UNKNOWN_LINE)


async def may_submit(host: HostContext, request: Request, body: Submission) -> Submission:
    """A request of somebody else's cannot be named as the one before, either."""
    caller = caller_of(request)
    caller.permit(SubmitCancellation.type, asked_by(body, body.subscription), unknown=UNKNOWN_LINE)
    before = body.resubmission_of
    if caller.claims and before and await asyncio.to_thread(party_of, host.store, before) != body.subscription:
        raise Problem(UNKNOWN_REQUEST, about=before)
    return caller.in_own_name(body)


def may_report(request: Request, body: LoginProblem) -> LoginProblem:
    caller_of(request).permit(CANNOT_LOG_IN, asked_by(body, body.subscription), unknown=UNKNOWN_LINE)
    return caller_of(request).in_own_name(body)
