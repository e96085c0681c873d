"""Which message goes to which decision."""

from contracts.messages import intake, ops
from runtime.erasure import erased
from runtime.wiring import Wiring, hears
from services.review import domain

WIRING = Wiring(
    service="review",
    case=domain.ReviewCase,
    on=(
        hears(intake.RequestAccepted, domain.review),
        hears(intake.InformationSupplied, domain.supplied),
        hears(intake.WithdrawalRequested, domain.withdraw),
        hears(ops.ReviewDecided, domain.decided),
        hears(ops.SubscriptionErased, erased),
    ),
    rings={domain.ANSWER: domain.no_answer, domain.DECISION: domain.nobody_decided},
)
