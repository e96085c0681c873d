"""Putting a wrong or half-done switch-off right: turn on what should be on, switch off what should be off (R34, A1)."""

from datetime import datetime

from contracts.carrier.asks import Switched
from contracts.messages.commands import ProblemKind, ReportProblem
from contracts.messages.intake import ProblemReported
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import ItemEnded, TerminationReprocessed
from contracts.refusals import refused
from contracts.words import ItemId
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Decision
from services.termination import reopening
from services.termination.case import (
    RESTORE,
    SWITCH_OFF,
    TerminationCase,
    ask_again,
    cured,
    resolved,
    switch,
    when_done,
)


def reported(case: TerminationCase | None, message: ProblemReported, now: datetime, pack: Pack) -> Decision:
    """`items` names what was wrongly switched off; what the request asked for is switched off anew, all of it."""
    if case is None or case.state not in ("running", "done") or case.repairing or _is_back(case):
        return Decision(events=(refused(message.request_id, ReportProblem.type, "nothing-to-repair"),))
    if case.state == "running":
        return _drive_on(case, message)
    wronged = tuple(item for item in message.items if item not in case.items)
    if message.problem is not ProblemKind.WRONG_ITEM:
        wronged = ()
    repairing = case.model_copy(update={"restoring": wronged, "restored": (), "repairing": case.items, "open": True})
    calls = [switch(case, RESTORE, item) for item in wronged] + [switch(case, SWITCH_OFF, item) for item in case.items]
    return Decision(repairing.model_copy(update={"ended": ()}), calls=tuple(calls))


def _is_back(case: TerminationCase) -> bool:
    """A line that was reopened, or is about to be: nothing of it is to be switched off any more."""
    return case.kept is not None and case.kept.state not in ("quarantined", "released")


def _drive_on(case: TerminationCase, message: ProblemReported) -> Decision:
    """Still under way: what was refused is asked for again, at once."""
    noted, calls = ask_again(case, (item for item in case.refused if item in case.items))
    return Decision(noted, calls=calls) if calls else NOTHING


def restored(case: TerminationCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    item = message.note
    if case.kept is not None and case.kept.state == "restoring":
        return reopening.restored(case, message.answer, now, pack)
    left = tuple(each for each in case.restoring if each != item)
    changes = {"restoring": left, "restored": (*case.restored, item)}
    return _perhaps_done(cured(case, item).model_copy(update=changes), _solved(case, item))


def switched_off(case: TerminationCase, answer: Switched, now: datetime) -> Decision:
    at = when_done(answer.at, case.when.service_end, now)
    ended = ItemEnded(item=answer.item, at=at, reference=answer.reference)
    left = tuple(each for each in case.repairing if each != answer.item)
    changes = {"repairing": left, "ended": (*case.ended, ended)}
    return _perhaps_done(cured(case, answer.item).model_copy(update=changes), _solved(case, answer.item))


def _solved(case: TerminationCase, item: ItemId) -> tuple[AttentionResolved, ...]:
    return (resolved(case, item),) if item in case.refused else ()


def _perhaps_done(case: TerminationCase, solved: tuple[AttentionResolved, ...]) -> Decision:
    if case.restoring or case.repairing:
        return Decision(case, solved)
    event = TerminationReprocessed(
        request_id=case.request_id, audience=case.to_whom, restored=case.restored, ended=case.ended
    )
    waits = case.kept is not None and case.kept.state == "quarantined"
    return Decision(case.model_copy(update={"open": waits}), (*solved, event))
