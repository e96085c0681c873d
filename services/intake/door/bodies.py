"""What a channel posts: the commands of `cancellation.commands` without the request id, which the address says."""

from typing import Annotated, Literal, TypeVar, cast

from pydantic import Field, create_model

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

C = TypeVar("C", bound=Command)


class Body(Value):
    """What every body names."""

    channel: Channel


def _body_of(command: type[Command], name: str) -> type[Body]:
    fields = {field: (info.annotation, info) for field, info in command.model_fields.items() if field != "request_id"}
    made = create_model(name, __base__=Body, __doc__=command.__doc__, **fields)  # type: ignore[call-overload]
    return cast(type[Body], made)


class Submission(_body_of(SubmitCancellation, "SubmissionFields")):  # type: ignore[misc]
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
    name: (command, _body_of(command, body))
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
ALL_BODIES: tuple[type[Body], ...] = (Submission, LoginProblem, *(body for _, body in FOLLOW_UPS.values()))


def command_of(command: type[C], request_id: RequestId, body: Body) -> C:
    said = {name: value for name, value in body if name in command.model_fields}
    return command(request_id=request_id, **said)
