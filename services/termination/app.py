"""Which message goes to which decision."""

from datetime import datetime

from contracts.messages import billing, intake, ops
from policies.customers_word import AWAITED, NOT_KEPT
from policies.pack import Pack
from runtime.decision import Decision
from runtime.erasure import erased
from runtime.wiring import Wiring, hears
from services.termination import domain, porting, reopening, repair, settled
from services.termination.case import PORT_CODE, RESTORE, SWITCH_OFF, TerminationCase


def retry(case: TerminationCase | None, message: ops.RetryOrdered, now: datetime, pack: Pack) -> Decision:
    decide = settled.retry if message.incident == NOT_KEPT else domain.retry
    return decide(case, message, now, pack)


WIRING = Wiring(
    service="termination",
    case=TerminationCase,
    on=(
        hears(billing.FeeSettled, settled.settled),
        hears(billing.SettlementRecalled, settled.said_again),
        hears(intake.ConfirmationGiven, settled.confirmed, may_wait=True),
        hears(intake.WordRecalled, settled.recalled),
        hears(intake.WithdrawalRequested, domain.withdraw),
        hears(intake.ProblemReported, repair.reported),
        hears(intake.ReopeningRequested, reopening.requested),
        hears(billing.ReopeningPaid, reopening.paid),
        hears(billing.ReopeningDeclined, reopening.declined),
        hears(ops.ReopeningAbandoned, reopening.abandoned),
        hears(ops.RetryOrdered, retry),
        hears(ops.ElsewhereNoted, domain.off_elsewhere),
        hears(ops.SubscriptionErased, erased),
    ),
    answers={
        SWITCH_OFF: domain.switched_off,
        RESTORE: repair.restored,
        PORT_CODE: porting.code_issued,
        porting.LOOK_UP: porting.looked_up,
    },
    refusals={
        SWITCH_OFF: domain.switch_refused,
        RESTORE: domain.switch_refused,
        PORT_CODE: domain.switch_refused,
        porting.LOOK_UP: porting.look_up_refused,
    },
    rings={
        AWAITED: settled.unconfirmed,
        domain.SERVICE_END: domain.begin,
        domain.PROMISE: domain.promise_broken,
        reopening.QUARANTINE: reopening.released,
        porting.CODE_OVER: porting.code_over,
    },
)
