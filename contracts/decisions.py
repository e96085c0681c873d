"""Why a decision fell as it did, for carrier, regulator and channel (N1); what was shown before a yes (N10)."""

from typing import Annotated, Literal

from pydantic import Field

from contracts.words import Channel, ClauseId, Language, Moment, Money, Text, Value

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 as hexadecimal digits")]
ClauseStatus = Literal["contract", "verified", "unverified"]


class DecisionRecord(Value):
    """Travels on the event that tells the decision.

    `inputs_sha256` is over the RFC 8785 JSON (keys sorted, no spaces) of exactly what was decided on: whoever has the
    inputs can check that these were them. A clause the pack does not know counts as unverified.
    """

    decision: str
    outcome: str
    policy: str
    inputs_sha256: Sha256
    rules: tuple[str, ...] = ()
    clauses: dict[ClauseId, ClauseStatus] = {}
    amounts: dict[str, Money] = {}
    explanation: Text


class Disclosure(Value):
    """What the customer had been shown when they said yes, on which channel, in which language, when.

    `quote_sha256` is over the RFC 8785 JSON of the quote; None if the yes came before intake had heard of the quote.
    `text_sha256`: of the text the channel showed or read out, where the channel says so.
    """

    quote_version: int
    quote_sha256: Sha256 | None = None
    text_sha256: Sha256 | None = None
    language: Language
    channel: Channel
    at: Moment
