"""What termination says: when it will end, what has ended, what came late or wrong."""

from operator import not_
from typing import Annotated

from pydantic import Field

from contracts.decisions import DecisionRecord
from contracts.meaning import TERMINATION_PROMISE, Stage
from contracts.messages.base import ForCustomer, Message
from contracts.words import Dates, ItemId, Kind, Moment, Money, Reference, ReopeningTerms, SubscriptionRef, Value


class ItemEnded(Value):
    item: ItemId
    at: Moment
    reference: Reference


class TerminationScheduled(ForCustomer):
    """The notice period runs; until `dates.service_end` the customer can still withdraw."""

    type = "termination.scheduled.v1"
    reaches = Stage.SCHEDULED

    dates: Dates
    items: tuple[ItemId, ...]
    kind: Kind | None = None


class ItemTerminated(ForCustomer):
    """One of several items is off; the pivot is passed."""

    type = "item.terminated.v1"
    reaches = Stage.SWITCHING_OFF

    ended: ItemEnded
    left: tuple[ItemId, ...]


class ServiceTerminated(ForCustomer):
    type = "service.terminated.v1"
    reaches = Stage.TERMINATED
    stops = (TERMINATION_PROMISE,)

    kind: Kind
    ended: tuple[ItemEnded, ...]
    dates: Dates
    late: bool
    decision: DecisionRecord | None = None
    number_free_from: Moment | None = None  # of a closed line: until then nobody else gets the number
    reopening: ReopeningTerms | None = None


class PortCodeIssued(ForCustomer):
    """The carrier sent the code to the customer itself; it is never written here.

    `elsewhere`: it would issue none here; whatever was done instead, as `reference` shows, is over at `valid_until`.
    """

    type = "port-code.issued.v1"
    reaches = Stage.TERMINATED
    stops = (TERMINATION_PROMISE,)

    valid_until: Moment
    reference: Reference
    elsewhere: Annotated[bool, Field(exclude_if=not_)] = False


class NumberPorted(ForCustomer):
    """The code is over and the line is closed at the carrier: the number left, its account is settled now."""

    type = "number.ported.v1"

    dates: Dates
    left_at: Moment


class PortCodeExpired(ForCustomer):
    """The code is over and was not used: number, services and contracts go on, a fee for their end goes back."""

    type = "port-code.expired.v1"

    valid_until: Moment


class TerminationLate(ForCustomer):
    """The promised date has passed with items still on: what the delay costs is waived, the work goes on."""

    type = "termination.late.v1"
    reaches = Stage.LATE

    promised: Moment
    waiting: tuple[ItemId, ...]
    decision: DecisionRecord | None = None


class TerminationReprocessed(ForCustomer):
    """A wrong or half-done switch-off was put right."""

    type = "termination.reprocessed.v1"

    restored: tuple[ItemId, ...]
    ended: tuple[ItemEnded, ...]


class ReopeningAccepted(Message):
    """The customer was in time: the number is held, whatever the hour, until the fee is paid or declined."""

    type = "reopening.accepted.v1"

    attempt: int
    fee: Money
    number_free_from: Moment


class ItemRestored(Value):
    item: ItemId
    at: Moment
    reference: Reference


class LineReopened(ForCustomer):
    """Everything that was switched off works again; the request stays closed and its final bill stands."""

    type = "line.reopened.v1"
    reaches = Stage.REOPENED

    restored: tuple[ItemRestored, ...]
    paid: Money
    reference: Reference | None
    dates: Dates
    decision: DecisionRecord | None = None


class ReopeningFailed(ForCustomer):
    """An operator gave it up: the line stays closed, a paid fee goes back, the number goes on being kept."""

    type = "reopening.failed.v1"

    attempt: int
    operator: Reference
    reason: str
    number_free_from: Moment


class NumberReleased(Message):
    """The quarantine is over, nobody wanted the line back: the carrier may give the number to somebody else (N16)."""

    type = "number.released.v1"

    subscription: SubscriptionRef
    closed_at: Moment
    kept_until: Moment
