"""After a line is closed its number is kept: the line is reopened if asked for in time, else the number is released.

Whoever holds the number decides: a wish that termination hears of before the quarantine's alarm rings holds the number,
however long the payment takes; after the alarm it is too late. The alarm is armed again whenever a reopening fails.
"""

from datetime import datetime

from contracts.carrier.asks import Switched
from contracts.messages.billing import ReopeningDeclined, ReopeningPaid
from contracts.messages.commands import ReopenLine
from contracts.messages.intake import ReopeningRequested
from contracts.messages.ops import ReopeningAbandoned
from contracts.messages.shared import AttentionResolved
from contracts.messages.termination import (
    ItemRestored,
    LineReopened,
    NumberReleased,
    ReopeningAccepted,
    ReopeningFailed,
)
from contracts.refusals import refused
from contracts.words import Text
from policies.deciding import record
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Decision
from services.termination.case import RESTORE, SWITCH_OFF, Kept, TerminationCase, cured, resolved, switch, when_done

QUARANTINE = "number-quarantine"  # the alarm
REOPEN = ReopenLine.type
BROUGHT_BACK = Text(
    zh="号码保留期内申请恢复，已恢复原有业务。", en="Asked for while the number was kept; its services work again."
)
NOT_NOW = {
    "held": "already-reopening",
    "restoring": "already-reopening",
    "undoing": "already-reopening",
    "reopened": "already-reopened",
    "released": "number-released",
}


def requested(case: TerminationCase | None, message: ReopeningRequested, now: datetime, pack: Pack) -> Decision:
    """In time: the number is held and its alarm stands still; the moment the customer asked counts, not ours."""
    kept = case.kept if case else None
    if code := _not_possible(case, kept, message):
        clauses = kept.terms.clauses if kept and kept.terms and code == "number-released" else ()
        return Decision(events=(refused(message.request_id, REOPEN, code, clauses),))
    assert case is not None and kept is not None
    held = kept.model_copy(update={"state": "held", "attempt": kept.attempt + 1})
    event = ReopeningAccepted(
        request_id=case.request_id, attempt=held.attempt, fee=message.fee, number_free_from=kept.free_from
    )
    return Decision(_with(case, held), (event,), alarms=(Alarm(QUARANTINE, None),))


def _not_possible(case: TerminationCase | None, kept: Kept | None, message: ReopeningRequested) -> str:
    if case is None or kept is None:
        return "nothing-to-reopen"
    if kept.state in NOT_NOW:
        return NOT_NOW[kept.state]
    if case.repairing or case.restoring:
        return "repair-under-way"
    return "number-released" if message.given_at >= kept.free_from else ""


def paid(case: TerminationCase | None, message: ReopeningPaid, now: datetime, pack: Pack) -> Decision:
    """Everything that was switched off, the last first: what others need went last."""
    kept = _held(case, message.attempt)
    if case is None or kept is None:
        return NOTHING
    items = tuple(reversed(tuple(dict.fromkeys(ended.item for ended in case.ended))))
    restoring = kept.model_copy(update={"state": "restoring", "paid": message.paid, "reference": message.reference})
    new = _with(case, restoring).model_copy(update={"restoring": items})
    return Decision(new, calls=tuple(switch(case, RESTORE, item) for item in items))


def declined(case: TerminationCase | None, message: ReopeningDeclined, now: datetime, pack: Pack) -> Decision:
    """Back into the quarantine; where its end has passed meanwhile the alarm rings at once."""
    kept = _held(case, message.attempt)
    return NOTHING if case is None or kept is None else _kept_on(case, kept)


def _held(case: TerminationCase | None, attempt: int) -> Kept | None:
    kept = case.kept if case else None
    return kept if kept and kept.state == "held" and kept.attempt == attempt else None


def _kept_on(case: TerminationCase, kept: Kept) -> Decision:
    back = _with(case, kept.model_copy(update={"state": "quarantined", "paid": None, "reference": None}))
    return Decision(back, alarms=(Alarm(QUARANTINE, kept.free_from),))


# ---- the line comes back ---------------------------------------------------------------------------------------------


