"""The public status of a request, the same on all channels: where it is, what comes next, what can be done."""

from datetime import datetime
from typing import Literal

from contracts.messages.base import Audience
from contracts.messages.commands import Items, ReportProblem, SubmitCancellation
from contracts.messages.intake import Fault
from contracts.messages.review import Ground
from contracts.offer import Quote
from contracts.words import Channel, Dates, Kind, Moment, ReopeningTerms, RequestId, SubscriptionRef, Text, Value
from policies.pack import Pack
from services.intake.case import Complaint, DisputeSeen, IntakeCase, Stage
from services.intake.door.actions import Action, possible
from services.intake.door.idempotency import Handed
from services.intake.door.next_step import Next, next_step
from services.intake.door.stage_words import LOGIN, PORT_CODE, RECEIVED, WORDS


class KeptNumber(Value):
    """Of a closed line: until when its number is kept, what having the line back costs, how far that has got."""

    kept_until: Moment
    terms: ReopeningTerms | None
    reopening: Literal["", "requested", "restoring", "reopened"]
    reopened_at: Moment | None


class Status(Value):
    """Everything a channel may show of a request."""

    request_id: RequestId
    stage: Stage | Literal["received"]
    ended: bool
    where: Text
    next: Next
    actions: tuple[Action, ...]
    channel: Channel
    subscription: SubscriptionRef
    kind: Kind | None
    items: Items
    received_at: Moment
    dates: Dates
    quote: Quote | None
    confirmed_version: int | None
    withdrawing: bool
    faults: tuple[Fault, ...]
    grounds: tuple[Ground, ...]
    joined: RequestId | None
    resubmission_of: RequestId | None
    incident: bool
    complaint: Complaint | None
    disputes: tuple[DisputeSeen, ...]
    number: KeptNumber | None = None


def status(case: IntakeCase, now: datetime, pack: Pack) -> Status:
    login_only = case.submit is None and not case.ended
    return _assembled(case, case.stage, LOGIN if login_only else _words(case, now), now, pack)


def _words(case: IntakeCase, now: datetime) -> str:
    """A code to port out with ends our part of the request, and not the customer's."""
    if case.reopening:
        return f"reopening-{case.reopening}"
    runs = case.port_code_until is not None and now < case.port_code_until and not case.final_bill
    return PORT_CODE if runs and case.stage in (Stage.TERMINATED, Stage.CLOSED) else case.stage


def received(handed: Handed, now: datetime, pack: Pack) -> Status:
    """The broker has it, the worker has not come to it yet."""
    return _assembled(_expected(handed), "received", RECEIVED, now, pack)


def _expected(handed: Handed) -> IntakeCase:
    message = handed.message
    assert isinstance(message, SubmitCancellation | ReportProblem) and message.subscription
    return IntakeCase(
        request_id=message.request_id,
        audience=Audience(subscription=message.subscription, channel=message.channel),
        submit=message if isinstance(message, SubmitCancellation) else None,
        login_problem=message if isinstance(message, ReportProblem) else None,
        received_at=handed.at,
    )


def _assembled(case: IntakeCase, stage: Stage | Literal["received"], words: str, now: datetime, pack: Pack) -> Status:
    wish = case.submit
    return Status(
        request_id=case.request_id,
        stage=stage,
        ended=case.ended,
        where=WORDS[words].here,
        next=next_step(case, words, now, pack),
        actions=possible(case, now, pack),
        channel=case.audience.channel,
        subscription=case.audience.subscription,
        kind=wish.kind if wish else None,
        items=wish.items if wish else (),
        received_at=case.received_at,
        dates=case.dates or Dates(requested=_requested(case)),
        quote=case.quote,
        confirmed_version=case.confirmed_version,
        withdrawing=case.withdrawing,
        faults=case.faults,
        grounds=case.grounds,
        joined=case.joined,
        resubmission_of=wish.resubmission_of if wish else None,
        incident=bool(case.incident),
        complaint=case.complaint,
        disputes=case.disputes,
        number=_number(case),
    )


def _number(case: IntakeCase) -> KeptNumber | None:
    if case.number_free_from is None:
        return None
    return KeptNumber(
        kept_until=case.number_free_from,
        terms=case.quote.reopening if case.quote else None,
        reopening=case.reopening,
        reopened_at=case.reopened_at,
    )


def _requested(case: IntakeCase) -> datetime:
    asked = case.submit.requested_end if case.submit else None
    return asked or case.received_at
