"""What review decides: the pack's decision table over the facts of the line, and what a person decided."""

from datetime import datetime
from typing import Any, Literal

from contracts.carrier.subscriptions import Subscription
from contracts.decisions import DecisionRecord
from contracts.meaning import INFORMATION_ANSWER, REVIEW_DECISION
from contracts.messages.base import Audience
from contracts.messages.commands import SupplyInformation, WithdrawCancellation
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
from policies.conditions import claim_of, facts, holding
from policies.deciding import record
from policies.decision_table import Condition
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, AlarmRang, Case, Decision
from services.review.free_exit import as_found

AUTOMATIC = "automatic"
ANSWER, DECISION = INFORMATION_ANSWER.fixed, REVIEW_DECISION.fixed  # the alarms
WORDS = {
    "approved": Text(zh="没有不能办理的情形。", en="Nothing stands against it."),
    "rejected": Text(zh="有不能办理的情形，理由逐项列明。", en="Something stands against it; every ground is named."),
    "information-required": Text(
        zh="缺少资料，补充后决定。", en="Papers are missing; it is decided once they are there."
    ),
    "referred": Text(zh="需由人工决定。", en="A person has to decide."),
}
BY_A_PERSON = {
    "approved": Text(zh="经人工核对，可以办理。", en="A person looked at it and approved."),
    "rejected": Text(zh="经人工核对，不予办理。", en="A person looked at it and declined."),
}
SENTENCE_ENDS = tuple("。！？.!?")
AFTER_A_NO = Text(zh="请先解决理由所说的问题。", en="Please put right first what the reason names.")


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
        return Decision(events=(refused(message.request_id, SupplyInformation.type, "nothing-asked"),))
    asked = {row.rule for row in pack.conditions if row.outcome == "ask"}  # answers to anything else fill the case
    told = {question: answer for question, answer in message.answers.items() if question in asked}
    return _judge(case.model_copy(update={"answers": {**case.answers, **told}}), now, pack)


def _judge(case: ReviewCase, now: datetime, pack: Pack) -> Decision:
    """No before questions, questions before a person: nobody is asked for papers only to be refused."""
    wish = case.application
    today = now.astimezone(pack.zone).date()
    claim = claim_of(wish.free_exit, pack) if wish.free_exit else None
    truths = facts(wish.kind, wish.items, case.subscription, today, pack, case.answers, claim)
    seen = {
        "application": wish,
        "subscription": case.subscription,
        "answers": case.answers,
        "today": today.isoformat(),
    }
    if no := holding(pack, wish.kind, truths, ("reject",)):
        grounds = tuple(map(_ground, no))
        return _reject(case, grounds, AUTOMATIC, _why("rejected", grounds, seen, pack))
    if questions := [row for row in holding(pack, wish.kind, truths, ("ask",)) if row.rule not in case.answers]:
        grounds = tuple(map(_ground, questions))
        return _ask(case, grounds, _why("information-required", grounds, seen, pack), now, pack)
    if doubts := holding(pack, wish.kind, truths, ("refer",)):
        grounds = tuple(map(_ground, doubts))
        return _refer(case, grounds, _why("referred", grounds, seen, pack), now, pack)
    return _approve(case, AUTOMATIC, _why("approved", (), seen, pack))


def _why(outcome: str, grounds: tuple[Ground, ...], seen: dict[str, Any], pack: Pack) -> DecisionRecord:
    rules, clauses = (ground.rule for ground in grounds), (ground.clause for ground in grounds)
    return record("review", outcome, seen, pack, WORDS[outcome], rules, clauses)


def _ground(row: Condition) -> Ground:
    return Ground(code=row.rule, rule=row.rule, clause=row.clause, reason=row.reason, remedy=row.remedy)


def _approve(case: ReviewCase, by: str, why: DecisionRecord) -> Decision:
    rules = tuple(ground.rule for ground in case.grounds)
    event = RequestApproved(
        request_id=case.request_id,
        audience=case.audience,
        application=case.application,
        subscription=as_found(case.application, case.subscription, rules, case.state == "referred")
        if case.application.free_exit
        else case.subscription,
        by=by,
        rules=rules,
        decision=why,
    )
    done = case.model_copy(update={"state": "approved", "open": False})
    alarms = (Alarm(ANSWER, None), Alarm(DECISION, None)) if case.due else ()
    return Decision(done, (event,), alarms=alarms)


