"""What a channel posts: its commands without the request id, which the address says."""

from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.asyncapi import example_of
from contracts.messages.base import Command
from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ProblemKind,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import Channel, Proof, RequestId, SubscriptionRef, Value
from runtime.http.bodies import body_of


class Body(Value):
    """What every body names."""

    channel: Channel


class Submission(body_of(SubmitCancellation, "SubmissionFields", Body)):  # type: ignore[misc]
    """End these items, this line, or the stay with this carrier."""

    login_problem: Annotated[
        RequestId | None,
        Field(description="file under this id, answered by POST /v1/problems for the same subscription"),
    ] = None


class LoginProblem(Body):
    """A customer cannot log in, before any request exists: the account is checked at the carrier (R31)."""

    problem: Literal[ProblemKind.CANNOT_LOG_IN] = ProblemKind.CANNOT_LOG_IN
    subscription: SubscriptionRef
    proof: Proof = Proof()


FOLLOW_UPS: dict[str, tuple[type[Command], type[Body]]] = {
    name: (command, body_of(command, body, Body))
    for name, command, body in (
        ("information", SupplyInformation, "Information"),
        ("confirmation", ConfirmQuote, "Confirmation"),
        ("withdrawal", WithdrawCancellation, "Withdrawal"),
        ("dispute", DisputeFee, "Dispute"),
        ("problem", ReportProblem, "ProblemReport"),
        ("escalation", EscalateComplaint, "Escalation"),
        ("payment", RetryPayment, "PaymentRetry"),
        ("reopening", ReopenLine, "Reopening"),
    )
}
EXAMPLES: dict[type[Body], dict[str, Any]] = {
    LoginProblem: {"channel": "web", "subscription": "sub-freeaddon01"},
    Submission: example_of(SubmitCancellation),
    **{body: example_of(command) for command, body in FOLLOW_UPS.values()},
}
ALL_BODIES: tuple[type[Body], ...] = (Submission, LoginProblem, *(body for _, body in FOLLOW_UPS.values()))
