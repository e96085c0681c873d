"""A customer in each phase of a request, up to where it stands still; the stage that intake is in then."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from contracts.messages import commands, ops
from tests.flow.customer import WHO, confirm, dispute, reopen, submit, withdraw
from tests.flow.system import System, new_id

DAY = timedelta(days=1)


class Phase(NamedTuple):
    subscription: str
    begin: Callable[[System, str], str]
    stage: str
    finish: Callable[[System, str], object] = lambda system, request: (
        None
    )  # what it waits for, where time alone is not enough


def _submitted(system: System, subscription: str) -> str:
    return submit(system, subscription)


def _confirmed(system: System, subscription: str) -> str:
    request = submit(system, subscription)
    confirm(system, request)
    return request


def _withdrawn(system: System, subscription: str) -> str:
    request = submit(system, subscription)
    withdraw(system, request)
    return request


def _returned(system: System, subscription: str) -> str:
    return submit(system, subscription, "video-pack", channel="hotline", proof={})


def _quoted_and_disputed(system: System, subscription: str) -> str:
    request = submit(system, subscription)
    dispute(system, request)
    return request


def _disputed(system: System, subscription: str) -> str:
    request = _quoted_and_disputed(system, subscription)
    confirm(system, request)
    system.advance(40 * DAY)
    return request


def _complained(system: System, subscription: str) -> str:
    request = _confirmed(system, subscription)
    system.advance(40 * DAY)
    system.say(commands.EscalateComplaint(request_id=request, channel="web", level="operator", ground="unfair-fee"))
    return request


def _ending_number(system: System, subscription: str) -> str:
    return submit(system, subscription, kind="port-out")


def _coded(system: System, subscription: str) -> str:
    request = _ending_number(system, subscription)
    confirm(system, request)
    return request


def _ported(system: System, subscription: str) -> str:
    request = _coded(system, subscription)
    system.books.port_away(subscription)
    system.advance(2 * DAY)
    return request


def _reopened(system: System, subscription: str) -> str:
    request = _confirmed(system, subscription)
    reopen(system, request)
    return request


def _locked_out(system: System, subscription: str) -> str:
    problem = {"problem": "cannot-log-in", "subscription": subscription}
    request = new_id(f"locked/{subscription}")
    return system.say(commands.ReportProblem(request_id=request, channel="hotline", **problem))


def _reviewed(system: System, request: str) -> None:
    system.say(ops.ReviewDecided(request_id=request, approve=False, **WHO))


def _ruled(system: System, request: str) -> None:
    system.say(ops.DisputeDecided(request_id=request, outcome="upheld", **WHO))


def _replied(system: System, request: str) -> None:
    system.say(ops.ComplaintReplied(request_id=request, level="operator", answer="letter-1", **WHO))


def _mended(system: System, request: str) -> None:
    system.carrier_acts("/customers/sub-stuckitem01/fix-item", item="music-pack")
    system.say(ops.RetryOrdered(request_id=request, incident="switch-off:music-pack", **WHO))


UNDER_WAY = {
    "information required": Phase("sub-norealname01", _submitted, "information-required"),
    "in review": Phase("sub-business01", _submitted, "referred", _reviewed),
    "quoted": Phase("sub-linecontract01", _submitted, "quoted"),
    "quoted and disputed": Phase("sub-disputeupheld01", _quoted_and_disputed, "quoted", _ruled),
    "port-out quoted": Phase("sub-portclear01", _ending_number, "quoted"),
    "payment failed": Phase("sub-declinealways01", _confirmed, "payment-failed"),
    "scheduled": Phase("sub-linecontract01", _confirmed, "scheduled"),
    "switching off": Phase("sub-stuckitem01", _confirmed, "switching-off", _mended),
    "number on its way": Phase("sub-lineplain01", _confirmed, "closed"),
    "disputed": Phase("sub-disputeupheld01", _disputed, "closed", _ruled),
    "complained": Phase("sub-linecontract01", _complained, "closed", _replied),
    "code issued": Phase("sub-portclear01", _coded, "closed"),
}
JUST_OVER = {
    "returned": Phase("sub-incomplete02", _returned, "returned"),
    "rejected": Phase("sub-arrears01", _submitted, "rejected"),
    "withdrawn": Phase("sub-linecontract01", _withdrawn, "withdrawn"),
    "ported": Phase("sub-portclear01", _ported, "closed"),
    "reopened": Phase("sub-reopened01", _reopened, "closed"),
    "locked out": Phase("sub-locked01", _locked_out, ""),
}
PHASES = UNDER_WAY | JUST_OVER
