"""What was decided about each past request, gathered from what was said about it. Streaming: a request is let go of as
soon as it is quoted or refused; the others at the end of their partition.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import ValidationError

from contracts.messages.billing import QuoteIssued
from contracts.messages.intake import InformationSupplied, RequestAccepted
from contracts.messages.review import (
    InformationOverdue,
    InformationRequired,
    RequestApproved,
    RequestRejected,
    ReviewReferred,
)
from contracts.messages.shared import AttentionRequired
from contracts.words import Money
from insight.history import NOISE, Said
from services.review.domain import AUTOMATIC

NEEDED = ("intake", "review", "billing")  # the topics
Outcome = Literal["undecided", "returned", "rejected", "information-required", "referred", "unpriced", "quoted"]


class Verdict(NamedTuple):
    """What was or would be decided; `total` is there where it is `quoted`, `grounds` name the rules of a no."""

    outcome: Outcome
    total: Money | None = None
    grounds: tuple[str, ...] = ()


class Past(NamedTuple):
    """A request as it went into review, all that was answered then, and how it was decided, by whom and when."""

    accepted: RequestAccepted
    answers: dict[str, str]
    decided_at: datetime
    by: str
    verdict: Verdict

    @property
    def decided_by_a_person(self) -> bool:
        return self.by not in ("", AUTOMATIC)


UNDECIDED = Verdict("undecided")


@dataclass(slots=True)
class _Open:
    accepted: bytes = b""
    answers: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None
    by: str = ""
    verdict: Verdict = UNDECIDED
    final: bool = False


def past_requests(events: Iterable[Said]) -> Iterator[Past]:
    """Of those that were accepted within `events`; events of others are passed over."""
    waiting: dict[str, _Open] = {}
    for event in events:
        if event.type not in _HEARD:
            continue
        request = waiting.setdefault(event.request_id, _Open())
        with suppress(*NOISE):  # a record that breaks the contract is a dead letter for the services, nothing here
            _HEARD[event.type](request, event)
        if request.final and request.accepted:
            yield from _told(waiting.pop(event.request_id))
    for request in waiting.values():
        yield from _told(request)


def _told(request: _Open) -> Iterator[Past]:
    if not request.accepted:
        return  # it began before `--since`
    try:
        accepted = RequestAccepted.model_validate_json(request.accepted)
    except ValidationError:
        return
    at = request.at or accepted.application.accepted_at
    yield Past(accepted, request.answers, at, request.by, request.verdict)


def _accepted(request: _Open, event: Said) -> None:
    request.accepted = event.value


def _answered(request: _Open, event: Said) -> None:
    request.answers |= event.body.get("answers", {})


def _asked(request: _Open, event: Said) -> None:
    request.verdict = Verdict("information-required", grounds=_codes(event, "questions"))


def _never_answered(request: _Open, event: Said) -> None:
    _asked(request, event)
    request.final = True


def _referred(request: _Open, event: Said) -> None:
    request.verdict = Verdict("referred", grounds=_codes(event, "grounds"))


def _approved(request: _Open, event: Said) -> None:
    request.by, request.at = str(event.body.get("by", "")), event.at


def _rejected(request: _Open, event: Said) -> None:
    _approved(request, event)
    request.verdict = Verdict("rejected", grounds=_codes(event, "grounds"))
    request.final = True


def _quoted(request: _Open, event: Said) -> None:
    """The first version: what came later is a dispute's outcome and not a rule's."""
    if not request.final:
        request.verdict = Verdict("quoted", Money.model_validate(event.body["quote"]["total"]))
        request.final = True


def _unpriced(request: _Open, event: Said) -> None:
    if event.body.get("operation") == "quote":
        request.verdict = Verdict("unpriced")


def _codes(event: Said, name: str) -> tuple[str, ...]:
    return tuple(sorted(ground["code"] for ground in event.body[name]))


_HEARD = {
    RequestAccepted.type: _accepted,
    InformationSupplied.type: _answered,
    InformationRequired.type: _asked,
    InformationOverdue.type: _never_answered,
    ReviewReferred.type: _referred,
    RequestApproved.type: _approved,
    RequestRejected.type: _rejected,
    QuoteIssued.type: _quoted,
    AttentionRequired.type: _unpriced,
}
