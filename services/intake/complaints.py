"""A complaint climbs: operator, consumers' association, court, each with a deadline and an answer (R45, R46)."""

from datetime import datetime

from contracts.messages.commands import (
    ComplaintLevel,
    EscalateComplaint,
)
from contracts.messages.intake import (
    ComplaintAnswered,
    ComplaintEscalated,
)
from contracts.messages.ops import ComplaintReplied
from contracts.messages.shared import AttentionRequired
from policies.pack import Pack
from runtime.decision import Alarm, Decision, Rung
from services.intake.case import Complaint, IntakeCase
from services.intake.later import refuse

LEVELS = list(ComplaintLevel)


def escalate(case: IntakeCase | None, message: EscalateComplaint, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return refuse(message, "unknown-request")
    if case.complaint and LEVELS.index(message.level) <= LEVELS.index(case.complaint.level):
        return refuse(message, "complaint-not-higher")
    due = pack.due(now, pack.clocks.complaint_answer[message.level])
    event = ComplaintEscalated(
        request_id=case.request_id,
        audience=case.audience,
        level=message.level,
        ground=message.ground,
        answer_due=due,
        reference=message.reference,
        clauses=tuple(pack.complaint_clauses.get(message.level, ())),
    )
    complaint = Complaint(level=message.level, answer_due=due)
    return Decision(case.model_copy(update={"complaint": complaint}), (event,), alarms=(Alarm("complaint", due),))


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
    )
    answered = case.model_copy(update={"complaint": complaint.model_copy(update={"answered": True})})
    return Decision(answered, (event,), alarms=(Alarm("complaint", None),))


def complaint_overdue(case: IntakeCase, message: Rung, now: datetime, pack: Pack) -> Decision:
    assert case.complaint is not None
    event = AttentionRequired(
        request_id=case.request_id,
        incident=f"complaint-{case.complaint.level}",
        operation="complaint-answer",
        code="overdue",
        detail=f"no answer by {case.complaint.answer_due.isoformat()}",
    )
    return Decision(case, (event,))
