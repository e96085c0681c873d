"""Which message goes to which decision."""

from contracts.messages import billing, commands, notify, ops, review, shared, termination
from runtime.wiring import Wiring
from services.intake import complaints, domain, follow_ups, reopening, view
from services.intake.case import LOOK_UP, IntakeCase

WIRING = Wiring(
    service="intake",
    case=IntakeCase,
    on={
        commands.SubmitCancellation: domain.submit,
        commands.SupplyInformation: follow_ups.supply,
        commands.ConfirmQuote: follow_ups.confirm,
        commands.RetryPayment: follow_ups.retry_payment,
        commands.WithdrawCancellation: follow_ups.withdraw,
        commands.DisputeFee: follow_ups.dispute,
        commands.ReopenLine: reopening.reopen,
        commands.ReportProblem: follow_ups.report_problem,
        commands.EscalateComplaint: complaints.escalate,
        ops.ComplaintReplied: complaints.reply_to_complaint,
        ops.RetryOrdered: domain.retry,
        review.InformationRequired: view.information_required,
        review.ReviewReferred: view.referred,
        review.RequestRejected: view.ended,
        review.InformationOverdue: view.ended,
        billing.QuoteIssued: view.quoted,
        billing.QuoteExpired: view.ended,
        billing.SettlementFailed: view.payment_failed,
        billing.SettlementAbandoned: view.ended,
        billing.FeeSettled: view.settled,
        billing.DisputeOpened: view.dispute_opened,
        billing.DisputeResolved: view.dispute_resolved,
        termination.TerminationScheduled: view.scheduled,
        termination.ItemTerminated: view.item_terminated,
        termination.ServiceTerminated: view.terminated,
        termination.PortCodeIssued: view.port_code_issued,
        termination.TerminationLate: view.late,
        billing.FinalBillIssued: reopening.final_bill,
        billing.ReopeningPaid: reopening.paid,
        billing.ReopeningDeclined: reopening.undone,
        termination.ReopeningFailed: reopening.undone,
        termination.LineReopened: reopening.reopened,
        shared.RequestWithdrawn: view.ended,
        shared.CommandRefused: view.refused_elsewhere,
        notify.RequestClosed: view.ended,
    },
    answers={LOOK_UP: domain.looked_up},
    refusals={LOOK_UP: domain.look_up_refused},
    rings={"complaint": complaints.complaint_overdue},
    taken=domain.taken,
)
