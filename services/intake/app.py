"""Which message goes to which decision."""

from contracts.messages import billing, commands, notify, ops, review, shared, termination
from runtime.erasure import erased
from runtime.wiring import Hears, Wiring, hears
from services.intake import complaints, domain, ends, follow_ups, reopening, view
from services.intake.case import LOOK_UP, IntakeCase
from services.intake.early import AWAITED, as_it_comes, given_up, once_known, or_no_place

FOLLOW_UPS = (
    hears(commands.SupplyInformation, follow_ups.supply),
    hears(commands.ConfirmQuote, follow_ups.confirm),
    hears(commands.RetryPayment, follow_ups.retry_payment),
    hears(commands.WithdrawCancellation, follow_ups.withdraw),
    hears(commands.DisputeFee, follow_ups.dispute),
    hears(commands.ReopenLine, reopening.reopen),
    hears(commands.ReportProblem, follow_ups.report_problem),
    hears(commands.EscalateComplaint, complaints.escalate),
)
WIRING = Wiring(
    service="intake",
    case=IntakeCase,
    on=(
        Hears(commands.SubmitCancellation, as_it_comes(domain.submit, FOLLOW_UPS)),
        *(once_known(each, FOLLOW_UPS) for each in FOLLOW_UPS),
        hears(ops.ComplaintReplied, complaints.reply_to_complaint),
        hears(ops.RetryOrdered, domain.retry),
        hears(ops.SubscriptionErased, erased),
        hears(review.InformationRequired, view.information_required),
        hears(review.ReviewReferred, view.referred),
        hears(review.RequestRejected, ends.ended),
        hears(review.InformationOverdue, ends.ended),
        hears(billing.QuoteIssued, view.quoted),
        hears(billing.QuoteExpired, ends.ended),
        hears(billing.SettlementFailed, view.payment_failed),
        hears(billing.SettlementAbandoned, ends.ended),
        hears(billing.FeeSettled, view.settled, may_wait=True),
        hears(billing.DisputeOpened, view.dispute_opened),
        hears(billing.DisputeResolved, view.dispute_resolved),
        hears(termination.TerminationScheduled, view.scheduled, may_wait=True),
        hears(termination.ItemTerminated, view.item_terminated, may_wait=True),
        hears(termination.ServiceTerminated, view.terminated, may_wait=True),
        hears(termination.PortCodeIssued, view.port_code_issued),
        hears(termination.TerminationLate, view.late),
        hears(billing.FinalBillIssued, reopening.final_bill, may_wait=True),
        hears(billing.ReopeningPaid, reopening.paid),
        hears(billing.ReopeningDeclined, reopening.undone),
        hears(termination.ReopeningFailed, reopening.undone),
        hears(termination.LineReopened, reopening.reopened),
        hears(shared.RequestWithdrawn, ends.ended),
        hears(shared.CommandRefused, view.refused_elsewhere),
        hears(notify.RequestClosed, ends.ended, may_wait=True),
    ),
    answers={LOOK_UP: domain.looked_up},
    refusals={LOOK_UP: domain.look_up_refused},
    rings={
        "complaint": complaints.complaint_overdue,
        AWAITED: given_up,
        ends.EARLY_CLOSE: ends.never_arrived,
        ends.QUOTE_OVER: ends.time_over,
        ends.TIME_OVER: ends.time_over,
    },
    taken=or_no_place(as_it_comes(domain.taken, FOLLOW_UPS)),
)
