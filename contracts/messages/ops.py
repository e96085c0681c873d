"""What operators decide on the console or the command line; each names who decided and why."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contracts.messages.base import Message
from contracts.messages.commands import ComplaintLevel
from contracts.words import Money, Reference, Ruling, Words, says_nothing

Why = Annotated[Words, Field(min_length=3, max_length=200)]  # what an operator may type today
Kept = Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^<>@]+$")]  # and what lies on the topic already


class Decided(Message):
    """`second`: who confirmed it, where one person was not enough (much money, many at once)."""

    operator: Reference
    reason: Kept
    second: Annotated[Reference | None, Field(exclude_if=says_nothing)] = None


class ReviewDecided(Decided):
    type = "review.decided.v1"

    approve: bool


class DisputeDecided(Decided):
    """`owed`: what remains due of the disputed amount, `minor` in its smallest unit; needed when it is lowered.

    `about` is needed only while both are disputed; left out, the quote's dispute is decided first. `overcharged`: the
    fee was charged wrongly, which a contract may answer with more than giving it back (CN-14).
    """

    type = "dispute.decided.v1"

    outcome: Ruling
    owed: Money | None = None
    about: Literal["quote", "final-account"] | None = None
    overcharged: bool = False


class DeadLetterErased(Decided):
    """The original of a dead letter is gone; `sha256` is of its value. `request_id` is an id of the letter's own."""

    type = "dead-letter.erased.v1"

    place: Annotated[str, Field(max_length=300, pattern=r"^[A-Za-z0-9._-]+\[\d{1,10}\]@\d{1,19}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ErasureGround(StrEnum):
    """Why what is kept of a person has to go."""

    REQUEST = "customers-request"
    CONSENT = "consent-withdrawn"
    PURPOSE = "purpose-fulfilled"
    PERIOD = "period-over"


Stays = Literal["money", "acts", "hashes"]  # amounts without whose they are; who ordered what; hashes of what was


class SubscriptionErased(Decided):
    """What is kept of a request goes, with all others of its subscription: `erasure` is the act they are part of.

    Whose requests they were is not said. `requests`, `events`, `letters`: how many the console had of each.
    """

    type = "subscription.erased.v1"

    erasure: Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    ground: ErasureGround
    requests: Annotated[int, Field(ge=1)]
    events: Annotated[int, Field(ge=0)] = 0
    letters: Annotated[int, Field(ge=0)] = 0
    stays: tuple[Stays, ...] = ("money", "acts", "hashes")


class ElsewhereGround(StrEnum):
    """What became elsewhere of what we were refused."""

    OFF = "off"
    BILLED = "billed"
    NOT_CHARGED = "not-charged"
    REFUNDED = "refunded"


class RetryOrdered(Decided):
    """Try again what an outside system refused."""

    type = "retry.ordered.v1"

    incident: str


class ElsewhereNoted(Decided):
    """What an outside system refused was done elsewhere, or is let go, as `evidence` shows: it is not asked for again.

    `off`: the item. `billed`: a charge, or all that a last bill settles. `not-charged`: nobody takes the charge.
    `refunded`: what was to go back to the customer, or to be waived.
    """

    type = "elsewhere.noted.v1"

    incident: Annotated[str, Field(max_length=200)]
    ground: ElsewhereGround
    evidence: Reference


class ReopeningAbandoned(Decided):
    """A line cannot be brought back: what was restored goes off again, the fee goes back, the number stays kept."""

    type = "reopening.abandoned.v1"


class ComplaintReplied(Decided):
    type = "complaint.replied.v1"

    level: ComplaintLevel
    answer: Reference
