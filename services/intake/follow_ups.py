"""What intake decides on a customer's later commands: pass them on, or refuse what is no longer possible."""

from datetime import datetime

from contracts.decisions import Disclosure
from contracts.messages import Message
from contracts.messages.base import Audience, Command
from contracts.messages.commands import (
    ConfirmQuote,
    DisputeFee,
    ProblemKind,
    ReportProblem,
    RetryPayment,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.messages.intake import (
    ConfirmationGiven,
    FeeDisputed,
    InformationSupplied,
    PaymentRetried,
    ProblemReported,
    WithdrawalRequested,
)
from contracts.refusals import refused
from policies.deciding import sha256_of
from policies.pack import Pack
from policies.second_look import basis_for, cannot_dispute, clauses_for
from runtime.decision import NOTHING, Decision
from services.intake.case import PIVOT_PASSED, IntakeCase, Stage, begun, look_up
from services.intake.checks import missing_proof


def refuse(message: Command | Message, code: str) -> Decision:
    return Decision(events=(refused(message.request_id, message.type, code),))


def refuse_by_clause(message: Command, code: str, pack: Pack) -> Decision:
    """With the clause that says so, where one does."""
    no = refused(message.request_id, message.type, code, clauses_for(code, pack), basis_for(code, pack))
    return Decision(events=(no,))


def supply(case: IntakeCase | None, message: SupplyInformation, now: datetime, pack: Pack) -> Decision:
    if code := _not_open(case):
        return refuse(message, code)
    event = InformationSupplied(request_id=message.request_id, answers=message.answers)
    return Decision(_acting(case, Stage.INFORMATION_REQUIRED), (event,))


def _acting(case: IntakeCase | None, on: Stage) -> IntakeCase | None:
    """Until it is judged nothing is over for want of it."""
    return case.model_copy(update={"given": True}) if case is not None and case.waits_for is on else None


def confirm(case: IntakeCase | None, message: ConfirmQuote, now: datetime, pack: Pack) -> Decision:
    """Refuses what is surely wrong; so is a yes after the quote's last second, which billing refuses, too."""
    if code := _not_open(case) or _cannot_confirm(case, message, now, pack):
        return refuse(message, code)
    assert case is not None
    event = ConfirmationGiven(
        request_id=case.request_id,
        audience=case.audience.model_copy(update={"channel": message.channel}),
        quote_version=message.quote_version,
        clauses_acknowledged=True,
        given_at=now,
        proof=message.proof,
        disclosure=_shown(case, message, now),
    )
    version = message.quote_version
    changes = {"stage": Stage.CONFIRMED, "confirmed_version": version, "yeses": (*case.yeses, version)}
    return Decision(case.model_copy(update=changes), (event,))


def _shown(case: IntakeCase, message: ConfirmQuote, now: datetime) -> Disclosure:
    """The receipt (N10); the quote's hash is left out when the yes was quicker than the quote's way to us."""
    return Disclosure(
        quote_version=message.quote_version,
        quote_sha256=sha256_of(case.quote) if case.quote else None,
        text_sha256=message.text_sha256,
        language=case.audience.language,
        channel=message.channel,
        at=now,
    )


def _cannot_confirm(case: IntakeCase | None, message: ConfirmQuote, now: datetime, pack: Pack) -> str:
    assert case is not None
    rule = pack.channels.get(message.channel)
    if case.confirmed_version is not None:
        return "already-confirmed"
    if case.quote is not None and message.quote_version != case.quote.version:
        return "quote-version-old" if message.quote_version < case.quote.version else "no-such-quote"
    if case.quote is not None and now > case.quote.valid_until:
        return "quote-expired"
    if not message.clauses_acknowledged:
        return "clauses-not-acknowledged"
    return "proof-missing" if rule and missing_proof(message.proof, rule.confirmation_proof) else ""


def retry_payment(case: IntakeCase | None, message: RetryPayment, now: datetime, pack: Pack) -> Decision:
    if code := _not_open(case):
        return refuse(message, code)
    assert case is not None
    if case.stage not in (Stage.PAYMENT_FAILED, Stage.CONFIRMED):
        return refuse(message, "nothing-to-pay")
    return Decision(_acting(case, Stage.PAYMENT_FAILED), (PaymentRetried(request_id=message.request_id),))


def withdraw(case: IntakeCase | None, message: WithdrawCancellation, now: datetime, pack: Pack) -> Decision:
    """Passed on to whichever service holds the request; too late is said at once where it is known."""
    if case is not None and case.stage in PIVOT_PASSED and case.settled_at:
        return refuse(message, "withdrawal-too-late")
    if code := _not_open(case):
        return refuse(message, code)
    assert case is not None
    if case.withdrawing:
        return refuse(message, "already-withdrawing")
    event = WithdrawalRequested(request_id=case.request_id, audience=case.audience)
    return Decision(case.model_copy(update={"withdrawing": True, "withdrawal_asked": True}), (event,))


def dispute(case: IntakeCase | None, message: DisputeFee, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return refuse(message, "unknown-request")
    if case.quote is None or not _something_to_argue_about(case):
        return refuse(message, "nothing-to-dispute")
    if _is_about_the_quote(case, message) and (code := _argued_before(case, message, now, pack)):
        return refuse_by_clause(message, code, pack)
    event = FeeDisputed(request_id=case.request_id, audience=case.audience, lines=message.lines, ground=message.ground)
    times = None if case.disputed is None else case.disputed + 1
    return Decision(case.model_copy(update={"disputed": times}), (event,))


def _is_about_the_quote(case: IntakeCase, message: DisputeFee) -> bool:
    """Surely about the fee: of a closed line it may be about the final account, which billing judges."""
    lines = {line.line for line in case.quote.lines} if case.quote else set()
    return set(message.lines) <= lines if message.lines else not _has_an_account(case)


def _argued_before(case: IntakeCase, message: DisputeFee, now: datetime, pack: Pack) -> str:
    earlier = [each for each in case.disputes if each.about == "quote"]
    arguing = any(not each.outcome for each in earlier)
    return cannot_dispute(message.lines, message.ground, earlier, arguing, case.settled_at, now, pack)


def _has_an_account(case: IntakeCase) -> bool:
    return case.quote is not None and case.quote.account is not None and case.stage in PIVOT_PASSED


def _something_to_argue_about(case: IntakeCase) -> bool:
    """A fee of the quote, or what the final account of a closed line charged: billing knows which."""
    fee = case.quote is not None and case.quote.total.minor > 0
    return (fee or _has_an_account(case)) and case.stage not in (Stage.RETURNED, Stage.REJECTED)


def report_problem(case: IntakeCase | None, message: ReportProblem, now: datetime, pack: Pack) -> Decision:
    if message.problem is ProblemKind.CANNOT_LOG_IN:
        return _cannot_log_in(case, message, now)
    if case is None:
        return refuse(message, "unknown-request")
    if case.application is None or case.reopening:  # nothing of a line that is back is switched off again
        return refuse(message, "nothing-to-repair")
    event = ProblemReported(
        request_id=case.request_id, audience=case.audience, problem=message.problem, items=message.items
    )
    return Decision(case.model_copy(update={"problem_reported": True}), (event,))


def _cannot_log_in(case: IntakeCase | None, message: ReportProblem, now: datetime) -> Decision:
    """May be the first word about a request that an agent then files under the same id (R31)."""
    if message.subscription is None:
        return refuse(message, "subscription-missing")
    if case is not None and message.subscription != case.party:
        return refuse(message, "id-taken")
    if case is not None:
        return refuse(message, "already-ended") if case.ended else NOTHING
    audience = Audience(subscription=message.subscription, channel=message.channel)
    new = begun(message, audience, now, login_problem=message)
    return Decision(new, calls=(look_up(message.subscription),))


def _not_open(case: IntakeCase | None) -> str:
    if case is None or (case.submit is None and case.login_problem is None):
        return "unknown-request"
    return "already-ended" if case.ended else ""
