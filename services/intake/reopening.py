"""A closed line wanted back: what intake can judge at once, and how it follows what the others then say."""

from datetime import datetime
from typing import Any

from contracts.decisions import Disclosure
from contracts.messages.billing import FinalBillIssued, ReopeningDeclined, ReopeningPaid
from contracts.messages.commands import ReopenLine
from contracts.messages.intake import ReopeningRequested
from contracts.messages.termination import LineReopened, ReopeningFailed
from contracts.refusals import refused
from contracts.words import ClauseId
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.intake import ends
from services.intake.case import IntakeCase, Stage
from services.intake.checks import missing_proof

UNDER_WAY = ("requested", "restoring")


def reopen(case: IntakeCase | None, message: ReopenLine, now: datetime, pack: Pack) -> Decision:
    """Passed on to termination, which has the number; what can be seen from here is refused at once."""
    if code := _cannot_reopen(case, message, now, pack):
        clauses = _clauses(case) if code == "number-released" else ()
        return Decision(events=(refused(message.request_id, message.type, code, clauses),))
    assert case is not None
    event = ReopeningRequested(
        request_id=case.request_id,
        audience=case.audience.model_copy(update={"channel": message.channel}),
        fee=message.fee,
        given_at=now,
        proof=message.proof,
        disclosure=_shown(case, message, now),
    )
    return Decision(case.model_copy(update={"reopening": "requested", "reopening_asked": True}), (event,))


def _cannot_reopen(case: IntakeCase | None, message: ReopenLine, now: datetime, pack: Pack) -> str:
    if case is None:
        return "unknown-request"
    if case.number_free_from is None or not (case.final_bill or case.stage is Stage.CLOSED):
        return "nothing-to-reopen"
    if case.reopening:
        return "already-reopened" if case.reopening == "reopened" else "already-reopening"
    terms = case.quote.reopening if case.quote else None
    if terms is None:
        return "reopening-not-offered"
    if now >= case.number_free_from:
        return "number-released"
    if message.fee != terms.fee:
        return "reopening-fee-differs"
    rule = pack.channels.get(message.channel)
    return "proof-missing" if rule and missing_proof(message.proof, rule.confirmation_proof) else ""


def _clauses(case: IntakeCase | None) -> tuple[ClauseId, ...]:
    return case.quote.reopening.clauses if case and case.quote and case.quote.reopening else ()


def _shown(case: IntakeCase, message: ReopenLine, now: datetime) -> Disclosure:
    """The receipt (N10): the fee stood in the quote the customer had said yes to."""
    assert case.quote is not None
    return Disclosure(
        quote_version=case.quote.version,
        quote_sha256=sha256_of(case.quote),
        text_sha256=message.text_sha256,
        language=case.audience.language,
        channel=message.channel,
        at=now,
    )


# ---- what the others say ---------------------------------------------------------------------------------------------


def final_bill(case: IntakeCase | None, message: FinalBillIssued, now: datetime, pack: Pack) -> Decision:
    """From now on nothing of the closing is left to do that could close a reopened line once more."""
    return NOTHING if case is None else _noted(case, final_bill=True)


def paid(case: IntakeCase | None, message: ReopeningPaid, now: datetime, pack: Pack) -> Decision:
    if case is None or case.reopening != "requested" or message.given_back:
        return NOTHING
    return _noted(case, reopening="restoring")


def undone(
    case: IntakeCase | None, message: ReopeningDeclined | ReopeningFailed, now: datetime, pack: Pack
) -> Decision:
    """Not paid, or given up: it can be asked for again while the number is kept."""
    if case is not None and case.reopening == "reopened":
        return ends.looked_at(case, message.type, "the line is back, as was said before")
    return _noted(case, reopening="") if case is not None and case.reopening in UNDER_WAY else NOTHING


def reopened(case: IntakeCase | None, message: LineReopened, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return NOTHING
    if not case.asked_to_reopen:
        return ends.looked_at(case, message.type, "the customer has not asked for the line back")
    return _noted(case, reopening="reopened", reopened_at=max(item.at for item in message.restored))


def _noted(case: IntakeCase, **changes: Any) -> Decision:
    return Decision(case.model_copy(update=changes))
