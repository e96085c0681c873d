"""What termination says: when it will end, what has ended, what came late or wrong."""

from contracts.decisions import DecisionRecord
from contracts.messages.base import ForCustomer
from contracts.words import Dates, ItemId, Kind, Moment, Reference, Value


class ItemEnded(Value):
    item: ItemId
    at: Moment
    reference: Reference


class TerminationScheduled(ForCustomer):
    """The notice period runs; until `dates.service_end` the customer can still withdraw."""

    type = "termination.scheduled.v1"

    dates: Dates
    items: tuple[ItemId, ...]


class ItemTerminated(ForCustomer):
    """One of several items is off; the pivot is passed."""

    type = "item.terminated.v1"

    ended: ItemEnded
    left: tuple[ItemId, ...]


class ServiceTerminated(ForCustomer):
    type = "service.terminated.v1"

    kind: Kind
    ended: tuple[ItemEnded, ...]
    dates: Dates
    late: bool
    decision: DecisionRecord | None = None


class PortCodeIssued(ForCustomer):
    """The carrier sent the code to the customer itself; it is never written here."""

    type = "port-code.issued.v1"

    valid_until: Moment
    reference: Reference


class TerminationLate(ForCustomer):
    """The promised date has passed with items still on: what the delay costs is waived, the work goes on."""

    type = "termination.late.v1"

    promised: Moment
    waiting: tuple[ItemId, ...]
    decision: DecisionRecord | None = None


class TerminationReprocessed(ForCustomer):
    """A wrong or half-done switch-off was put right."""

    type = "termination.reprocessed.v1"

    restored: tuple[ItemId, ...]
    ended: tuple[ItemEnded, ...]
