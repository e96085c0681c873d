"""What intake says: requests taken in or returned, and the customer's later words after intake has checked them."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.carrier.subscriptions import Subscription
from contracts.decisions import Disclosure
from contracts.meaning import (
    COMPLAINT,
    COMPLAINT_ANSWER,
    EVERY_COMPLAINT,
    EVERY_COMPLAINT_ANSWER,
    INFORMATION_ANSWER,
    QUOTE_VALIDITY,
    REVIEW_DECISION,
    Due,
    Stage,
)
from contracts.messages.base import ForCustomer, Message
from contracts.messages.commands import ComplaintLevel, Items, ProblemKind
from contracts.words import End, Kind, Moment, Money, Proof, Reason, Reference, RequestId, Text, Value, says_nothing

CustomersWord = Literal[
    "confirmation", "withdrawal", "reopening", "problem"
]  # without which nobody acts on a service's word


class Application(Value):
    """What was asked for, complete and checked; the later services carry it along instead of asking for it."""

    kind: Kind
    items: Items
    reason: Reason
    requested_end: Moment
    accepted_at: Moment
    proof: Proof = Proof()
    resubmission_of: RequestId | None = None
    policy: str
    free_exit: Annotated[str | None, Field(exclude_if=says_nothing)] = None  # the ground the customer claims


class Fault(Value):
    """One thing wrong with a form: where, what, and what to do."""

    field: str
    code: str
    message: Text
    hint: Text


class RequestAccepted(ForCustomer):
    type = "request.accepted.v1"
    reaches = Stage.IN_REVIEW
    starts = Due(REVIEW_DECISION)

    application: Application
    subscription: Subscription


class RequestReturned(ForCustomer):
    """Incomplete or wrong data: every fault at once. Resubmit under a new id that names this one."""

    type = "request.returned.v1"
    ends = End.RETURNED

    faults: tuple[Fault, ...]


class SubmissionJoined(Message):
    """The same thing is already on its way: the other request is the one to follow (N15)."""

    type = "submission.joined.v1"
    reaches = Stage.JOINED

    joined: RequestId


class CommandAwaited(Message):
    """It came before the request that it is about: kept until then, refused if that has not come by `until`."""

    type = "command.awaited.v1"

    command: str
    until: Moment


class InformationSupplied(Message):
    type = "information.supplied.v1"
    stops = (INFORMATION_ANSWER,)

    answers: dict[str, Reference]


class ConfirmationGiven(ForCustomer):
    """The customer said yes; billing decides whether the quote still stood."""

    type = "confirmation.given.v1"
    reaches = Stage.CONFIRMED
    stops = (QUOTE_VALIDITY,)

    quote_version: int
    clauses_acknowledged: bool
    given_at: Moment
    proof: Proof
    disclosure: Disclosure | None = None


class PaymentRetried(Message):
    type = "payment.retried.v1"


class WithdrawalRequested(ForCustomer):
    """Whichever service holds the request now decides whether it is in time."""

    type = "withdrawal.requested.v1"


class ReopeningRequested(ForCustomer):
    """The customer wants a closed line back and agrees to the fee; termination, which has the number, decides."""

    type = "reopening.requested.v1"

    fee: Money
    given_at: Moment
    proof: Proof
    disclosure: Disclosure | None = None


class WordRecalled(Message):
    """An operator asked what the customer had said, and intake says it again; a yes with the quote it was given to."""

    type = "word.recalled.v1"

    word: CustomersWord
    quote_version: int | None = None


class FeeDisputed(ForCustomer):
    type = "fee.disputed.v1"

    lines: tuple[str, ...]
    ground: str


class ProblemReported(ForCustomer):
    type = "problem.reported.v1"

    problem: ProblemKind
    items: Items


class AccountChecked(ForCustomer):
    """A caller could not log in: what the CRM says of the account, and what to do now (R31)."""

    type = "account.checked.v1"
    reaches = Stage.ACCOUNT_CHECKED

    account: str
    advice: Text


class ComplaintRound(Value):
    """What both sides said at one level of a complaint; no `answer` where none came."""

    level: ComplaintLevel
    ground: str
    words: str = ""
    reference: Reference | None = None
    at: Moment
    answer_due: Moment | None = None
    answer: Reference | None = None
    reason: str = ""
    answered_at: Moment | None = None


class ComplaintEscalated(ForCustomer):
    """`before`: every earlier round, so that this level has both sides. `reopened`: at the same level once more."""

    type = "complaint.escalated.v1"
    opens = COMPLAINT
    settles = EVERY_COMPLAINT  # the next level takes over from the one below
    starts = Due(COMPLAINT_ANSWER, "answer_due")
    stops = (EVERY_COMPLAINT_ANSWER,)

    level: ComplaintLevel
    ground: str
    answer_due: Moment | None
    reference: Reference | None = None
    clauses: tuple[str, ...] = ()
    words: str = ""
    before: tuple[ComplaintRound, ...] = ()
    reopened: bool = False


class ComplaintAnswered(ForCustomer):
    type = "complaint.answered.v1"
    settles = COMPLAINT
    stops = (COMPLAINT_ANSWER,)

    level: ComplaintLevel
    answer: Reference
    late: bool
    reason: str = ""