def _reject(case: ReviewCase, grounds: tuple[Ground, ...], by: str, why: DecisionRecord) -> Decision:
    event = RequestRejected(request_id=case.request_id, audience=case.audience, grounds=grounds, by=by, decision=why)
    ended = case.model_copy(update={"state": "ended", "grounds": grounds, "open": False})
    alarms = (Alarm(ANSWER, None), Alarm(DECISION, None)) if case.due else ()
    return Decision(ended, (event,), alarms=alarms)


def _ask(case: ReviewCase, questions: tuple[Ground, ...], why: DecisionRecord, now: datetime, pack: Pack) -> Decision:
    """A partial answer narrows the questions; it does not give more time."""
    due = case.due or pack.due(now, pack.clocks.information_answer)
    event = InformationRequired(
        request_id=case.request_id, audience=case.audience, questions=questions, answer_due=due, decision=why
    )
    asked = case.model_copy(update={"state": "asked", "grounds": questions, "due": due})
    return Decision(asked, (event,), alarms=(Alarm(ANSWER, due),))


def _refer(case: ReviewCase, doubts: tuple[Ground, ...], why: DecisionRecord, now: datetime, pack: Pack) -> Decision:
    """By the time the customer was told when the request was accepted; after questions it begins anew."""
    by = pack.due(now if case.due else case.application.accepted_at, pack.clocks.review_decision)
    event = ReviewReferred(
        request_id=case.request_id, audience=case.audience, grounds=doubts, decide_by=by, decision=why
    )
    referred = case.model_copy(update={"state": "referred", "grounds": doubts, "due": by})
    return Decision(referred, (event,), alarms=(Alarm(ANSWER, None), Alarm(DECISION, by)))


def no_answer(case: ReviewCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
    event = InformationOverdue(request_id=case.request_id, audience=case.audience, questions=case.grounds)
    return Decision(case.model_copy(update={"state": "ended", "open": False}), (event,))


def nobody_decided(case: ReviewCase, message: AlarmRang, now: datetime, pack: Pack) -> Decision:
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
    why = _person(case, message, pack)
    if message.approve:
        return _approve(case, message.operator, why)
    said = {"reason": _declined(message.reason), "remedy": AFTER_A_NO}
    grounds = tuple(ground.model_copy(update=said) for ground in case.grounds)
    return _reject(case, grounds, message.operator, why)


def _declined(reason: str) -> Text:
    """A sentence follows it in the letter, and not everybody who types a reason ends it."""
    zh, en = ("", "") if reason.endswith(SENTENCE_ENDS) else ("。", ".")
    return Text(zh=f"人工审核未通过：{reason}{zh}", en=f"Declined by a person: {reason}{en}")


def _person(case: ReviewCase, message: ReviewDecided, pack: Pack) -> DecisionRecord:
    outcome, seen = "approved" if message.approve else "rejected", {"grounds": case.grounds, "order": message}
    rules, clauses = (ground.rule for ground in case.grounds), (ground.clause for ground in case.grounds)
    return record("review-by-a-person", outcome, seen, pack, BY_A_PERSON[outcome], rules, clauses)


def withdraw(case: ReviewCase | None, message: WithdrawalRequested, now: datetime, pack: Pack) -> Decision:
    """Review decides on it only while it holds the request; once approved, the next one does."""
    if case is None or case.state == "approved":
        return NOTHING
    if case.state == "ended":
        return Decision(events=(refused(case.request_id, WithdrawCancellation.type, "already-ended"),))
    event = RequestWithdrawn(request_id=case.request_id, audience=case.audience, stage="review")
    gone = case.model_copy(update={"state": "ended", "open": False})
    return Decision(gone, (event,), alarms=(Alarm(ANSWER, None), Alarm(DECISION, None)))
