"""What review decides: the pack's decision table over the facts of the line, and what a person decided."""

from datetime import datetime
from typing import Literal

from contracts.carrier import Subscription
from contracts.messages.base import Audience
from contracts.messages.intake import Application, InformationSupplied, RequestAccepted, WithdrawalRequested
from contracts.messages.ops import ReviewDecided
from contracts.messages.review import (
    Ground,
    InformationOverdue,
    InformationRequired,
    RequestApproved,
    RequestRejected,
    ReviewOverdue,
    ReviewReferred,
)
from contracts.messages.shared import AttentionRequired, RequestWithdrawn
from contracts.refusals import refused
from contracts.words import Moment, Reference, Text
from policies.conditions import facts, holding
from policies.pack import Condition, Pack
from runtime.decision import NOTHING, Alarm, Case, Decision, Rung

AUTOMATIC = "automatic"
ANSWER, DECISION = "information-answer", "review-decision"  # the alarms


class ReviewCase(Case):
    application: Application
    subscription: Subscription
    audience: Audience
    state: Literal["asked", "referred", "approved", "ended"]
    answers: dict[str, Reference] = {}
    grounds: tuple[Ground, ...] = ()
    due: Moment | None = None


def review(case: ReviewCase | None, message: RequestAccepted, now: datetime, pack: Pack) -> Decision:
    if case is not None:
        return NOTHING
    new = ReviewCase(
        request_id=message.request_id,
        application=message.application,
        subscription=message.subscription,
        audience=message.audience,
        state="asked",
        answers=_brought_along(message.application),
    )
    return _judge(new, now, pack)


def _brought_along(application: Application) -> dict[str, Reference]:
    """A document shown at the counter answers the question for it before it is asked."""
    document = application.proof.identity_document
    return {"identity-document": document} if document else {}


def supplied(case: ReviewCase | None, message: InformationSupplied, now: datetime, pack: Pack) -> Decision:
    if case is None or case.state != "asked":
        return Decision(events=(refused(message.request_id, "information.supply.v1", "nothing-asked"),))
    return _judge(case.model_copy(update={"answers": {**case.answers, **message.answers}}), now, pack)


def _judge(case: ReviewCase, now: datetime, pack: Pack) -> Decision:
    """No before questions, questions before a person: nobody is asked for papers only to be refused."""
    wish = case.application
    today = now.astimezone(pack.zone).date()
    truths = facts(wish.kind, wish.items, case.subscription, today, case.answers)
    if no := holding(pack, wish.kind, truths, ("reject",)):
        return _reject(case, tuple(map(_ground, no)), AUTOMATIC)
    if questions := [row for row in holding(pack, wish.kind, truths, ("ask",)) if row.rule not in case.answers]:
        return _ask(case, tuple(map(_ground, questions)), now, pack)
    if doubts := holding(pack, wish.kind, truths, ("refer",)):
        return _refer(case, tuple(map(_ground, doubts)), now, pack)
    return _approve(case, AUTOMATIC)


def _ground(row: Condition) -> Ground:
    return Ground(code=row.rule, rule=row.rule, clause=row.clause, reason=row.reason, remedy=row.remedy)


def _approve(case: ReviewCase, by: str) -> Decision:
    event = RequestApproved(
        request_id=case.request_id,
        audience=case.audience,
        application=case.application,
        subscription=case.subscription,
        by=by,
        rules=tuple(ground.rule for ground in case.grounds),
    )
    done = case.model_copy(update={"state": "approved", "open": False})
    alarms = (Alarm(ANSWER, None), Alarm(DECISION, None)) if case.due else ()
    return Decision(done, (event,), alarms=alarms)


def _reject(case: ReviewCase, grounds: tuple[Ground, ...], by: str) -> Decision:
    event = RequestRejected(request_id=case.request_id, audience=case.audience, grounds=grounds, by=by)
    ended = case.model_copy(update={"state": "ended", "grounds": grounds, "open": False})
    alarms = (Alarm(ANSWER, None), Alarm(DECISION, None)) if case.due else ()
    return Decision(ended, (event,), alarms=alarms)


def _ask(case: ReviewCase, questions: tuple[Ground, ...], now: datetime, pack: Pack) -> Decision:
    """A partial answer narrows the questions; it does not give more time."""
    due = case.due or now + pack.clocks.information_answer
    event = InformationRequired(request_id=case.request_id, audience=case.audience, questions=questions, answer_due=due)
    asked = case.model_copy(update={"state": "asked", "grounds": questions, "due": due})
    return Decision(asked, (event,), alarms=(Alarm(ANSWER, due),))


def _refer(case: ReviewCase, doubts: tuple[Ground, ...], now: datetime, pack: Pack) -> Decision:
    by = now + pack.clocks.review_decision
    event = ReviewReferred(request_id=case.request_id, audience=case.audience, grounds=doubts, decide_by=by)
    referred = case.model_copy(update={"state": "referred", "grounds": doubts, "due": by})
    return Decision(referred, (event,), alarms=(Alarm(ANSWER, None), Alarm(DECISION, by)))


def no_answer(case: ReviewCase, message: Rung, now: datetime, pack: Pack) -> Decision:
    event = InformationOverdue(request_id=case.request_id, audience=case.audience, questions=case.grounds)
    return Decision(case.model_copy(update={"state": "ended", "open": False}), (event,))


def nobody_decided(case: ReviewCase, message: Rung, now: datetime, pack: Pack) -> Decision:
    assert case.due is not None
    told = ReviewOverdue(request_id=case.request_id, audience=case.audience, decide_by=case.due)
    seen = AttentionRequired(
        request_id=case.request_id,
        incident=DECISION,
        operation=DECISION,
        code="overdue",
        detail=f"nobody decided by {case.due.isoformat()}",
    )
    return Decision(case, (told, seen))


def decided(case: ReviewCase | None, message: ReviewDecided, now: datetime, pack: Pack) -> Decision:
    """An operator's word on a referred request; it stands with the operator's name and reason."""
    if case is None or case.state != "referred":
        return Decision(events=(refused(message.request_id, message.type, "nothing-to-decide"),))
    if message.approve:
        return _approve(case, message.operator)
    said = Text(zh=f"人工审核未通过：{message.reason}", en=f"Declined by a person: {message.reason}")
    grounds = tuple(ground.model_copy(update={"reason": said}) for ground in case.grounds)
    return _reject(case, grounds, message.operator)


def withdraw(case: ReviewCase | None, message: WithdrawalRequested, now: datetime, pack: Pack) -> Decision:
    """Review decides on it only while it holds the request; once approved, the next one does."""
    if case is None or case.state == "approved":
        return NOTHING
    if case.state == "ended":
        return Decision(events=(refused(case.request_id, "cancellation.withdraw.v1", "already-ended"),))
    event = RequestWithdrawn(request_id=case.request_id, audience=case.audience, stage="review")
    gone = case.model_copy(update={"state": "ended", "open": False})
    return Decision(gone, (event,), alarms=(Alarm(ANSWER, None), Alarm(DECISION, None)))
