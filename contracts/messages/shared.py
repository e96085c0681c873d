"""What more than one service may say, each on its own topic."""

from typing import Annotated

from pydantic import Field

from contracts.meaning import (
    INCIDENT,
    INFORMATION_ANSWER,
    PAYMENT_RETRY,
    QUOTE_VALIDITY,
    REVIEW_DECISION,
    TERMINATION_PROMISE,
    Stage,
)
from contracts.messages.base import ForCustomer, Message
from contracts.words import ClauseId, End, Money, Text, says_nothing


class CommandRefused(Message):
    """A business no: the command is not possible now. Nothing else changed."""

    type = "command.refused.v1"

    command: str
    code: str
    reason: Text
    hint: Text
    clauses: tuple[ClauseId, ...] = ()


class RequestWithdrawn(ForCustomer):
    """The customer stays; money already taken goes back. Said by whichever service held the request."""

    type = "request.withdrawn.v1"
    ends = End.WITHDRAWN
    settles = REVIEW_DECISION
    stops = (REVIEW_DECISION, INFORMATION_ANSWER, QUOTE_VALIDITY, PAYMENT_RETRY, TERMINATION_PROMISE)

    stage: str


class AttentionRequired(Message):
    """An outside system refused for good: a person must look and can retry (`incident` names what to retry).

    `amount`: of money that was refused, how much.
    """

    type = "attention.required.v1"
    reaches = Stage.CHECKING
    opens = INCIDENT

    incident: str
    operation: str
    code: str
    detail: str
    amount: Annotated[Money | None, Field(exclude_if=says_nothing)] = None


class AttentionResolved(Message):
    type = "attention.resolved.v1"
    settles = INCIDENT

    incident: str
