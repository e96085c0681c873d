"""What termination decides: when it ends, item by item, and how a late or wrong end is put right.

The first switch-off that is asked for is the pivot: until then a withdrawal is in time, after it only forward.
"""

from datetime import datetime

from contracts.carrier.asks import Ask, Switched
from contracts.messages.commands import WithdrawCancellation
from contracts.messages.intake import WithdrawalRequested
from contracts.messages.ops import ElsewhereGround, ElsewhereNoted, RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved, RequestWithdrawn
from contracts.messages.termination import (
    ItemEnded,
    ItemTerminated,
    ServiceTerminated,
    TerminationLate,
    TerminationScheduled,
)
from contracts.refusals import refused
from contracts.words import ItemId, Kind, Text
from policies.deciding import record
from policies.kept_numbers import number_free_from
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Answered, Call, Decision, Refused
from services.termination import porting, reopening, repair
from services.termination.case import (
    PORT_CODE,
    SWITCH_OFF,
    Kept,
    TerminationCase,
    ask_again,
    cured,
    incident_of,
    operation_for,
    refused_once_more,
    resolved,
    switch,
    when_done,
)

SERVICE_END, PROMISE = "service-end", porting.PROMISE  # the alarms
WITHDRAW, UNBELIEVABLE = WithdrawCancellation.type, "unbelievable-answer"
CLOSED = "already-closed"  # what the carrier says of a line that somebody else has closed
ON_TIME = Text(zh="已按承诺日期终止。", en="It ended by the promised date.")
TOO_LATE = Text(
    zh="终止晚于承诺日期，延误费用予以减免。", en="It ended after the promised date; what the delay cost is waived."
)
OVERDUE = Text(zh="承诺日期已过，仍有业务未关闭。", en="The promised date has passed with items still on.")


# ---- the way to the end ----------------------------------------------------------------------------------------------


def schedule(case: TerminationCase, withdrawal_wanted: bool, now: datetime) -> Decision:
    if withdrawal_wanted:
        return _withdrawn(case)
    end = case.when.service_end
    assert end is not None
    if now >= end:
        return _start(case)
    event = TerminationScheduled(
        request_id=case.request_id, audience=case.to_whom, dates=case.when, items=case.items, kind=case.kind
    )
    return Decision(case, (event,), alarms=(Alarm(SERVICE_END, end),))


