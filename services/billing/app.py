"""Which message goes to which decision."""

from datetime import datetime

from contracts.messages import Message, intake, ops, review, shared, termination
from policies.customers_word import AWAITED, NOT_KEPT
from policies.pack import Pack
from runtime.decision import Decision, Refused
from runtime.erasure import erased
from runtime.wiring import Wiring, hears
from services.billing import (
    account_disputes,
    aftermath,
    closing,
    codes,
    disputes,
    elsewhere,
    incidents,
    moved,
    offering,
    recalled,
    reopening,
    revival,
    settling,
    withdrawing,
)
from services.billing.case import PAYMENT_DEADLINE, QUOTE_DEADLINE, BillingCase
from services.billing.second_word import Needs, needing, overdue, recalling, saying

CHARGE_REFUSED = {
    "settlement": settling.charge_refused,
    "reopening": reopening.charge_refused,
}


def retry(case: BillingCase | None, message: ops.RetryOrdered, now: datetime, pack: Pack) -> Decision:
    worked_out = {
        offering.QUOTE: offering.quote_again,
        closing.ACCOUNT: closing.settle_again,
        NOT_KEPT: recalled.asked_for,
    }
    return worked_out.get(message.incident, incidents.retry)(case, message, now, pack)


def charge_refused(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    return CHARGE_REFUSED.get(message.note, incidents.attention)(case, message, now, pack)


NEEDS: dict[type[Message], Needs] = {
    shared.RequestWithdrawn: Needs("withdrawal", withdrawing.give_back),
    termination.ReopeningAccepted: Needs("reopening", reopening.charge),
    termination.TerminationReprocessed: Needs("problem", aftermath.after_repair),
}
WIRING = Wiring(
    service="billing",
    case=BillingCase,
    on=(
        hears(review.RequestApproved, offering.issue_quote),
        hears(intake.ConfirmationGiven, settling.settle),
        hears(shared.AttentionRequired, recalled.asked_for),
        hears(intake.PaymentRetried, settling.pay_again),
        hears(intake.WithdrawalRequested, saying("withdrawal", NEEDS, withdrawing.withdraw)),
        hears(intake.ReopeningRequested, saying("reopening", NEEDS)),
        hears(intake.ProblemReported, saying("problem", NEEDS, aftermath.reported)),
        hears(intake.WordRecalled, recalling(NEEDS)),
        *needing(NEEDS),
        hears(intake.FeeDisputed, disputes.open_dispute),
        hears(termination.ServiceTerminated, aftermath.after_termination),
        hears(termination.ReopeningFailed, reopening.give_back),
        hears(termination.LineReopened, revival.give_back),
        hears(termination.PortCodeIssued, codes.issued, may_wait=True),
        hears(termination.PortCodeExpired, codes.once_over(revival.give_back)),
        hears(termination.NumberPorted, codes.once_over(aftermath.after_porting)),
        hears(ops.DisputeDecided, disputes.decide_dispute),
        hears(ops.RetryOrdered, retry),
        hears(ops.ElsewhereNoted, elsewhere.noted),
        hears(ops.SubscriptionErased, erased),
    ),
    answers={
        **moved.ANSWERS,
        "final-bill": closing.final_bill,
        offering.LOOK_UP: offering.looked_up,
    },
    refusals={
        "charge": charge_refused,
        "refund": incidents.attention,
        "waive": incidents.attention,
        "final-bill": incidents.attention,
        offering.LOOK_UP: incidents.attention,
    },
    rings={
        AWAITED: overdue,
        codes.WAITED_LONG_ENOUGH: codes.rang,
        QUOTE_DEADLINE: offering.expire_quote,
        PAYMENT_DEADLINE: settling.abandon,
        disputes.ANSWER: disputes.overdue,
        account_disputes.ANSWER: account_disputes.overdue,
    },
)
