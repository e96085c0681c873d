"""Who may ask what at an HTTP door: channel x command in one table, and the one function that reads it.

Beside `flow.py`, which says who may speak on which topic. What is not in the table is not allowed.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import Channel, Proof

LOOK, LIST, FOLLOW, QUOTE = "request.look", "requests.list", "request.follow", "quote.ask"
CANNOT_LOG_IN = "login-problem.report"


class Voice(StrEnum):
    """Whose word it is, and what shows that the caller may say it."""

    CUSTOMER = "customer"  # the credentials name the subscription
    STAFF = "staff"  # the credentials name the agent
    ANYBODY = "anybody"  # who cannot log in has nothing to show; nothing is told in return


class Needs(NamedTuple):
    """`proof`: what of it a request must bring, beside the agent whom the credentials name."""

    voice: Voice
    proof: tuple[str, ...] = ()


Row = Mapping[Channel, Needs]
OWN, AGENT, ANYBODY = Needs(Voice.CUSTOMER), Needs(Voice.STAFF), Needs(Voice.ANYBODY)
CALL = Needs(Voice.STAFF, ("call",))
DOCUMENT, PAPER = Needs(Voice.STAFF, ("identity_document",)), Needs(Voice.STAFF, ("signed_paper",))


def _row(app: Needs, web: Needs, hotline: Needs, counter: Needs) -> Row:
    return dict(zip(Channel, (app, web, hotline, counter), strict=True))


TABLE: Mapping[str, Row] = {
    SubmitCancellation.type: _row(OWN, OWN, CALL, DOCUMENT),
    ConfirmQuote.type: _row(OWN, OWN, CALL, PAPER),
    WithdrawCancellation.type: _row(OWN, OWN, CALL, DOCUMENT),
    ReopenLine.type: _row(OWN, OWN, CALL, DOCUMENT),
    ReportProblem.type: _row(OWN, OWN, CALL, DOCUMENT),
    CANNOT_LOG_IN: _row(ANYBODY, ANYBODY, CALL, DOCUMENT),
    SupplyInformation.type: _row(OWN, OWN, AGENT, AGENT),
    RetryPayment.type: _row(OWN, OWN, AGENT, AGENT),
    DisputeFee.type: _row(OWN, OWN, AGENT, AGENT),
    EscalateComplaint.type: _row(OWN, OWN, AGENT, AGENT),
    LOOK: _row(OWN, OWN, AGENT, AGENT),
    LIST: _row(OWN, OWN, AGENT, AGENT),
    FOLLOW: _row(OWN, OWN, AGENT, AGENT),
    QUOTE: _row(OWN, OWN, AGENT, AGENT),
}


class Claims(NamedTuple):
    """What is believed of a caller. `principal` is a program; `subject` whom its provider named, never told on."""

    principal: str
    channel: Channel
    subject: str = ""
    speaks_for: frozenset[str] = frozenset()
    agent: str = ""


class Asked(NamedTuple):
    """What a request says and is about. `subscription` is empty where nobody knows the request."""

    subscription: str
    channel: Channel | None = None
    proof: Proof | None = None


class No(StrEnum):
    """Why not; the first two of them are told as if there were no such request."""

    NOT_THEIRS = "not-theirs"
    NOBODYS = "nobodys"
    NOT_FOR_THIS_CHANNEL = "not-for-this-channel"
    CHANNEL_NOT_YOURS = "channel-not-yours"
    AGENT_NOT_YOURS = "agent-not-yours"
    AGENT_MISSING = "agent-missing"
    STAFF_PROOF_MISSING = "staff-proof-missing"


def may(claims: Claims, command: str, asked: Asked) -> No | None:
    """None is a yes."""
    needs = TABLE.get(command, {}).get(claims.channel)
    if needs is None:
        return No.NOT_FOR_THIS_CHANNEL
    if asked.channel not in (None, claims.channel):
        return No.CHANNEL_NOT_YOURS
    if asked.proof and asked.proof.agent not in (None, claims.agent):
        return No.AGENT_NOT_YOURS
    if needs.voice is Voice.CUSTOMER and asked.subscription not in claims.speaks_for:
        return No.NOT_THEIRS if asked.subscription else No.NOBODYS
    return _staff(claims, needs, asked) if needs.voice is Voice.STAFF else None


def _staff(claims: Claims, needs: Needs, asked: Asked) -> No | None:
    if not claims.agent:
        return No.AGENT_MISSING
    if not asked.subscription:
        return No.NOBODYS
    missing = any(getattr(asked.proof, name, None) is None for name in needs.proof)
    return No.STAFF_PROOF_MISSING if missing else None
