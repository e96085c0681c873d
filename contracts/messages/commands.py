"""What a channel can ask on its own topic, `cancellation.commands.web`: by any Kafka client, or at the HTTP door."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from contracts.carrier.commitments import ExitGroundName
from contracts.decisions import Sha256
from contracts.messages.base import Command
from contracts.words import (
    ItemId,
    Kind,
    Language,
    Moment,
    Money,
    Proof,
    Reason,
    Reference,
    SubscriptionRef,
    ToldRequestId,
    Words,
    says_nothing,
)

Items = Annotated[tuple[ItemId, ...], Field(max_length=50)]
Question = Words  # its code: the name of a rule of the pack
LineName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.:/-]{1,200}$", description="as the quote or the account names it")
]


class SubmitCancellation(Command):
    """End these items, this line, or the stay with this carrier."""

    type = "cancellation.submit.v1"

    kind: Kind
    subscription: SubscriptionRef
    items: Items = ()
    reason: Reason = Reason.OTHER
    requested_end: Moment | None = None
    language: Language | None = None
    resubmission_of: ToldRequestId | None = None
    proof: Proof = Proof()
    free_exit: Annotated[
        ExitGroundName | None,
        Field(description="the ground on which leaving shall be free, to be proven", exclude_if=says_nothing),
    ] = None


class SupplyInformation(Command):
    """What review asked for: question code -> reference of the document or record that answers it."""

    type = "information.supply.v1"

    answers: Annotated[dict[Question, Reference], Field(min_length=1, max_length=20)]


class ConfirmQuote(Command):
    """The customer's yes to exactly this version of the quote, with the clauses shown (R14, R28).

    `text_sha256`: of the UTF-8 text that was on the screen or read out, where the channel keeps it (N10).
    """

    type = "quote.confirm.v1"

    quote_version: Annotated[int, Field(ge=1, le=1_000_000)]
    clauses_acknowledged: bool
    proof: Proof = Proof()
    text_sha256: Sha256 | None = None


class RetryPayment(Command):
    """Try the declined payment again."""

    type = "payment.retry.v1"


class WithdrawCancellation(Command):
    """The customer stays after all; possible until the first item is switched off."""

    type = "cancellation.withdraw.v1"

    proof: Proof = Proof()


class ReopenLine(Command):
    """Have a closed line back while its number is kept, for the fee that was shown (CN-17); yes to that very amount."""

    type = "line.reopen.v1"

    fee: Money
    proof: Proof = Proof()
    text_sha256: Sha256 | None = None


class DisputeFee(Command):
    """These fee lines (all of them if none is named) are not owed; they are held out while it is argued (N17)."""

    type = "fee.dispute.v1"

    lines: Annotated[tuple[LineName, ...], Field(max_length=50)] = ()
    ground: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$", description="a code, such as not-disclosed")]


class ProblemKind(StrEnum):
    """What went wrong, in the order of the source article, section 5 (R31-R36)."""

    CANNOT_LOG_IN = "cannot-log-in"
    LATE = "late"
    WRONG_ITEM = "wrong-item"
    HALF_DONE = "half-done"


class ReportProblem(Command):
    """Something went wrong. `cannot-log-in` may come before any request exists and then names the subscription."""

    type = "problem.report.v1"

    problem: ProblemKind
    subscription: SubscriptionRef | None = None
    items: Items = ()
    proof: Proof = Proof()


class ComplaintLevel(StrEnum):
    """How high a complaint has climbed (R45, R46)."""

    OPERATOR = "operator"
    ASSOCIATION = "association"
    COURT = "court"


class EscalateComplaint(Command):
    """Take the complaint to the next level, or reopen it where it was answered, once and on a new ground.

    `reference` is the case number there, once there is one; `words` is what the customer wants to be read.
    """

    type = "complaint.escalate.v1"

    level: ComplaintLevel
    ground: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,60}$")]
    reference: Reference | None = None
    words: Words = ""
