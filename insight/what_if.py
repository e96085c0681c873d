"""What another pack would have decided about a past request: the services' own decisions, without any effect. Pure."""

from datetime import datetime
from typing import NamedTuple

from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import InformationSupplied, RequestAccepted
from insight.past import Past, Verdict
from policies.conditions import targets
from policies.pack import Pack
from services.billing.quoting import quote, unknown_fee_rules
from services.intake.checks import form_faults, record_faults
from services.review.domain import ReviewCase, review, supplied


class Change(NamedTuple):
    """One request: as it was and as it would have been."""

    request_id: str
    kind: str
    channel: str
    before: Verdict
    after: Verdict

    @property
    def differs(self) -> bool:
        return (self.before.outcome, self.before.total) != (self.after.outcome, self.after.total)

    @property
    def more_minor(self) -> int:
        """How much more the customer would pay; nothing is owed where nothing was quoted."""
        return _minor(self.after) - _minor(self.before)


def _minor(verdict: Verdict) -> int:
    return verdict.total.minor if verdict.total else 0


def replayed(past: Past, pack: Pack) -> Change:
    wish = past.accepted
    return Change(
        wish.request_id, str(wish.application.kind), str(wish.audience.channel), past.verdict, decided(past, pack)
    )


def decided(past: Past, pack: Pack) -> Verdict:
    """As of the moments then: taken in at its acceptance, reviewed with all that was answered, quoted when approved.

    What a person decided stands wherever the pack asks a person again; a question nobody was asked then stays open.
    """
    if faults := _returned(past.accepted, pack):
        return Verdict("returned", grounds=faults)
    case = _reviewed(past, pack)
    grounds = tuple(sorted(ground.code for ground in case.grounds))
    if case.state == "referred" and past.decided_by_a_person:
        return _priced(past, pack) if past.verdict.outcome != "rejected" else Verdict("rejected", grounds=grounds)
    if case.state == "asked":
        return Verdict("information-required", grounds=grounds)
    if case.state == "approved":
        return _priced(past, pack)
    return Verdict("referred" if case.state == "referred" else "rejected", grounds=grounds)


def _returned(accepted: RequestAccepted, pack: Pack) -> tuple[str, ...]:
    at, wish = accepted.application.accepted_at, _submitted(accepted)
    faults = form_faults(wish, at, pack) + record_faults(wish, accepted.subscription, at, pack)
    return tuple(sorted(fault.code for fault in faults))


def _submitted(accepted: RequestAccepted) -> SubmitCancellation:
    """The wish as the channel put it; an end that was due at once is no date."""
    wish = accepted.application
    return SubmitCancellation(
        request_id=accepted.request_id,
        channel=accepted.audience.channel,
        kind=wish.kind,
        subscription=accepted.subscription.subscription,
        items=wish.items,
        requested_end=_later(wish.requested_end, wish.accepted_at),
        proof=wish.proof,
    )


def _later(end: datetime, than: datetime) -> datetime | None:
    return end if end > than else None


def _reviewed(past: Past, pack: Pack) -> ReviewCase:
    accepted = past.accepted
    decision = review(None, accepted, accepted.application.accepted_at, pack)
    assert isinstance(decision.case, ReviewCase)
    if decision.case.state != "asked" or not past.answers:
        return decision.case
    answers = InformationSupplied(request_id=accepted.request_id, answers=past.answers)
    answered = supplied(decision.case, answers, past.decided_at, pack).case
    assert isinstance(answered, ReviewCase)
    return answered


def _priced(past: Past, pack: Pack) -> Verdict:
    """A contract the pack has no rule for, or in another currency, cannot be priced: nobody guesses."""
    wish, known = past.accepted.application, past.accepted.subscription
    if unknown := unknown_fee_rules(targets(wish.kind, wish.items, known), pack):
        return Verdict("unpriced", grounds=tuple(unknown))
    try:
        offer = quote(wish.kind, wish.items, known, wish.requested_end, 1, past.decided_at, pack)
    except ValueError as error:
        return Verdict("unpriced", grounds=(str(error)[:200],))
    return Verdict("quoted", offer.total)
