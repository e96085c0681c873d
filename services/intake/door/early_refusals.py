"""Refuses at once what the worker would refuse later: runs the same decisions and keeps only their refusal."""

from datetime import datetime

from contracts.messages.base import Command
from contracts.messages.shared import CommandRefused
from contracts.refusals import refused
from policies.pack import Pack
from runtime.http.problems import Problem
from services.intake.app import WIRING
from services.intake.case import IntakeCase


def refusal(case: IntakeCase | None, command: Command, now: datetime, pack: Pack) -> CommandRefused | None:
    """None means: as far as intake knows, yes. Billing or termination may still know better."""
    if case is None:
        return refused(command.request_id, command.type, "unknown-request")
    decision = WIRING.decisions[command.type](case, command, now, pack)
    return next((event for event in decision.events if isinstance(event, CommandRefused)), None)


def as_problem(no: CommandRefused) -> Problem:
    return Problem(no.code, no.reason, about=no.request_id, hint=no.hint, clauses=no.clauses)
