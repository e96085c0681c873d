"""What a decision takes and gives back: remember, say, ask, wake. Pure values, used by every `domain.py`."""

from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import Message
from contracts.words import RequestId, Value

PLACES = "awaited/"  # how the names of places to wait in begin: the channel and a number follow


class Case(Value):
    """What a service must remember of one request for its next decision; each service extends it.

    `open` is false once the service has nothing left to decide; closed cases are pruned by age.
    """

    request_id: RequestId
    open: bool = True

    @property
    def begun(self) -> bool:
        """False while only what follows it was heard: what is said of it meanwhile has no number."""
        return True

    @property
    def goes_on(self) -> bool:
        """Somebody still waits for what this service does next: nothing of it may be forgotten."""
        return self.open

    @property
    def party(self) -> str:
        """Whom it is about, where somebody asks for all that is theirs."""
        return ""


class Call(NamedTuple):
    """One question to the carrier: `operation` is a name in `contracts.carrier.operations.OPERATIONS`.

    Stored with the decision, sent after it, repeated until it is answered; its id is the `Idempotency-Key`.
    `note` comes back with the answer, for what the answer itself does not say (which item, which attempt).
    """

    operation: str
    ask: Value
    note: str = ""
    key: str = ""  # repeat under this earlier Idempotency-Key: the answer to it could not be believed


class Alarm(NamedTuple):
    """Ring `name` for this request at `at` (UTC); `at=None` cancels it. One of a name for each request."""

    name: str
    at: datetime | None


class Decision(NamedTuple):
    """All that a decision can do, stored in one transaction."""

    case: Case | None = None  # remember (None: as it was)
    events: tuple[Message, ...] = ()  # say
    calls: tuple[Call, ...] = ()  # ask
    alarms: tuple[Alarm, ...] = ()  # wake
    claims: tuple[str, ...] = ()  # names only one open request may hold; `Taken` comes instead if another does
    release: bool = False  # let go of all claims of this request, before it takes what it claims now
    forget: bool = False  # all that this service keeps of this request
    places: tuple[str, ...] = ()  # one of these names, of its topic's own; `Taken` comes instead if none is free


NOTHING = Decision()
FORGET = Decision(forget=True)


class Answered(Value):
    """A carrier system did what it was asked."""

    request_id: RequestId
    operation: str
    ask: Any
    note: str
    answer: Any
    key: str = ""  # the Idempotency-Key it was asked under


class Refused(Value):
    """A carrier system said no for good (4xx, or an answer that cannot be believed)."""

    request_id: RequestId
    operation: str
    ask: Any
    note: str
    code: str
    detail: str
    key: str  # the Idempotency-Key it was asked under


class AlarmRang(Value):
    """An alarm rang. It may come late, never early, and never after it was cancelled."""

    request_id: RequestId
    name: str
    at: datetime


class Taken(Value):
    """Another open request holds a name this message wanted to claim."""

    request_id: RequestId
    message: Any  # what wanted to claim: a Message or an Answered
    holders: dict[str, RequestId]
