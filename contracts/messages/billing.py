"""What billing says: the quote, the settlement, and every amount that moves afterwards, each with its ground."""

from typing import Literal

from contracts.decisions import DecisionRecord, Sha256
from contracts.messages.base import ForCustomer
from contracts.messages.intake import Application
from contracts.words import ClauseId, Dates, End, ItemId, Moment, Money, Reference, ReopeningTerms, Text, Value


class FeeLine(Value):
    """One amount with its rule, the steps of its arithmetic in words, and its clause."""

    line: str
    rule: str
    item: ItemId | None
    name: Text
    amount: Money
    steps: tuple[Text, ...]
    clauses: tuple[ClauseId, ...]
    refundable_on_dispute: bool = True


class Impact(Value):
    """One thing that stops or changes, and when (R23-R26)."""

    item: ItemId | None
    what: Text
    clauses: tuple[ClauseId, ...] = ()


class Quote(Value):
    """What it costs, what it changes and until when the offer stands; nothing outside it is ever charged.

    `cooling_off`: the items whose contract is withdrawn from within its first days. `reopening`: what having the line
    back would cost, later and only if asked for; None where the pack does not offer it.
    """

    version: int
    lines: tuple[FeeLine, ...]
    total: Money
    impacts: tuple[Impact, ...]
    clauses: tuple[ClauseId, ...]
    service_end: Moment
    charge_end: Moment
    valid_until: Moment
    policy: str
    cooling_off: tuple[ItemId, ...] = ()
    reopening: ReopeningTerms | None = None


class QuoteIssued(ForCustomer):
    type = "quote.issued.v1"

    quote: Quote
    dates: Dates
    decision: DecisionRecord | None = None


class QuoteExpired(ForCustomer):
    type = "quote.expired.v1"
    ends = End.EXPIRED

    quote_version: int


class FeeSettled(ForCustomer):
    """Money is final for now (paid, nothing due, or held in dispute): termination may begin (I5).

    `quote_sha256` is of the quote that was charged, as in the confirmation's disclosure.
    """

    type = "fee.settled.v1"

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


class SettlementFailed(ForCustomer):
    """The payment was declined; try again until `retry_until`."""

    type = "settlement.failed.v1"

    code: str
    amount: Money
    retry_until: Moment


class SettlementAbandoned(ForCustomer):
    """Never paid: nothing was switched off, nothing is owed for asking."""

    type = "settlement.abandoned.v1"
    ends = End.FAILED

    amount: Money


Cause = Literal["withdrawal", "dispute", "delay", "wrong-switch-off", "final-bill", "reopening"]


class FeeRefunded(ForCustomer):
    type = "fee.refunded.v1"

    amount: Money
    cause: Cause
    reference: Reference
    clauses: tuple[ClauseId, ...] = ()


class FeeWaived(ForCustomer):
    type = "fee.waived.v1"

    amount: Money
    cause: Cause
    reference: Reference
    clauses: tuple[ClauseId, ...] = ()
    decision: DecisionRecord | None = None


class DisputeOpened(ForCustomer):
    type = "dispute.opened.v1"

    lines: tuple[str, ...]
    amount: Money
    held: bool
    ground: str
    answer_due: Moment


class DisputeResolved(ForCustomer):
    """Upheld: the fee stands. Lowered: re-assessed. Waived: not owed. The charge or refund is already done."""

    type = "dispute.resolved.v1"

    outcome: Literal["upheld", "lowered", "waived"]
    owed: Money
    charged: Money
    refunded: Money
    operator: Reference
    reason: str
    decision: DecisionRecord | None = None


class FinalBillIssued(ForCustomer):
    """Positive: was charged. Negative: the customer's own money went back."""

    type = "final-bill.issued.v1"

    unbilled_usage: Money
    own_balance: Money
    net: Money
    reference: Reference | None


class ReopeningPaid(ForCustomer):
    """The fee for having the line back is paid (or none was due): its items may be restored.

    `given_back`: it arrived after the reopening was given up, and is on its way back.
    """

    type = "reopening.paid.v1"

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
