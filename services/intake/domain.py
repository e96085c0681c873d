"""What intake decides on a channel's word: take it in, return it, pass it on, or refuse it."""

from datetime import datetime
from typing import Any

from contracts.carrier import Subscription, SubscriptionAsk
from contracts.messages import Message
from contracts.messages.base import Audience, Command
from contracts.messages.commands import (
    ComplaintLevel,
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ProblemKind,
    ReportProblem,
    RetryPayment,
    SubmitCancellation,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.messages.intake import (
    AccountChecked,
    Application,
    ComplaintAnswered,
    ComplaintEscalated,
    ConfirmationGiven,
    Fault,
    FeeDisputed,
    InformationSupplied,
    PaymentRetried,
    ProblemReported,
    RequestAccepted,
    RequestReturned,
    SubmissionJoined,
    WithdrawalRequested,
)
from contracts.messages.ops import ComplaintReplied, RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.refusals import refused
from contracts.words import Text
from policies.conditions import targets
from policies.pack import Pack
from runtime.decision import NOTHING, Alarm, Answered, Call, Decision, Refused, Rung, Taken
from services.intake.case import PIVOT_PASSED, Complaint, IntakeCase, Stage, claim_names, line_claims
from services.intake.checks import NO_SUCH_LINE, form_faults, item_already_ending, missing_proof, record_faults

LOOK_UP = "look-up"
LEVELS = list(ComplaintLevel)


def refuse(message: Command | Message, code: str) -> Decision:
    return Decision(events=(refused(message.request_id, message.type, code),))


# ---- taking a request in ---------------------------------------------------------------------------------------------


def submit(case: IntakeCase | None, message: SubmitCancellation, now: datetime, pack: Pack) -> Decision:
    """Pressing twice is one request; otherwise ask the CRM, so that every fault can be named at once."""
    if case is not None and case.submit is not None:
        return NOTHING
    new = IntakeCase(request_id=message.request_id, audience=_stranger(message), submit=message, received_at=now)
    if case is not None:
        new = new.model_copy(update={"login_problem": case.login_problem, "audience": case.audience})
    claims = () if form_faults(message, now, pack) else claim_names(message)
    return Decision(new, calls=(_look_up(message),), claims=claims)


def taken(case: IntakeCase | None, message: Taken, now: datetime, pack: Pack) -> Decision:
    """The same thing is on its way already: follow that one. Only part of it: name what is."""
    claimed = message.message
    wish = claimed if isinstance(claimed, SubmitCancellation) else case.submit if case else None
    assert wish is not None
    holders = set(message.holders.values())
    base = case or IntakeCase(request_id=wish.request_id, audience=_stranger(wish), submit=wish, received_at=now)
    if claimed is wish and len(holders) == 1 and len(message.holders) == len(claim_names(wish)):
        joined = holders.pop()
        event = SubmissionJoined(request_id=wish.request_id, joined=joined)
        changes = {"stage": Stage.JOINED, "joined": joined, "open": False}
        return Decision(base.model_copy(update=changes), (event,))
    faults = tuple(item_already_ending(name.split("/")[1], holder) for name, holder in sorted(message.holders.items()))
    return _return(base, faults)


def looked_up(case: IntakeCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    known: Subscription = message.answer
    wish = case.submit
    if case.ended or case.application is not None:
        return NOTHING  # a login problem's look-up and the submission's may both be under way
    if wish is None:
        return _account_checked(case, known)
    case = case.model_copy(update={"audience": _audience(wish, known), "incident": ""})
    faults = form_faults(wish, case.received_at, pack) + record_faults(wish, known, now, pack)
    if faults:
        return _return(case, faults)
    application = Application(
        kind=wish.kind,
        items=wish.items,
        reason=wish.reason,
        requested_end=wish.requested_end or case.received_at,
        accepted_at=now,
        proof=wish.proof,
        resubmission_of=wish.resubmission_of,
        policy=pack.id,
    )
    accepted = RequestAccepted(
        request_id=case.request_id, audience=case.audience, application=application, subscription=known
    )
    claims = () if wish.items else line_claims(known)
    new = case.model_copy(update={"stage": Stage.IN_REVIEW, "application": application})
    return Decision(new, (accepted,), claims=claims)


def look_up_refused(case: IntakeCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    if case.ended or case.application is not None:
        return NOTHING
    if message.code == "unknown-subscription":
        faults = form_faults(case.submit, case.received_at, pack) if case.submit else ()
        return _return(case, (*faults, NO_SUCH_LINE))
    event = AttentionRequired(
        request_id=case.request_id, incident=LOOK_UP, operation=LOOK_UP, code=message.code, detail=message.detail
    )
    return Decision(case.model_copy(update={"incident": LOOK_UP}), (event,))


def retry(case: IntakeCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    if case is None or message.incident != case.incident or case.submit is None:
        return NOTHING  # the incident is another service's
    event = AttentionResolved(request_id=case.request_id, incident=case.incident)
    return Decision(case.model_copy(update={"incident": ""}), (event,), calls=(_look_up(case.submit),))


def _return(case: IntakeCase, faults: tuple[Fault, ...]) -> Decision:
    event = RequestReturned(request_id=case.request_id, audience=case.audience, faults=faults)
    ended = case.model_copy(update={"stage": Stage.RETURNED, "faults": faults, "open": False})
    return Decision(ended, (event,), release=True)


def _look_up(message: SubmitCancellation) -> Call:
    return Call(LOOK_UP, SubscriptionAsk(subscription=message.subscription))


def _stranger(message: SubmitCancellation) -> Audience:
    """Whom we answer before the CRM has told how to reach them: only the channel itself."""
    language: dict[str, Any] = {"language": message.language} if message.language else {}
    return Audience(subscription=message.subscription, channel=message.channel, **language)


def _audience(wish: SubmitCancellation, known: Subscription) -> Audience:
    return Audience(
        subscription=known.subscription,
        masked_number=known.masked_number,
        language=wish.language or known.language,
        routes=known.routes,
        channel=wish.channel,
        names={item.item: item.name for item in targets(wish.kind, wish.items, known)},
    )


# ---- the customer's later words --------------------------------------------------------------------------------------


def supply(case: IntakeCase | None, message: SupplyInformation, now: datetime, pack: Pack) -> Decision:
    if code := _not_open(case):
        return refuse(message, code)
    return Decision(events=(InformationSupplied(request_id=message.request_id, answers=message.answers),))


def confirm(case: IntakeCase | None, message: ConfirmQuote, now: datetime, pack: Pack) -> Decision:
    """Refuses what is surely wrong; whether the quote still stands is billing's to say."""
    if code := _not_open(case) or _cannot_confirm(case, message, pack):
        return refuse(message, code)
    assert case is not None
    event = ConfirmationGiven(
        request_id=case.request_id,
        audience=case.audience.model_copy(update={"channel": message.channel}),
        quote_version=message.quote_version,
        clauses_acknowledged=True,
        given_at=now,
        proof=message.proof,
    )
    changes = {"stage": Stage.CONFIRMED, "confirmed_version": message.quote_version}
    return Decision(case.model_copy(update=changes), (event,))


def _cannot_confirm(case: IntakeCase | None, message: ConfirmQuote, pack: Pack) -> str:
    assert case is not None
    rule = pack.channels.get(message.channel)
    if case.confirmed_version is not None:
        return "already-confirmed"
    if case.quote is not None and message.quote_version != case.quote.version:
        return "quote-version-old" if message.quote_version < case.quote.version else "no-such-quote"
    if not message.clauses_acknowledged:
        return "clauses-not-acknowledged"
    return "proof-missing" if rule and missing_proof(message.proof, rule.confirmation_proof) else ""


def retry_payment(case: IntakeCase | None, message: RetryPayment, now: datetime, pack: Pack) -> Decision:
    if code := _not_open(case):
        return refuse(message, code)
    assert case is not None
    if case.stage not in (Stage.PAYMENT_FAILED, Stage.CONFIRMED):
        return refuse(message, "nothing-to-pay")
    return Decision(events=(PaymentRetried(request_id=message.request_id),))


def withdraw(case: IntakeCase | None, message: WithdrawCancellation, now: datetime, pack: Pack) -> Decision:
    """Passed on to whichever service holds the request; too late is said at once where it is known."""
    if case is not None and case.stage in PIVOT_PASSED:
        return refuse(message, "withdrawal-too-late")
    if code := _not_open(case):
        return refuse(message, code)
    assert case is not None
    if case.withdrawing:
        return refuse(message, "already-withdrawing")
    event = WithdrawalRequested(request_id=case.request_id, audience=case.audience)
    return Decision(case.model_copy(update={"withdrawing": True}), (event,))


def dispute(case: IntakeCase | None, message: DisputeFee, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return refuse(message, "unknown-request")
    if case.quote is None or case.quote.total.minor <= 0 or case.stage in (Stage.RETURNED, Stage.REJECTED):
        return refuse(message, "nothing-to-dispute")
    event = FeeDisputed(request_id=case.request_id, audience=case.audience, lines=message.lines, ground=message.ground)
    return Decision(case, (event,))


def report_problem(case: IntakeCase | None, message: ReportProblem, now: datetime, pack: Pack) -> Decision:
    if message.problem is ProblemKind.CANNOT_LOG_IN:
        return _cannot_log_in(case, message, now)
    if case is None:
        return refuse(message, "unknown-request")
    if case.application is None:
        return refuse(message, "nothing-to-repair")
    event = ProblemReported(
        request_id=case.request_id, audience=case.audience, problem=message.problem, items=message.items
    )
    return Decision(case, (event,))


def _cannot_log_in(case: IntakeCase | None, message: ReportProblem, now: datetime) -> Decision:
    """May be the first word about a request that an agent then files under the same id (R31)."""
    if case is not None:
        return refuse(message, "already-ended") if case.ended else NOTHING
    if message.subscription is None:
        return refuse(message, "subscription-missing")
    audience = Audience(subscription=message.subscription, channel=message.channel)
    new = IntakeCase(request_id=message.request_id, audience=audience, login_problem=message, received_at=now)
    return Decision(new, calls=(Call(LOOK_UP, SubscriptionAsk(subscription=message.subscription)),))


ADVICE = {
    "locked": Text(
        zh="账户已锁定。坐席可凭身份核验为您代办，也可先解锁后自助办理。",
        en="The account is locked. An agent can file for you after checking who you are, or unlock it first.",
    ),
    "open": Text(
        zh="账户状态正常。请重设密码后再试，或由坐席代办。",
        en="The account is in order. Reset the password and try again, or let an agent file for you.",
    ),
}


def _account_checked(case: IntakeCase, known: Subscription) -> Decision:
    audience = case.audience.model_copy(
        update={"masked_number": known.masked_number, "language": known.language, "routes": known.routes}
    )
    event = AccountChecked(
        request_id=case.request_id, audience=audience, account=known.account, advice=ADVICE[known.account]
    )
    return Decision(case.model_copy(update={"audience": audience}), (event,))


def _not_open(case: IntakeCase | None) -> str:
    if case is None or (case.submit is None and case.login_problem is None):
        return "unknown-request"
    return "already-ended" if case.ended else ""


# ---- complaints ------------------------------------------------------------------------------------------------------


def escalate(case: IntakeCase | None, message: EscalateComplaint, now: datetime, pack: Pack) -> Decision:
    if case is None:
        return refuse(message, "unknown-request")
    if case.complaint and LEVELS.index(message.level) <= LEVELS.index(case.complaint.level):
        return refuse(message, "complaint-not-higher")
    due = now + pack.clocks.complaint_answer[message.level]
    event = ComplaintEscalated(
        request_id=case.request_id,
        audience=case.audience,
        level=message.level,
        ground=message.ground,
        answer_due=due,
        reference=message.reference,
        clauses=tuple(pack.complaint_clauses.get(message.level, ())),
    )
    complaint = Complaint(level=message.level, answer_due=due)
    return Decision(case.model_copy(update={"complaint": complaint}), (event,), alarms=(Alarm("complaint", due),))


def reply_to_complaint(case: IntakeCase | None, message: ComplaintReplied, now: datetime, pack: Pack) -> Decision:
    complaint = case.complaint if case else None
    if case is None or complaint is None or complaint.answered or complaint.level is not message.level:
        return refuse(message, "no-open-complaint")
    event = ComplaintAnswered(
        request_id=case.request_id,
        audience=case.audience,
        level=message.level,
        answer=message.answer,
        late=now > complaint.answer_due,
    )
    answered = case.model_copy(update={"complaint": complaint.model_copy(update={"answered": True})})
    return Decision(answered, (event,), alarms=(Alarm("complaint", None),))


def complaint_overdue(case: IntakeCase, message: Rung, now: datetime, pack: Pack) -> Decision:
    assert case.complaint is not None
    event = AttentionRequired(
        request_id=case.request_id,
        incident=f"complaint-{case.complaint.level}",
        operation="complaint-answer",
        code="overdue",
        detail=f"no answer by {case.complaint.answer_due.isoformat()}",
    )
    return Decision(case, (event,))
