"""A complaint climbs: operator, consumers' association, court, each with a deadline and an answer (R45, R46)."""

from datetime import datetime

from contracts.meaning import COMPLAINT
from contracts.messages.commands import (
    ComplaintLevel,
    EscalateComplaint,
)
from contracts.messages.intake import (
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintRound,
)
from contracts.messages.ops import ComplaintReplied
from contracts.messages.shared import AttentionRequired
from policies.pack import Pack
from policies.second_look import cannot_complain_again
from runtime.decision import Alarm, AlarmRang, Decision
from services.intake.case import Complaint, IntakeCase
from services.intake.follow_ups import refuse, refuse_by_clause

LEVELS = list(ComplaintLevel)


def escalate(case: IntakeCase | None, message: EscalateComplaint, now: datetime, pack: Pack) -> Decision:
    """To the next level, or the same once more: once, on a new ground, within the window after its answer."""
    if case is None:
        return refuse(message, "unknown-request")
    if code := _cannot_complain(case.complaint, message, now, pack):
        return refuse_by_clause(message, code, pack)
    before = case.complaint.rounds if case.complaint else ()
    due = pack.due(now, pack.clocks.complaint_answer[message.level])
    event = ComplaintEscalated(
        request_id=case.request_id,
        audience=case.audience,
        level=message.level,
        ground=message.ground,
        answer_due=due,
        reference=message.reference,
        clauses=tuple(pack.complaint_clauses.get(message.level, ())),
        words=message.words,
        before=before,
        reopened=case.complaint is not None and case.complaint.level is message.level,
    )
    complaint = Complaint(level=message.level, answer_due=due, rounds=(*before, _round(message, now, due)))
    return Decision(case.model_copy(update={"complaint": complaint}), (event,), alarms=(Alarm("complaint", due),))


def _cannot_complain(complaint: Complaint | None, message: EscalateComplaint, now: datetime, pack: Pack) -> str:
    if complaint is None or LEVELS.index(message.level) > LEVELS.index(complaint.level):
        return ""
    if message.level is not complaint.level or not complaint.answered or not complaint.rounds:
        return "complaint-not-higher"
    earlier = [each.ground for each in complaint.rounds if each.level is message.level]
    return cannot_complain_again(earlier, message.ground, complaint.rounds[-1].answered_at, now, pack)


def _round(message: EscalateComplaint, now: datetime, due: datetime) -> ComplaintRound:
    return ComplaintRound(
        level=message.level,
        ground=message.ground,
        words=message.words,
        reference=message.reference,
        at=now,
        answer_due=due,
    )


def reply_to_complaint(case: IntakeCase | None, message: ComplaintReplied, now: datetime, pack: Pack) -> Decision:
    complaint = case.complaint if case else None
    if case is None or complaint is None or complaint.answered or complaint.level is not message.level:
        return refuse(message, "no-open-complaint")
    event = ComplaintAnswered(
        request_id=case.request_id,
        audience=case.audience,
        level=message.level,
        answer=message.answer,
        late=now > complaint.answer_due,
        reason=message.reason,
    )
    answered = case.model_copy(update={"complaint": _answered(complaint, message, now)})
    return Decision(answered, (event,), alarms=(Alarm("complaint", None),))


def _answered(complaint: Complaint, message: ComplaintReplied, now: datetime) -> Complaint:
    said = {"answer": message.answer, "reason": message.reason, "answered_at": now}
    rounds = tuple(each.model_copy(update=said) for each in complaint.rounds[-1:])
    return complaint.model_copy(update={"answered": True, "rounds": (*complaint.rounds[:-1], *rounds)})


def complaint_overdue(case: IntakeCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    assert case.complaint is not None
    event = AttentionRequired(
        request_id=case.request_id,
        incident=COMPLAINT.fixed + case.complaint.level,
        operation="complaint-answer",
        code="overdue",
        detail=f"no answer by {case.complaint.answer_due.isoformat()}",
    )
    return Decision(case, (event,))
