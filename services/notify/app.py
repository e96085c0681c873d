"""Which message goes to which decision: every event a customer may hear of is told."""

from contracts.messages import TYPES, ForCustomer, ops
from runtime.wiring import Wiring, hears
from services.notify import domain

TOLD = (model for model in TYPES.values() if issubclass(model, ForCustomer))

WIRING = Wiring(
    service="notify",
    case=domain.NotifyCase,
    on=(*(hears(model, domain.tell) for model in TOLD), hears(ops.RetryOrdered, domain.retry)),
    answers={domain.SEND: domain.sent},
    refusals={domain.SEND: domain.not_sent},
)
