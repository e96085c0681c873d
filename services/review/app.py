"""Which message goes to which decision."""

from contracts.messages import intake, ops
from runtime.wiring import Wiring
from services.review import domain

WIRING = Wiring(
    service="review",
    case=domain.ReviewCase,
    on={
        intake.RequestAccepted: domain.review,
        intake.InformationSupplied: domain.supplied,
        intake.WithdrawalRequested: domain.withdraw,
        ops.ReviewDecided: domain.decided,
    },
    rings={domain.ANSWER: domain.no_answer, domain.DECISION: domain.nobody_decided},
)
