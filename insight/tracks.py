"""One request as a report sees it: when it passed what, what the customer had to do and bring, what money moved."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from contracts.messages import TYPES
from insight.history import NOISE, Said

NEEDED = ("intake", "review", "billing", "termination", "notify")  # the topics
STEPS = ("request.accepted.v1", "request.returned.v1", "information.supplied.v1", "confirmation.given.v1")
PASSED = {  # the moments a stage begins or ends with
    *STEPS,
    "request.approved.v1",
    "request.rejected.v1",
    "quote.issued.v1",
    "fee.settled.v1",
    "service.terminated.v1",
    "port-code.issued.v1",
    "request.closed.v1",
}
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
        track.steps += event.type in STEPS or event.type == "payment.retried.v1"
        if event.type in _READ:
            _read(track, event)
    yield from (track for track in found.values() if track.channel)


def _read(track: Track, event: Said) -> None:
    with suppress(*NOISE):  # a record that breaks the contract is a dead letter for the services, nothing for a report
        _READ[event.type](track, event.body)


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
    _money(track, "settled", "", body["paid"])
    _money(track, "held", "", body["held"])


def _money(track: Track, what: str, cause: str, amount: dict[str, Any]) -> None:
    if amount["minor"]:
        track.moved.append(Moved(what, cause, amount["currency"], amount["minor"]))


def _resolved(track: Track, body: dict[str, Any]) -> None:
    track.disputes.append(body["outcome"])
    _money(track, "charged", "dispute", body["charged"])
    _money(track, "refunded", "dispute", body["refunded"])


def _answered(track: Track, body: dict[str, Any]) -> None:
    track.complaints += [(body["level"], "answered"), *([(body["level"], "late")] if body["late"] else [])]


def _attention(track: Track, body: dict[str, Any]) -> None:
    if body["code"] == "overdue":
        track.late.add(body["operation"])


def _terminated(track: Track, body: dict[str, Any]) -> None:
    if body["late"]:
        track.late.add("termination")


_READ: dict[str, Callable[[Track, dict[str, Any]], None]] = {
    "request.accepted.v1": _accepted,
    "request.returned.v1": _returned,
    "command.refused.v1": _refused,
    "information.supplied.v1": _supplied,
    "confirmation.given.v1": lambda track, body: _proof(track, body["proof"]),
    "fee.settled.v1": _settled,
    "fee.refunded.v1": lambda track, body: _money(track, "refunded", body["cause"], body["amount"]),
    "fee.waived.v1": lambda track, body: _money(track, "waived", body["cause"], body["amount"]),
    "final-bill.issued.v1": lambda track, body: _money(track, "final-bill", "", body["net"]),
    "reopening.paid.v1": lambda track, body: _money(track, "reopening", "", body["paid"]),
    "dispute.opened.v1": lambda track, body: track.disputes.append("opened"),
    "dispute.resolved.v1": _resolved,
    "complaint.escalated.v1": lambda track, body: track.complaints.append((body["level"], "escalated")),
    "complaint.answered.v1": _answered,
    "attention.required.v1": _attention,
    "termination.late.v1": lambda track, body: track.late.add("termination"),
    "service.terminated.v1": _terminated,
}