def begin(case: TerminationCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    return _start(case) if case.state == "scheduled" else NOTHING


def _start(case: TerminationCase) -> Decision:
    running = case.model_copy(update={"state": "running"})
    if case.kind is Kind.PORT_OUT:
        first = Call(PORT_CODE, Ask(request_id=case.request_id, subscription=case.to_whom.subscription))
    else:
        first = switch(case, SWITCH_OFF, case.items[0])
    return Decision(running, calls=(first,), alarms=(Alarm(PROMISE, case.when.promised),))


def switched_off(case: TerminationCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    """One item is off: on to the next, or told that all is done."""
    answer: Switched = message.answer
    if case.kept is not None and case.kept.state == "undoing":
        return reopening.gone_again(case, answer)
    if answer.item in case.repairing:
        return repair.switched_off(case, answer, now)
    if answer.item not in case.left:
        return NOTHING
    at = when_done(answer.at, case.when.service_end, now)
    return _is_off(case, ItemEnded(item=answer.item, at=at, reference=answer.reference), pack)


def _is_off(case: TerminationCase, ended: ItemEnded, pack: Pack) -> Decision:
    done = cured(case, ended.item).model_copy(update={"ended": (*case.ended, ended)})
    solved = (resolved(case, ended.item),) if ended.item in case.refused else ()
    if not done.left:
        return _finished(done, solved, pack)
    event = ItemTerminated(request_id=case.request_id, audience=case.to_whom, ended=ended, left=done.left)
    return Decision(done, (event, *solved), calls=_next(done, ended.item))


def _next(case: TerminationCase, after: ItemId) -> tuple[Call, ...]:
    """The next item in order that nobody has tried; a retried item does not start the rest a second time."""
    behind = case.items[case.items.index(after) + 1 :]
    tried = {*case.refused, *(ended.item for ended in case.ended)}
    following = next((item for item in behind if item not in tried), None)
    return (switch(case, SWITCH_OFF, following),) if following else ()


def _finished(case: TerminationCase, solved: tuple[AttentionResolved, ...], pack: Pack) -> Decision:
    last = max(ended.at for ended in case.ended)
    dates = case.when.model_copy(update={"effective": last})
    late = case.late or (dates.promised is not None and last > dates.promised)
    seen = {"ended": case.ended, "promised": dates.promised, "overdue": case.late}
    outcome, words, clauses = ("late", TOO_LATE, (pack.delay.clause,)) if late else ("on-time", ON_TIME, ())
    event = ServiceTerminated(
        request_id=case.request_id,
        audience=case.to_whom,
        kind=case.kind,
        ended=case.ended,
        dates=dates,
        late=late,
        decision=record("termination", outcome, seen, pack, words, clauses=clauses),
    )
    done = case.model_copy(update={"state": "done", "dates": dates, "late": late, "open": False})
    if case.kind is Kind.LINE:
        return _number_kept(done, last, solved, event, pack)
    return Decision(done, (*solved, event), alarms=(Alarm(PROMISE, None),))


def _number_kept(
    case: TerminationCase, closed: datetime, solved: tuple[AttentionResolved, ...], event: ServiceTerminated, pack: Pack
) -> Decision:
    """A closed line's case stays open until its number is free, or the line is back."""
    free = number_free_from(closed, pack)
    kept = case.model_copy(update={"open": True, "kept": Kept(free_from=free, terms=case.reopening)})
    told = event.model_copy(update={"number_free_from": free, "reopening": case.reopening})
    alarms = (Alarm(PROMISE, None), Alarm(reopening.QUARANTINE, free))
    return Decision(kept, (*solved, told), alarms=alarms)


# ---- when the carrier says no, or too late ---------------------------------------------------------------------------


def switch_refused(case: TerminationCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    """The others go on; this one waits for an operator. Of a line closed by somebody else it is off all the same."""
    item = message.note or PORT_CODE
    if message.operation == SWITCH_OFF and message.code == CLOSED and item in case.left and not case.repairing:
        return _is_off(case, ItemEnded(item=item, at=now, reference=CLOSED), pack)
    event = AttentionRequired(
        request_id=case.request_id,
        incident=incident_of(message.operation, item),
        operation=message.operation,
        code=message.code,
        detail=message.detail,
    )
    doubts = {each: key for each, key in case.doubtful.items() if each != item}
    if message.code == UNBELIEVABLE:
        doubts[item] = message.key  # it may have been done: asked under another key it would be done twice
    noted = refused_once_more(case, item).model_copy(update={"doubtful": doubts})
    going_on = message.operation == SWITCH_OFF and item not in case.refused and not case.repairing
    return Decision(noted, (event,), calls=_next(noted, item) if going_on else ())


def retry(case: TerminationCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return NOTHING
    if message.incident == porting.INCIDENT:
        return porting.retry(case, message)
    wanted = (item for item in case.refused if incident_of(operation_for(case, item), item) == message.incident)
    noted, calls = ask_again(case, wanted)
    return Decision(noted, calls=calls) if calls else NOTHING


def off_elsewhere(case: TerminationCase | None, message: ElsewhereNoted, now: datetime, pack: Pack) -> Decision:
    """A person knows that it is off, as where it was replaced: no retry would ever be answered otherwise."""
    if message.incident == PORT_CODE:
        return porting.code_elsewhere(case, message, now)
    if not message.incident.startswith(f"{SWITCH_OFF}:"):
        return NOTHING  # it is billing's
    item = message.incident.removeprefix(f"{SWITCH_OFF}:")
    if case is None or message.ground is not ElsewhereGround.OFF or not _is_an_end(case, item):
        return Decision(events=(refused(message.request_id, message.type, "not-done-elsewhere"),))
    return _is_off(case, ItemEnded(item=item, at=now, reference=message.evidence), pack)


def _is_an_end(case: TerminationCase, item: ItemId) -> bool:
    """Of a repair it is none."""
    return case.waits_for_a_person(item) and item in case.left and not case.repairing


def promise_broken(case: TerminationCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    """The promised moment has passed: tell, and drive it on (what it cost is waived once the end is known)."""
    if case.state != "running":
        return NOTHING
    seen = {"promised": message.at, "waiting": case.left}
    event = TerminationLate(
        request_id=case.request_id,
        audience=case.to_whom,
        promised=message.at,
        waiting=case.left,
        decision=record("promise", "late", seen, pack, OVERDUE, clauses=(pack.delay.clause,)),
    )
    noted, calls = ask_again(case, case.refused)
    return Decision(noted.model_copy(update={"late": True}), (event,), calls=calls)


# ---- the customer stays, or it went wrong ----------------------------------------------------------------------------


def withdraw(case: TerminationCase | None, message: WithdrawalRequested, now: datetime, pack: Pack) -> Decision:
    if case is None:  # mostly nothing follows, and it goes with its time
        return Decision(TerminationCase(request_id=message.request_id, withdrawal_wanted=True, open=False))
    if case.state == "scheduled":
        return _withdrawn(case)
    if case.state == "waiting":
        return Decision(case.model_copy(update={"withdrawal_wanted": True}))
    return Decision(events=(refused(case.request_id, WITHDRAW, "withdrawal-too-late"),))


def _withdrawn(case: TerminationCase) -> Decision:
    event = RequestWithdrawn(request_id=case.request_id, audience=case.to_whom, stage="termination")
    gone = case.model_copy(update={"state": "withdrawn", "open": False})
    return Decision(gone, (event,), alarms=(Alarm(SERVICE_END, None),))
