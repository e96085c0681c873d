"""One request as a report sees it: when it passed what, what the customer had to do and bring, what money moved."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from contracts.meaning import Amount
from contracts.messages import TYPES
from contracts.messages.billing import DisputeOpened, DisputeResolved, FeeSettled, QuoteIssued
from contracts.messages.intake import (
    ComplaintAnswered,
    ComplaintEscalated,
    ConfirmationGiven,
    InformationSupplied,
    PaymentRetried,
    RequestAccepted,
    RequestReturned,
)
from contracts.messages.notify import RequestClosed
from contracts.messages.review import RequestApproved, RequestRejected
from contracts.messages.shared import AttentionRequired, CommandRefused
from contracts.messages.termination import PortCodeIssued, ServiceTerminated, TerminationLate
from insight.history import NOISE, Said

NEEDED = ("intake", "review", "billing", "termination", "notify")  # the topics
STEPS = (RequestAccepted.type, RequestReturned.type, InformationSupplied.type, ConfirmationGiven.type)
PASSED = {  # the moments a stage begins or ends with
    *STEPS,
    RequestApproved.type,
    RequestRejected.type,
    QuoteIssued.type,
    FeeSettled.type,
    ServiceTerminated.type,
    PortCodeIssued.type,
    RequestClosed.type,
}
MOVES = {name: model.moves for name, model in TYPES.items() if model.moves}
ENDS = {name: str(model.ends) for name, model in TYPES.items() if model.ends is not None}


class Moved(NamedTuple):
    """`minor` of `currency` that moved or was let go of, and for which cause."""

    what: str
    cause: str
    currency: str
    minor: int


@dataclass(slots=True)
class Track:
    """`steps` the customer took, `data` the references they brought, `refused` what came back or was refused."""

    first_at: datetime
    channel: str = ""
    kind: str = ""
    reason: str = ""
    end: str = ""
    service_end: datetime | None = None
    passed: dict[str, datetime] = field(default_factory=dict)
    steps: int = 0
    data: int = 0
    identity_checks: int = 0
    refused: int = 0
    late: set[str] = field(default_factory=set)
    moved: list[Moved] = field(default_factory=list)
    disputes: list[str] = field(default_factory=list)  # opened, then how it was resolved
    complaints: list[tuple[str, str]] = field(default_factory=list)  # (level, escalated | answered | late)


def tracks(events: Iterable[Said]) -> Iterator[Track]:
    """Of whole requests: give it one partition at a time, and it holds no more than that."""
    found: dict[str, Track] = {}
    for event in events:
        track = found.get(event.request_id) or found.setdefault(event.request_id, Track(event.at))
        if event.type in PASSED:
            track.passed.setdefault(event.type, event.at)
        track.end = track.end or ENDS.get(event.type, "")
        track.steps += event.type in STEPS or event.type == PaymentRetried.type
        if event.type in _READ or event.type in MOVES:
            _read(track, event)
    yield from (track for track in found.values() if track.channel)


def _read(track: Track, event: Said) -> None:
    with suppress(*NOISE):  # a record that breaks the contract is a dead letter for the services, nothing for a report
        _money(track, MOVES.get(event.type, ()), event.body)
        if read := _READ.get(event.type):
            read(track, event.body)


def _accepted(track: Track, body: dict[str, Any]) -> None:
    wish = body["application"]
    track.kind, track.reason = wish["kind"], wish["reason"]
    track.channel = track.channel or body["audience"]["channel"]
    _proof(track, wish["proof"])


def _proof(track: Track, proof: dict[str, Any]) -> None:
    brought = [name for name, reference in proof.items() if reference]
    track.data += len(brought)
    track.identity_checks += bool({"call", "identity_document", "signed_paper"}.intersection(brought))


def _returned(track: Track, body: dict[str, Any]) -> None:
    track.channel = track.channel or body["audience"]["channel"]
    track.refused += 1


def _refused(track: Track, body: dict[str, Any]) -> None:
    track.refused += 1
    track.steps += 1  # in vain, but taken


def _supplied(track: Track, body: dict[str, Any]) -> None:
    track.data += len(body["answers"])


def _settled(track: Track, body: dict[str, Any]) -> None:
    end = body["dates"].get("service_end")
    track.service_end = datetime.fromisoformat(end) if end else None


def _money(track: Track, moves: tuple[Amount, ...], body: dict[str, Any]) -> None:
    for each in moves:
        amount = body[each.field]
        if amount["minor"]:
            track.moved.append(Moved(each.kind, body.get("cause", ""), amount["currency"], amount["minor"]))


def _answered(track: Track, body: dict[str, Any]) -> None:
    track.complaints += [(body["level"], "answered"), *([(body["level"], "late")] if body["late"] else [])]


def _attention(track: Track, body: dict[str, Any]) -> None:
    if body["code"] == "overdue":
        track.late.add(body["operation"])


def _terminated(track: Track, body: dict[str, Any]) -> None:
    if body["late"]:
        track.late.add("termination")


_READ: dict[str, Callable[[Track, dict[str, Any]], None]] = {
    RequestAccepted.type: _accepted,
    RequestReturned.type: _returned,
    CommandRefused.type: _refused,
    InformationSupplied.type: _supplied,
    ConfirmationGiven.type: lambda track, body: _proof(track, body["proof"]),
    FeeSettled.type: _settled,
    DisputeOpened.type: lambda track, body: track.disputes.append("opened"),
    DisputeResolved.type: lambda track, body: track.disputes.append(body["outcome"]),
    ComplaintEscalated.type: lambda track, body: track.complaints.append((body["level"], "escalated")),
    ComplaintAnswered.type: _answered,
    AttentionRequired.type: _attention,
    TerminationLate.type: lambda track, body: track.late.add("termination"),
    ServiceTerminated.type: _terminated,
}
