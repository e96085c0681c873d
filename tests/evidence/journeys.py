"""Requests with something to prove of every kind; each returns the id. A second passes between two words."""

from collections.abc import Callable
from datetime import timedelta

from contracts.messages import commands, ops
from contracts.words import Money
from tests.flow.customer import WHO, confirm, decide_dispute, dispute, give_up, reopen, submit, withdraw
from tests.flow.system import System

SECOND = timedelta(seconds=1)


def disputed_and_given_back(system: System) -> str:
    request = submit(system, "sub-linecontract01", channel="web")
    system.advance(SECOND)
    confirm(system, request, channel="web")
    system.advance(SECOND)
    dispute(system, request)
    system.advance(timedelta(days=31))
    decide_dispute(system, request, "lowered", owed=Money(minor=100))
    return request


def free_of_charge(system: System) -> str:
    request = submit(system, "sub-freeaddon01", "video-pack")
    system.advance(SECOND)
    confirm(system, request)
    return request


def rejected(system: System) -> str:
    return submit(system, "sub-portobstacles01", kind="port-out")


def ported_out(system: System) -> str:
    request = submit(system, "sub-portclear01", kind="port-out")
    system.advance(SECOND)
    confirm(system, request)
    return request


def asked_and_answered(system: System) -> str:
    request = submit(system, "sub-norealname01")
    answers = {"identity-document": "doc-1"}
    system.advance(SECOND)
    system.say(commands.SupplyInformation(request_id=request, channel="counter", answers=answers))
    return request


def shown_a_paper(system: System) -> str:
    request = submit(system, "sub-counter01", channel="counter")
    system.advance(SECOND)
    confirm(system, request, channel="counter")
    return request


def approved_by_a_person(system: System) -> str:
    request = submit(system, "sub-business01")
    system.advance(SECOND)
    system.say(ops.ReviewDecided(request_id=request, approve=True, **WHO))
    return request


def quoted_anew(system: System) -> str:
    request = submit(system, "sub-disputelowered01")
    system.advance(SECOND)
    dispute(system, request)
    system.advance(SECOND)
    decide_dispute(system, request, "lowered", owed=Money(minor=1000))
    system.advance(SECOND)
    confirm(system, request, 2)
    return request


def held_in_dispute(system: System) -> str:
    request = submit(system, "sub-disputewaived01")
    system.advance(SECOND)
    dispute(system, request)
    system.advance(SECOND)
    confirm(system, request)
    system.advance(SECOND)
    decide_dispute(system, request, "waived")
    return request


def late(system: System) -> str:
    request = submit(system, "sub-latepromise01")
    system.advance(SECOND)
    confirm(system, request)
    system.advance(timedelta(days=3))
    system.carrier_acts("/customers/sub-latepromise01/fix-item", item="plan-basic")
    system.advance(timedelta(hours=1))
    return request


def wrongly_switched_off(system: System) -> str:
    request = submit(system, "sub-crosseditems01", "video-pack")
    system.advance(SECOND)
    confirm(system, request)
    problem = {"problem": "wrong-item", "items": ("music-pack",)}
    system.advance(SECOND)
    system.say(commands.ReportProblem(request_id=request, channel="app", **problem))
    return request


def withdrawn_after_payment(system: System) -> str:
    request = submit(system, "sub-regret01")
    system.advance(SECOND)
    confirm(system, request)
    system.advance(SECOND)
    withdraw(system, request)
    return request


def undeliverable(system: System) -> str:
    request = submit(system, "sub-unreachable01", "video-pack")
    system.advance(SECOND)
    confirm(system, request)
    return request


def returned(system: System) -> str:
    return submit(system, "sub-incomplete02", "video-pack", channel="hotline", proof={})


def reopened(system: System) -> str:
    request = submit(system, "sub-reopened01")
    system.advance(SECOND)
    confirm(system, request)
    system.advance(timedelta(days=30))
    reopen(system, request)
    return request


def reopening_given_up(system: System) -> str:
    request = submit(system, "sub-reopened02")
    system.advance(SECOND)
    confirm(system, request)
    system.advance(timedelta(days=30))
    reopen(system, request)
    system.advance(SECOND)
    give_up(system, request)
    return request


def closed_with_an_account_under_dispute(system: System) -> str:
    """The fee and last month's bill are argued about at the same time and decided one after the other."""
    request = submit(system, "sub-account03")
    system.advance(SECOND)
    dispute(system, request)
    system.advance(SECOND)
    confirm(system, request)
    system.advance(timedelta(days=31))
    decide_dispute(system, request, "upheld", about="final-account")
    system.advance(SECOND)
    decide_dispute(system, request, "waived")
    return request


ALL: tuple[Callable[[System], str], ...] = (
    disputed_and_given_back,
    closed_with_an_account_under_dispute,
    free_of_charge,
    rejected,
    ported_out,
    asked_and_answered,
    shown_a_paper,
    approved_by_a_person,
    quoted_anew,
    held_in_dispute,
    late,
    wrongly_switched_off,
    withdrawn_after_payment,
    undeliverable,
    returned,
    reopened,
    reopening_given_up,
)
