"""What review says: yes, no and why, what is missing, or that a person must look."""

from contracts.carrier.subscriptions import Subscription
from contracts.decisions import DecisionRecord
from contracts.meaning import INFORMATION_ANSWER, REVIEW_DECISION, Due, Stage
from contracts.messages.base import ForCustomer
from contracts.messages.intake import Application
from contracts.words import End, Moment, Text, Value


class Ground(Value):
    """Why a decision fell as it did: rule, clause, the reason in words and what the customer can do next."""

    code: str
    rule: str
    clause: str
    reason: Text
    remedy: Text


class RequestApproved(ForCustomer):
    """Hands everything billing needs onwards, so that nothing has to be joined from two topics."""

    type = "request.approved.v1"
    reaches = Stage.APPROVED
    settles = REVIEW_DECISION
    stops = (REVIEW_DECISION, INFORMATION_ANSWER)

    application: Application
    subscription: Subscription
    by: str
    rules: tuple[str, ...]
    decision: DecisionRecord | None = None


class RequestRejected(ForCustomer):
    type = "request.rejected.v1"
    ends = End.REJECTED
    settles = REVIEW_DECISION
    stops = (REVIEW_DECISION, INFORMATION_ANSWER)

    grounds: tuple[Ground, ...]
    by: str
    decision: DecisionRecord | None = None


class InformationRequired(ForCustomer):
    type = "information.required.v1"
    reaches = Stage.INFORMATION_REQUIRED
    starts = Due(INFORMATION_ANSWER, "answer_due")

    questions: tuple[Ground, ...]
    answer_due: Moment
    decision: DecisionRecord | None = None


class InformationOverdue(ForCustomer):
    type = "information.overdue.v1"
    ends = End.EXPIRED
    stops = (REVIEW_DECISION, INFORMATION_ANSWER)

    questions: tuple[Ground, ...]


class ReviewReferred(ForCustomer):
    """A person decides on the console; `decide_by` is the promise that keeps running."""

    type = "review.referred.v1"
    reaches = Stage.REFERRED
    opens = REVIEW_DECISION
    starts = Due(REVIEW_DECISION, "decide_by")
    stops = (INFORMATION_ANSWER,)

    grounds: tuple[Ground, ...]
    decide_by: Moment
    decision: DecisionRecord | None = None


class ReviewOverdue(ForCustomer):
    """The person has not decided in time; the customer is told and the operators are."""

    type = "review.overdue.v1"

    decide_by: Moment
