"""What billing says: the quote, the settlement, and every amount that moves afterwards, each with its ground."""

from operator import not_
from typing import Annotated, Literal

from pydantic import Field

from contracts.carrier.asks import FinalBill
from contracts.decisions import DecisionRecord, Sha256
from contracts.final_account import FinalAccount
from contracts.meaning import (
    DISPUTE_ANSWER,
    PAYMENT_RETRY,
    QUOTE_VALIDITY,
    TERMINATION_PROMISE,
    Amount,
    Due,
    Stage,
    Way,
)
from contracts.messages.base import Audience, ForCustomer, Message
from contracts.messages.intake import Application
from contracts.offer import Quote
from contracts.words import (
    ClauseId,
    Dates,
    End,
    ItemId,
    Kind,
    Moment,
    Money,
    Reference,
    ReopeningTerms,
    Ruling,
    Value,
    says_nothing,
)


class QuoteIssued(ForCustomer):
    type = "quote.issued.v1"
    reaches = Stage.QUOTED
    starts = Due(QUOTE_VALIDITY, "quote.valid_until")

    quote: Quote
    dates: Dates
    decision: DecisionRecord | None = None
    kind: Kind | None = None


class QuoteExpired(ForCustomer):
    type = "quote.expired.v1"
    ends = End.EXPIRED
    stops = (QUOTE_VALIDITY,)

    quote_version: int


class Elsewhere(Value):
    """What does not move here though it was owed: billed, or given back, elsewhere under `reference`, or let go."""

    amount: Money
    ground: Literal["billed", "not-charged", "refunded"]
    reference: Reference


class FeeSettled(ForCustomer):
    """Money is final for now (paid, nothing due, held in dispute, or not ours to take): termination may begin (I5).

    `quote_sha256` is of the quote that was charged, as in the confirmation's disclosure.
    """

    type = "fee.settled.v1"
    reaches = Stage.SETTLED
    moves = (Amount("paid", "paid", Way.CHARGE), Amount("held", "held", Way.HOLD))
    starts = Due(TERMINATION_PROMISE, "dates.promised")
    stops = (PAYMENT_RETRY,)

    application: Application
    quote_version: int
    paid: Money
    held: Money
    reference: Reference | None
    confirmed_at: Moment
    items: tuple[ItemId, ...]
    dates: Dates
    quote_sha256: Sha256 | None = None
    decision: DecisionRecord | None = None
    cooling_off: tuple[ItemId, ...] = ()
    reopening: ReopeningTerms | None = None
    elsewhere: Annotated[Elsewhere | None, Field(exclude_if=says_nothing)] = None


class SettlementRecalled(Message):
    """Billing was asked what it had settled, and says it again: as `fee.settled.v1`, and no money moves by it."""

    type = "settlement.recalled.v1"

    audience: Audience
    application: Application
    quote_version: int
    confirmed_at: Moment
    items: tuple[ItemId, ...]
    dates: Dates
    quote_sha256: Sha256
    reopening: ReopeningTerms | None = None


class SettlementFailed(ForCustomer):
    """The payment was declined; try again until `retry_until`."""

    type = "settlement.failed.v1"
    reaches = Stage.PAYMENT_FAILED
    starts = Due(PAYMENT_RETRY, "retry_until")

    code: str
    amount: Money
    retry_until: Moment


class SettlementAbandoned(ForCustomer):
    """Never paid: nothing was switched off, nothing is owed for asking."""

    type = "settlement.abandoned.v1"
    ends = End.FAILED
    stops = (PAYMENT_RETRY,)

    amount: Money


Cause = Literal[
    "withdrawal",
    "dispute",
    "delay",
    "wrong-switch-off",
    "final-bill",
    "third-party",
    "reopening",
    "contract-goes-on",
]
About = Literal["quote", "final-account"]


class FeeRefunded(ForCustomer):
    type = "fee.refunded.v1"
    moves = (Amount("refunded", "amount", Way.REFUND),)

    amount: Money
    cause: Cause
    reference: Reference
    clauses: tuple[ClauseId, ...] = ()
    elsewhere: Annotated[Elsewhere | None, Field(exclude_if=says_nothing)] = None


class FeeWaived(ForCustomer):
    type = "fee.waived.v1"
    moves = (Amount("waived", "amount", Way.WAIVE),)

    amount: Money
    cause: Cause
    reference: Reference
    clauses: tuple[ClauseId, ...] = ()
    decision: DecisionRecord | None = None
    elsewhere: Annotated[Elsewhere | None, Field(exclude_if=says_nothing)] = None


class DisputeOpened(ForCustomer):
    type = "dispute.opened.v1"
    opens = DISPUTE_ANSWER
    starts = Due(DISPUTE_ANSWER, "answer_due")

    lines: tuple[str, ...]
    amount: Money
    held: bool
    ground: str
    answer_due: Moment
    again: bool = False  # the second and last look at it
    about: About = "quote"


class DisputeResolved(ForCustomer):
    """Upheld: the fee stands. Lowered: re-assessed. Waived: not owed. The charge or refund is already done.

    `compensation` is the part of `refunded` beyond what was overcharged.
    """

    type = "dispute.resolved.v1"
    moves = (Amount("dispute-charged", "charged", Way.CHARGE), Amount("dispute-refunded", "refunded", Way.REFUND))
    settles = DISPUTE_ANSWER
    stops = (DISPUTE_ANSWER,)

    outcome: Ruling
    owed: Money
    charged: Money
    refunded: Money
    operator: Reference
    reason: str
    decision: DecisionRecord | None = None
    about: About = "quote"
    overcharged: bool = False
    compensation: Money | None = None
    elsewhere: Annotated[Elsewhere | None, Field(exclude_if=says_nothing)] = None


class FinalBillIssued(ForCustomer):
    """Positive: was charged. Negative: the customer's own money went back. `bill` is what the carrier answered.

    `ported`: not of a line that was closed, but of a number that left for another carrier. `elsewhere`: somebody else
    has issued it, as `reference`; nothing of it was moved here.
    """

    type = "final-bill.issued.v1"
    moves = (Amount("final-bill", "net", Way.NET),)

    unbilled_usage: Money
    own_balance: Money
    net: Money
    reference: Reference | None
    account: FinalAccount | None = None
    bill: FinalBill | None = None
    decision: DecisionRecord | None = None
    ported: bool = False
    elsewhere: Annotated[bool, Field(exclude_if=not_)] = False


class ReopeningPaid(ForCustomer):
    """The fee for having the line back is paid (or none was due): its items may be restored.

    `given_back`: it arrived after the reopening was given up, and is on its way back.
    """

    type = "reopening.paid.v1"
    moves = (Amount("reopening", "paid", Way.CHARGE),)

    attempt: int
    paid: Money
    reference: Reference | None
    clauses: tuple[ClauseId, ...] = ()
    given_back: bool = False
    decision: DecisionRecord | None = None


class ReopeningDeclined(ForCustomer):
    """Not paid: nothing was charged or restored, and the number goes on being kept."""

    type = "reopening.declined.v1"

    attempt: int
    code: str
    amount: Money
    number_free_from: Moment
