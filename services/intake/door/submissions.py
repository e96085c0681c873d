"""What each POST and GET of the door does, once the body is read and the key is new."""

import asyncio
from datetime import UTC, datetime

from fastapi import Request

from contracts.messages.base import Command
from contracts.messages.commands import ReportProblem, SubmitCancellation
from contracts.words import RequestId, Text
from policies.pack import Pack
from runtime.envelope import derived_id
from runtime.http.bodies import message_of
from runtime.http.host_context import HostContext
from runtime.http.problems import Fault, Problem
from runtime.kernel.store import Store
from services.intake.case import IntakeCase
from services.intake.door.bodies import LoginProblem, Submission
from services.intake.door.early_refusals import as_problem, refusal
from services.intake.door.idempotency import Handed, Replies
from services.intake.door.lookup import SOMEBODY, Place, case_of, known_case, place_of
from services.intake.door.publish_once import Accepted, accepted, hand_over
from services.intake.door.status import Status, received, status

NO_LOGIN_PROBLEM = Text(zh="该号码没有待办理的登录问题", en="No login problem of this line waits here")


async def file_submission(host: HostContext, request: Request, key: str, body: Submission, now: datetime) -> Accepted:
    """What is on its way already is answered with its id; nothing is published for it."""
    place, known = await asyncio.to_thread(_placed, host.store, body)
    request_id = place.request_id
    if not place.holder:
        await _hand_over_first(host, request, key, message_of(SubmitCancellation, request_id, body), now)
    return accepted(request_id, now, joined=known)


async def file_login_problem(
    host: HostContext, request: Request, key: str, body: LoginProblem, now: datetime
) -> Accepted:
    request_id = derived_id("login-problem", f"{body.channel}/{key}/{body.subscription}")
    await _hand_over_first(host, request, key, message_of(ReportProblem, request_id, body), now)
    return accepted(request_id, now)


async def follow_up(host: HostContext, request: Request, key: str, command: Command, now: datetime) -> Accepted:
    """Refused at once where the worker would refuse it; what follows its request closely is let through in order."""
    case, handed = await asyncio.to_thread(_heard_of, host.store, command.request_id)
    if handed is None and (no := refusal(case, command, now, _pack(host, case))):
        raise as_problem(no)
    await hand_over(host, request, key, command, now)
    return accepted(command.request_id, now)


async def look_up(host: HostContext, request_id: RequestId) -> Status:
    _, found = await seen(host, request_id)
    return found


async def seen(host: HostContext, request_id: RequestId) -> tuple[int, Status]:
    """With the number of its changes so far: none while the worker has not come to it."""
    if known := await asyncio.to_thread(known_case, host.store, request_id):
        return known.version, shown(host, known.case)
    if handed := await asyncio.to_thread(Replies(host.store).received, request_id):
        return 0, received(handed, datetime.now(UTC), host.pack)
    raise Problem("unknown-request", about=request_id)


def shown(host: HostContext, case: IntakeCase) -> Status:
    return status(case, datetime.now(UTC), _pack(host, case))


def _pack(host: HostContext, case: IntakeCase | None) -> Pack:
    """The edition under which it was taken in."""
    return host.pack_of(case.application.policy) if case and case.application else host.pack


async def _hand_over_first(host: HostContext, request: Request, key: str, command: Command, now: datetime) -> None:
    await hand_over(host, request, key, command, now)
    await asyncio.to_thread(Replies(host.store).note_received, command, now)


def _placed(store: Store, body: Submission) -> tuple[Place, bool]:
    """Where it belongs, and whether it is filed there already."""
    place = place_of(store, message_of(SubmitCancellation, SOMEBODY, body))
    if place.holder:
        return place, True
    if body.login_problem is not None:
        _check_login_problem(store, body)
        place = Place(body.login_problem, holder=False)
    return place, _is_filed(store, place.request_id)


def _is_filed(store: Store, request_id: RequestId) -> bool:
    """A login problem alone is not a request yet."""
    case = case_of(store, request_id)
    handed = Replies(store).received(request_id)
    return (case is not None and case.submit is not None) or (
        handed is not None and isinstance(handed.message, SubmitCancellation)
    )


def _heard_of(store: Store, request_id: RequestId) -> tuple[IntakeCase | None, Handed | None]:
    """Its case; where there is none yet, how it was handed to the broker."""
    case = case_of(store, request_id)
    return case, None if case else Replies(store).received(request_id)


def _check_login_problem(store: Store, body: Submission) -> None:
    assert body.login_problem is not None
    first = _login_problem(store, body.login_problem)
    if first is None or first.subscription != body.subscription:
        fault = Fault("/login_problem", NO_LOGIN_PROBLEM)
        raise Problem("wrong-login-problem", faults=[fault])


def _login_problem(store: Store, request_id: RequestId) -> ReportProblem | None:
    """Decided or still on its way, as long as nothing was filed under it."""
    case, handed = _heard_of(store, request_id)
    if case:
        return None if case.submit else case.login_problem
    return handed.message if handed and isinstance(handed.message, ReportProblem) else None
