"""What intake decides on a new request: ask the CRM, take it in, return it with every fault, or join it to another."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from contracts.carrier.subscriptions import Subscription
from contracts.messages.base import Audience
from contracts.messages.commands import SubmitCancellation
from contracts.messages.intake import (
    AccountChecked,
    Application,
    Fault,
    RequestAccepted,
    RequestReturned,
    SubmissionJoined,
)
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import RequestId, Text
from policies.conditions import targets
from policies.pack import Pack
from runtime.decision import NOTHING, Answered, Decision, Refused, Taken
from services.intake import ends
from services.intake.case import (
    CONTRACT,
    LINE,
    LOOK_UP,
    WISH,
    IntakeCase,
    Stage,
    begun,
    claim_names,
    contract_claims,
    line_claims,
    look_up,
)
from services.intake.checks import (
    NO_SUCH_LINE,
    contract_already_ending,
    form_faults,
    item_already_ending,
    line_already_ending,
    record_faults,
)
from services.intake.follow_ups import refuse


def submit(case: IntakeCase | None, message: SubmitCancellation, now: datetime, pack: Pack) -> Decision:
    """Pressing twice is one request; otherwise ask the CRM, so that every fault can be named at once.

    What the CRM answers is of the line that was asked about first: under one id there is no other.
    """
    if case is not None and not case.is_about(message):
        return refuse(message, "id-taken")
    if case is not None and case.submit is not None:
        return NOTHING
    claims = () if form_faults(message, now, pack) else claim_names(message)
    return Decision(_filed(case, message, now), calls=(look_up(message.subscription),), claims=claims)


def _filed(case: IntakeCase | None, wish: SubmitCancellation, now: datetime) -> IntakeCase:
    """Whoever could not log in may have complained since, or thought better of it: that stays."""
    if case is None:
        return begun(wish, _stranger(wish), now, submit=wish)
    return case.model_copy(update={"submit": wish, "received_at": now, "open": True})


def taken(case: IntakeCase | None, message: Taken, now: datetime, pack: Pack) -> Decision:
    """The same thing is on its way already: follow that one. Only part of it: name what is."""
    claimed = message.message
    wish = claimed if isinstance(claimed, SubmitCancellation) else case.submit if case else None
    assert wish is not None
    holders = set(message.holders.values())
    base = case if case and case.submit else _filed(case, wish, now)
    if isinstance(claimed, Answered):
        base = base.model_copy(update={"audience": _audience(wish, claimed.answer)})
    if claimed is wish and len(holders) == 1 and len(message.holders) == len(claim_names(wish)):
        joined = holders.pop()
        event = SubmissionJoined(request_id=wish.request_id, joined=joined)
        changes = {"stage": Stage.JOINED, "joined": joined, "open": False}
        return Decision(base.model_copy(update=changes), (event,))
    return _return(base, tuple(_already_ending(message.holders)))


def _already_ending(holders: Mapping[str, RequestId]) -> Iterator[Fault]:
    for name, holder in sorted(holders.items()):
        _, what, *rest = name.split("/", 2)
        if what == LINE:
            yield line_already_ending(holder)
        elif what == CONTRACT and rest:
            yield contract_already_ending(rest[0], holder)
        elif what != WISH:
            yield item_already_ending(what, holder)


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
        free_exit=wish.free_exit,
    )
    accepted = RequestAccepted(
        request_id=case.request_id, audience=case.audience, application=application, subscription=known
    )
    claims = contract_claims(wish, known) if wish.items else line_claims(known)
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
    if (looked := ends.seen(case, message)) is not None:
        return looked
    wish = None if case is None else case.submit or case.login_problem
    if case is None or message.incident != case.incident or wish is None or wish.subscription is None:
        return NOTHING  # the incident is another service's
    event = AttentionResolved(request_id=case.request_id, incident=case.incident)
    return Decision(case.model_copy(update={"incident": ""}), (event,), calls=(look_up(wish.subscription),))


def _return(case: IntakeCase, faults: tuple[Fault, ...]) -> Decision:
    event = RequestReturned(request_id=case.request_id, audience=case.audience, faults=faults)
    ended = case.model_copy(update={"stage": Stage.RETURNED, "faults": faults, "open": False})
    return Decision(ended, (event,), release=True)


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
    more = bool(case.early)  # to decide: what waits for its request
    return Decision(case.model_copy(update={"audience": audience, "open": more}), (event,))
