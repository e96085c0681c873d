"""What the carrier refused for good: kept for an operator, who can order the same again."""

from datetime import datetime

from contracts.carrier import OPERATIONS
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from policies.pack import Pack
from runtime.decision import NOTHING, Call, Decision, Refused
from services.billing.case import BillingCase, Incident


def needs_attention(case: BillingCase, message: Refused) -> Decision:
    """An answer that could not be believed is asked for again under its own key: the work may have been done."""
    name = f"{message.operation}:{message.note}"
    incident = Incident(
        operation=message.operation,
        note=message.note,
        ask=message.ask.model_dump(mode="json"),
        key=message.key if message.code == "unbelievable-answer" else "",
    )
    event = AttentionRequired(
        request_id=case.request_id,
        incident=name,
        operation=message.operation,
        code=message.code,
        detail=message.detail,
    )
    return Decision(case.model_copy(update={"incidents": {**case.incidents, name: incident}}), (event,))


def attention(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    return needs_attention(case, message)


def retry(case: BillingCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    if case is None or message.incident not in case.incidents:
        return NOTHING  # the incident is another service's
    incident = case.incidents[message.incident]
    ask = OPERATIONS[incident.operation].ask.model_validate(incident.ask)
    left = {name: each for name, each in case.incidents.items() if name != message.incident}
    event = AttentionResolved(request_id=case.request_id, incident=message.incident)
    again = Call(incident.operation, ask, incident.note, incident.key)
    return Decision(case.model_copy(update={"incidents": left}), (event,), calls=(again,))
