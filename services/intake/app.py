"""Which message goes to which decision."""

from contracts.messages import billing, commands, notify, ops, review, shared, termination
from runtime.wiring import Wiring
from services.intake import domain, view
from services.intake.case import IntakeCase

WIRING = Wiring(
    service="intake",
    case=IntakeCase,
    on={
        commands.SubmitCancellation: domain.submit,
        commands.SupplyInformation: domain.supply,
        commands.ConfirmQuote: domain.confirm,
        commands.RetryPayment: domain.retry_payment,
        commands.WithdrawCancellation: domain.withdraw,
        commands.DisputeFee: domain.dispute,
        commands.ReportProblem: domain.report_problem,
        commands.EscalateComplaint: domain.escalate,
        ops.ComplaintReplied: domain.reply_to_complaint,
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
        termination.TerminationScheduled: view.scheduled,
        termination.ItemTerminated: view.item_terminated,
        termination.ServiceTerminated: view.terminated,
        termination.PortCodeIssued: view.port_code_issued,
        termination.TerminationLate: view.late,
        shared.RequestWithdrawn: view.ended,
        shared.CommandRefused: view.refused_elsewhere,
        notify.RequestClosed: view.ended,
    },
    answers={domain.LOOK_UP: domain.looked_up},
    refusals={domain.LOOK_UP: domain.look_up_refused},
    rings={"complaint": domain.complaint_overdue},
    taken=domain.taken,
)
