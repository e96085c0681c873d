"""What the customer can do now, found by asking the very decisions that would be taken."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, NamedTuple

from contracts.messages.base import Command
from contracts.messages.commands import (
    ComplaintLevel,
    ConfirmQuote,
    DisputeFee,
    EscalateComplaint,
    ProblemKind,
    ReopenLine,
    ReportProblem,
    RetryPayment,
    SupplyInformation,
    WithdrawCancellation,
)
from contracts.words import Money, Proof, Text, Value
from policies.pack import Pack
from services.intake.case import IntakeCase, Stage
from services.intake.door.early_refusals import refusal

COLLECTION = "/v1/cancellations"
ALL_PROOF = Proof(agent="any", call="any", identity_document="any", signed_paper="any")
AFTER_THE_YES = {Stage.SETTLED, Stage.SCHEDULED, Stage.SWITCHING_OFF, Stage.LATE, Stage.TERMINATED, Stage.CLOSED}
TRY_AGAIN = {Stage.RETURNED, Stage.REJECTED, Stage.EXPIRED, Stage.FAILED, Stage.WITHDRAWN}


class Action(Value):
    """A call that is welcome now."""

    name: str
    what: Text
    method: Literal["GET", "POST"]
    path: str


class Offer(NamedTuple):
    """`fits` says when it makes sense to offer it; `sample` is tried on the decision before it is."""

    name: str
    what: Text
    fits: Callable[[IntakeCase], bool]
    sample: Callable[[IntakeCase], Command]


def _confirm(case: IntakeCase) -> Command:
    version = case.quote.version if case.quote else 1
    return ConfirmQuote(**_about(case), quote_version=version, clauses_acknowledged=True, proof=ALL_PROOF)


def _escalate(case: IntakeCase) -> Command:
    """One level up; at the highest, the same once more."""
    levels = list(ComplaintLevel)
    at = levels.index(case.complaint.level) + 1 if case.complaint else 0
    return EscalateComplaint(**_about(case), level=levels[min(at, len(levels) - 1)], ground="any")


def _reopen(case: IntakeCase) -> Command:
    terms = case.quote.reopening if case.quote else None
    fee = terms.fee if terms else Money(minor=0)
    return ReopenLine(**_about(case), fee=fee, proof=ALL_PROOF)


def _about(case: IntakeCase) -> dict[str, str]:
    return {"request_id": case.request_id, "channel": case.audience.channel}


OFFERS = (
    Offer(
        "information",
        Text(zh="补充资料", en="Supply what is asked for"),
        lambda case: case.stage is Stage.INFORMATION_REQUIRED,
        lambda case: SupplyInformation(**_about(case), answers={"any": "any"}),
    ),
    Offer(
        "confirmation",
        Text(zh="确认费用、影响和条款", en="Confirm fees, effects and clauses"),
        lambda case: case.stage is Stage.QUOTED,
        _confirm,
    ),
    Offer(
        "payment",
        Text(zh="再次支付", en="Pay again"),
        lambda case: case.stage is Stage.PAYMENT_FAILED,
        lambda case: RetryPayment(**_about(case)),
    ),
    Offer(
        "withdrawal",
        Text(zh="撤回申请，保留服务", en="Withdraw the request and keep the service"),
        lambda case: case.submit is not None,
        lambda case: WithdrawCancellation(**_about(case)),
    ),
    Offer(
        "dispute",
        Text(zh="对费用提出异议", en="Dispute the fee"),
        lambda case: case.stage not in TRY_AGAIN,
        lambda case: DisputeFee(**_about(case), ground="any"),
    ),
    Offer(
        "problem",
        Text(zh="反映办理有误或延误", en="Report that it is late or went wrong"),
        lambda case: case.stage in AFTER_THE_YES,
        lambda case: ReportProblem(**_about(case), problem=ProblemKind.HALF_DONE),
    ),
    Offer(
        "reopening",
        Text(zh="恢复已销号码", en="Have the closed line back, for the fee that was shown"),
        lambda case: case.number_free_from is not None,
        _reopen,
    ),
    Offer("escalation", Text(zh="投诉", en="Complain, or take the complaint higher"), lambda case: True, _escalate),
)
SUBMIT_AGAIN = Action(
    name="resubmission",
    what=Text(zh="重新提交，并注明原申请编号", en="Submit again; name this request in resubmission_of"),
    method="POST",
    path=COLLECTION,
)


def path_of(request_id: str) -> str:
    return f"{COLLECTION}/{request_id}"


def possible(case: IntakeCase, now: datetime, pack: Pack) -> tuple[Action, ...]:
    if case.joined is not None:
        what = Text(zh="查询在办的申请", en="Follow the request that is on its way")
        return (Action(name="follow", what=what, method="GET", path=path_of(case.joined)),)
    fitting = (offer for offer in OFFERS if offer.fits(case))
    open_now = (offer for offer in fitting if refusal(case, offer.sample(case), now, pack) is None)
    offered = (
        Action(name=offer.name, what=offer.what, method="POST", path=f"{path_of(case.request_id)}/{offer.name}")
        for offer in open_now
    )
    return (*offered, *((SUBMIT_AGAIN,) if case.stage in TRY_AGAIN else ()))
