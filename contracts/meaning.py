"""What a message means to whoever only watches; declared on its class, so that no reader keeps a table of its own."""

from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """Where a request is, in the order of the road; its ends are in `words.End`, and two more beside them here."""

    CHECKING = "checking"
    ACCOUNT_CHECKED = "account-checked"
    IN_REVIEW = "in-review"
    INFORMATION_REQUIRED = "information-required"
    REFERRED = "referred"
    APPROVED = "approved"
    QUOTED = "quoted"
    CONFIRMED = "confirmed"
    PAYMENT_FAILED = "payment-failed"
    SETTLED = "settled"
    SCHEDULED = "scheduled"
    SWITCHING_OFF = "switching-off"
    LATE = "late"
    TERMINATED = "terminated"
    JOINED = "joined"  # the same thing was already on its way: ended, for nothing was begun
    REOPENED = "reopened"  # a closed line that is back has ended all the same


class Way(StrEnum):
    """What the carrier does with an amount."""

    CHARGE = "charge"
    REFUND = "refund"
    WAIVE = "waive"
    HOLD = "held"  # disputed: nothing moves for now
    NET = "net"  # charged above zero, refunded below


class Amount(NamedTuple):
    """One amount in an event: its name in every sum, the field that holds it, and which way it goes."""

    kind: str
    field: str
    way: Way

    def way_of(self, minor: int) -> Way:
        if self.way is not Way.NET:
            return self.way
        return Way.CHARGE if minor > 0 else Way.REFUND


class Name(NamedTuple):
    """Of a clock or of an incident: fixed, or completed by the field `by`; `every`: all names that begin like it."""

    fixed: str = ""
    by: str = ""
    every: bool = False


class Due(NamedTuple):
    """A clock and where in the event stands when it is due, as `dates.promised`; empty: the pack says it."""

    clock: Name
    at: str = ""


# Clocks, and incidents of the same name where a person has to act before the clock is due.
REVIEW_DECISION = Name("review-decision")
INFORMATION_ANSWER = Name("information-answer")
QUOTE_VALIDITY = Name("quote-validity")
PAYMENT_RETRY = Name("payment-retry")
TERMINATION_PROMISE = Name("termination-promise")
DISPUTE_ANSWER = Name("dispute-answer")
COMPLAINT_ANSWER = Name("complaint-answer:", by="level")
EVERY_COMPLAINT_ANSWER = COMPLAINT_ANSWER._replace(by="", every=True)

# Incidents that are no clock's. The first: code and first word of one that names an event that intake knows cannot be.
OUT_OF_TURN = "out-of-turn"
INCIDENT = Name(by="incident")
COMPLAINT = Name("complaint-", by="level")
EVERY_COMPLAINT = COMPLAINT._replace(by="", every=True)
