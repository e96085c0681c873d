"""Commands that come before their request: kept for a while, decided when it comes, refused when it does not.

Which partition a key goes to is its publisher's choice, so of two commands the later may be heard first.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from contracts.messages.base import Audience, Command
from contracts.messages.commands import EscalateComplaint, ProblemKind, ReportProblem, SubmitCancellation
from contracts.messages.intake import CommandAwaited
from policies.pack import Pack
from runtime.decision import NOTHING, PLACES, Alarm, AlarmRang, Decision, Taken
from runtime.wiring import Decide, Hears, OnTaken
from services.intake.case import EarlyCommand, IntakeCase, begun
from services.intake.follow_ups import refuse

AWAITED = "awaited-request"  # the alarm
NOBODY_YET = "sub-unknown"  # no follow-up names a line: its request will
MOST_EARLY = 20
TRIED = 8  # places: while half of them are free, one of these nearly always is


def once_known(follow_up: Hears, follow_ups: Sequence[Hears]) -> Hears:
    """What it decides for a request that is known; until then the command waits for it."""
    first_word = as_it_comes(follow_up.decide, follow_ups)

    def decided(case: IntakeCase | None, message: Any, now: datetime, pack: Pack) -> Decision:
        if isinstance(message, ReportProblem) and message.problem is ProblemKind.CANNOT_LOG_IN:
            return first_word(case, message, now, pack)
        if not _is_known(case, message):
            return _keep(case, message, now, pack)
        return follow_up.decide(case, message, now, pack)

    return follow_up._replace(decide=decided)


def as_it_comes(decide: Decide, follow_ups: Sequence[Hears]) -> Decide:
    """`decide` for what brings a request, and then what waited for that, in the order in which it came."""

    def decided(case: IntakeCase | None, message: Any, now: datetime, pack: Pack) -> Decision:
        if case is None or not case.early:
            return decide(case, message, now, pack)
        decision = decide(None if case.awaited else case, message, now, pack)
        if not isinstance(decision.case, IntakeCase):
            return decision
        waits = tuple(each for each in case.early if not _is_known(decision.case, each.command))
        for each in (each for each in case.early if each not in waits):
            decision = _then(decision, each.command, follow_ups, now, pack)
        assert decision.case is not None
        left = decision._replace(case=decision.case.model_copy(update={"early": waits}))
        if waits:
            return left
        return left._replace(alarms=(*left.alarms, Alarm(AWAITED, None)), release=True)

    return decided


def given_up(case: IntakeCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    if case.submit is not None:
        return NOTHING
    refusals = tuple(event for each in case.early for event in refuse(each.command, "unknown-request").events)
    if case.awaited:
        return Decision(events=refusals, forget=True)
    return Decision(case.model_copy(update={"early": (), "open": False}), refusals, release=True)


def or_no_place(taken: OnTaken) -> OnTaken:
    """What it decides for a request that is known; one that is waited for has not found a place to wait in."""

    def decided(case: IntakeCase | None, message: Taken, now: datetime, pack: Pack) -> Decision:
        if isinstance(message.message, Command) and not isinstance(message.message, SubmitCancellation):
            return refuse(message.message, "too-many-waiting")
        return taken(case, message, now, pack)

    return decided


def _is_known(case: IntakeCase | None, command: Command) -> bool:
    """Whoever could not log in has asked for nothing yet: what follows that is a complaint, or comes too early."""
    if case is None or case.submit is not None:
        return case is not None
    return case.login_problem is not None and isinstance(command, EscalateComplaint)


def _keep(case: IntakeCase | None, message: Command, now: datetime, pack: Pack) -> Decision:
    early = case.early if case else ()
    if len(early) >= MOST_EARLY and _has_its_place(message, early):
        return refuse(message, "unknown-request")
    audience = Audience(subscription=NOBODY_YET, channel=message.channel)
    new = case or begun(message, audience, now)
    kept = EarlyCommand(type=message.type, body=message.model_dump_json())
    anew = not early or not new.awaited
    until = pack.due(now if anew else new.received_at, pack.clocks.awaited_request)
    event = CommandAwaited(request_id=message.request_id, command=message.type, until=until)
    waits = Decision(new.model_copy(update={"early": (*early, kept), "open": True}), (event,))
    waits = waits._replace(alarms=(Alarm(AWAITED, until),)) if anew else waits
    return waits if early else waits._replace(places=_places(message, pack))


def _places(message: Command, pack: Pack) -> tuple[str, ...]:
    """Where it may wait, by its id: of a channel no more requests are waited for than it has places."""
    digest = sha256(message.request_id.encode()).digest()
    numbers = (int.from_bytes(digest[at : at + 4]) % pack.most_awaited for at in range(0, len(digest), 32 // TRIED))
    return tuple(f"{PLACES}{message.channel}/{number}" for number in dict.fromkeys(numbers))


def _has_its_place(message: Command, early: Sequence[EarlyCommand]) -> bool:
    """However much others send, the first command of a kind from each channel is kept."""
    alike = (each for each in early if each.type == message.type)
    return any(each.command.channel == message.channel for each in alike)


def _then(decision: Decision, command: Command, follow_ups: Sequence[Hears], now: datetime, pack: Pack) -> Decision:
    decide = next(each.decide for each in follow_ups if each.model is type(command))
    following = decide(decision.case, command, now, pack)
    return decision._replace(
        case=following.case or decision.case,
        events=(*decision.events, *following.events),
        calls=(*decision.calls, *following.calls),
        alarms=(*decision.alarms, *following.alarms),
        release=decision.release or following.release,
    )
