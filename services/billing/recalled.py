"""What was settled, said again where termination could not keep it: no money moves by it, and nothing changes here."""

from datetime import datetime

from contracts.messages.billing import SettlementRecalled
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired
from policies.customers_word import NOT_KEPT
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.billing.case import BillingCase
from services.billing.settling import settled_terms


def asked_for(
    case: BillingCase | None, message: AttentionRequired | RetryOrdered, now: datetime, pack: Pack
) -> Decision:
    """By termination or a person. Not settled yet: then the settlement comes after the yes, and needs no keeping."""
    if message.incident != NOT_KEPT or case is None or case.state != "settled":
        return NOTHING
    if case.confirmation is None or case.settled_at is None:
        return NOTHING
    return Decision(events=(SettlementRecalled(**settled_terms(case, case.settled_at, pack)),))
