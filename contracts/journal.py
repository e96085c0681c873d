"""What a deciding service writes down of each transaction, so that its decisions can be taken again from the topics."""

from typing import Annotated, Any, Literal

from pydantic import Field

from contracts.words import Moment, RequestId, Value

JOURNAL = "journal.v1"  # the form; fields are added with a default, anything else is the next version


class Refusal(Value):
    """The carrier's no for good, and the Idempotency-Key it was asked under."""

    code: str
    detail: str
    key: str


class Consumed(Value):
    """A record the service read, by its place: what it says stays where it is."""

    kind: Literal["record"]
    topic: str
    partition: int
    offset: int
    failed: Annotated[bool, Field(description="the decision had a bug: the input is a dead letter")] = False


class Answered(Value):
    """How a call to the carrier ended: with an answer or with a refusal."""

    kind: Literal["answer"]
    call: Annotated[str, Field(description="id of the call")]
    answer: Any = None
    refusal: Refusal | None = None
    failed: bool = False


class AlarmRang(Value):
    """An alarm that rang."""

    kind: Literal["alarm"]
    request_id: RequestId
    name: str
    due: Moment
    failed: bool = False


class Decided(Value):
    """Inputs decided together, in order; one that changed nothing is left out. A long one has several parts."""

    now: Annotated[Moment, Field(description="the service's clock, as its decisions were told")]
    pack: Annotated[str, Field(description="id of the policy pack they were taken under")]
    ids: Annotated[
        Literal["", "by-source"],
        Field(description="what new ids derive from: the input's id, or, for a channel's, its source and id"),
    ] = ""
    part: Annotated[int, Field(ge=1)] = 1
    parts: Annotated[int, Field(ge=1)] = 1
    inputs: tuple[Consumed | Answered | AlarmRang, ...]


class Further(Decided):
    """One more transaction in the record of another, with what would stand in the headers of its own."""

    id: Annotated[str, Field(description="as x-journal-id")]
    position: Annotated[int, Field(description="as x-journal-position")]


class Transaction(Decided):
    """What one transaction decided; those that came soon after it may follow in the same record."""

    more: tuple[Further, ...] = ()
