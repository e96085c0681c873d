"""What the carrier refused for good: kept for an operator, who can order the same again."""

from datetime import datetime

from contracts.carrier.operations import OPERATIONS
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired, AttentionResolved
from contracts.words import Value
from policies.pack import Pack
from runtime.decision import NOTHING, Call, Decision, Refused
from services.billing.case import BillingCase, Incident


def needs_attention(case: BillingCase, message: Refused) -> Decision:
    """An answer that could not be believed is asked for again under its own key: the work may have been done."""
    name = f"{message.operation}:{message.note}"
    under = message.key if message.code == "unbelievable-answer" else ""
    incident = kept(message.operation, message.note, message.ask, under)
    event = AttentionRequired(
        request_id=case.request_id,
        incident=name,
        operation=message.operation,
        code=message.code,
        detail=message.detail,
        amount=getattr(message.ask, "amount", None),
    )
    return Decision(case.model_copy(update={"incidents": {**case.incidents, name: incident}}), (event,))


def kept(operation: str, note: str, ask: Value, key: str) -> Incident:
    return Incident(operation=operation, note=note, ask=ask.model_dump(mode="json"), key=key)


def asking(incident: Incident) -> Call:
    ask = OPERATIONS[incident.operation].ask.model_validate(incident.ask)
    return Call(incident.operation, ask, incident.note, incident.key)


def attention(case: BillingCase, message: Refused, now: datetime, pack: Pack) -> Decision:
    return needs_attention(case, message)


def retry(case: BillingCase | None, message: RetryOrdered, now: datetime, pack: Pack) -> Decision:
    if case is None or message.incident not in case.incidents:
        return NOTHING  # the incident is another service's
    return once_more(Decision(case), message.incident)


def once_more(decision: Decision, name: str) -> Decision:
    """Asks again for what was refused under this name, together with what is decided already."""
    case = decision.case
    if not isinstance(case, BillingCase) or name not in case.incidents:
        return decision
    incident = case.incidents[name]
    left = {each: kept for each, kept in case.incidents.items() if each != name}
    event = AttentionResolved(request_id=case.request_id, incident=name)
    return decision._replace(
        case=case.model_copy(update={"incidents": left}),
        events=(*decision.events, event),
        calls=(*decision.calls, asking(incident)),
    )