def restored(case: TerminationCase, answer: Switched, now: datetime, pack: Pack) -> Decision:
    kept = case.kept
    assert kept is not None
    solved = (resolved(case, answer.item),) if answer.item in case.refused else ()
    at = when_done(answer.at, case.when.effective, now)
    item = ItemRestored(item=answer.item, at=at, reference=answer.reference)
    left = tuple(each for each in case.restoring if each != answer.item)
    on = kept.model_copy(update={"restored": (*kept.restored, item)})
    new = _with(cured(case, answer.item), on).model_copy(update={"restoring": left})
    return Decision(new, solved) if left else _reopened(new, on, solved, pack)


def _reopened(case: TerminationCase, kept: Kept, solved: tuple[AttentionResolved, ...], pack: Pack) -> Decision:
    assert kept.paid is not None
    seen = {"restored": kept.restored, "paid": kept.paid, "reference": kept.reference}
    clauses = kept.terms.clauses if kept.terms else ()
    event = LineReopened(
        request_id=case.request_id,
        audience=case.to_whom,
        restored=kept.restored,
        paid=kept.paid,
        reference=kept.reference,
        dates=case.when,
        decision=record("reopening", "reopened", seen, pack, BROUGHT_BACK, clauses=clauses, paid=kept.paid),
    )
    done = _with(case, kept.model_copy(update={"state": "reopened"})).model_copy(update={"open": False})
    return Decision(done, (*solved, event))


# ---- it cannot be done -----------------------------------------------------------------------------------------------


def abandoned(case: TerminationCase | None, message: ReopeningAbandoned, now: datetime, pack: Pack) -> Decision:
    """Only while it is stuck: a switch under way decides first. What works again already goes off once more."""
    kept = case.kept if case else None
    if case is None or kept is None or not _stuck(case, kept):
        return Decision(events=(refused(message.request_id, message.type, "nothing-to-abandon"),))
    solved = tuple(resolved(case, item) for item in case.refused if item in case.restoring)
    told = kept.model_copy(update={"state": "undoing", "operator": message.operator, "reason": message.reason})
    refused_left = tuple(item for item in case.refused if item not in case.restoring)
    stopped = {"restoring": (), "refused": refused_left, "doubtful": {}, "asked_again": ()}
    undone = _with(case, told).model_copy(update=stopped)
    if not kept.restored:
        return _failed(undone, told, solved)
    calls = tuple(switch(undone, SWITCH_OFF, item.item) for item in kept.restored)
    return Decision(undone, solved, calls=calls)


def _stuck(case: TerminationCase, kept: Kept) -> bool:
    """Held: the payment is an incident of billing's, or under way; then billing gives it back when it is known."""
    if kept.state == "held":
        return True
    waiting = set(case.restoring) - (set(case.refused) - set(case.asked_again))
    doubtful = set(case.doubtful) & set(case.restoring)  # it may have been done: ask again first
    return kept.state == "restoring" and not waiting and not doubtful


def gone_again(case: TerminationCase, answer: Switched) -> Decision:
    """A restored item is off once more."""
    kept = case.kept
    assert kept is not None
    solved = (resolved(case, answer.item),) if answer.item in case.refused else ()
    left = kept.model_copy(update={"restored": tuple(each for each in kept.restored if each.item != answer.item)})
    new = _with(cured(case, answer.item), left)
    return Decision(new, solved) if left.restored else _failed(new, left, solved)


def _failed(case: TerminationCase, kept: Kept, solved: tuple[AttentionResolved, ...]) -> Decision:
    event = ReopeningFailed(
        request_id=case.request_id,
        audience=case.to_whom,
        attempt=kept.attempt,
        operator=kept.operator,
        reason=kept.reason,
        number_free_from=kept.free_from,
    )
    return _kept_on(case, kept)._replace(events=(*solved, event))


# ---- nobody wanted it back -------------------------------------------------------------------------------------------


def released(case: TerminationCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    kept = case.kept
    if kept is None or kept.state != "quarantined":
        return NOTHING
    assert case.when.effective is not None
    event = NumberReleased(
        request_id=case.request_id,
        subscription=case.to_whom.subscription,
        closed_at=case.when.effective,
        kept_until=kept.free_from,
    )
    open_still = bool(case.repairing or case.restoring)
    gone = _with(case, kept.model_copy(update={"state": "released"})).model_copy(update={"open": open_still})
    return Decision(gone, (event,))


def _with(case: TerminationCase, kept: Kept) -> TerminationCase:
    return case.model_copy(update={"kept": kept})
