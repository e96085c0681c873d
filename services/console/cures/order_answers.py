"""What an order answers, for its description: about dead letters, of two persons, and of erasing."""

from typing import Any, Literal

from contracts.words import Moment, RequestId, Text, Value
from services.console.answers import LetterState


class ProposalRead(Value):
    """`amount`: minor units, or of how many it is; `ends_at`: when it is too late to confirm it."""

    id: str
    order: str
    request_id: str
    why: str
    amount: int
    operator: str
    reason: str
    second: str
    at: Moment
    ends_at: Moment
    body: dict[str, Any]
    state: Literal["open", "expired", "sending", "confirmed", "refused", "overtaken"]


class ProposalsWaiting(Value):
    proposals: tuple[ProposalRead, ...]


class Discarded(Value):
    """`state` is what it is now: unchanged by a dry run."""

    place: str
    state: LetterState


class Erased(Discarded):
    """`sha256` of the original stays."""

    sha256: str


class Redriven(Discarded):
    """`decided_by`: which services decide it anew; `fails_again`: why it surely becomes a dead letter once more."""

    topic: str
    bytes: int
    headers: tuple[str, ...]
    redrive_count: int
    decided_by: tuple[str, ...]
    fails_again: str
    records: int


class Dealt(Value):
    """What came of one letter of many; `refused` is the code of the problem, empty where there was none."""

    place: str
    state: str
    refused: str
    sha256: str = ""
    topic: str = ""
    bytes: int = 0
    headers: tuple[str, ...] = ()
    redrive_count: int = 0
    decided_by: tuple[str, ...] = ()
    fails_again: str = ""
    records: int = 0


class ProposalAnswered(ProposalRead):
    """`event`: the order that was given; `outcomes`: of letters, one by one. Neither where it was refused."""

    event: str = ""
    outcomes: tuple[Dealt, ...] = ()


class ManyProposed(Value):
    proposal: str
    ends_at: Moment


class InTheWay(Value):
    request_id: RequestId
    because: str
    why: Text


class ErasureTold(Value):
    """A dry run: what would go, what is in the way, and what stays."""

    requests: tuple[str, ...]
    events: int
    letters: tuple[str, ...]
    in_the_way: tuple[InTheWay, ...]
    stays: tuple[str, ...]
