"""What was settled, said again where termination could not keep it: no money moves by it, and nothing changes here."""

from datetime import datetime

from contracts.messages.billing import SettlementRecalled
from contracts.messages.ops import RetryOrdered
from contracts.messages.shared import AttentionRequired
from policies.conditions import targets
from policies.customers_word import NOT_KEPT
from policies.deciding import sha256_of
from policies.pack import Pack
from runtime.decision import NOTHING, Decision
from services.billing import quoting
from services.billing.case import BillingCase


def asked_for(
    case: BillingCase | None, message: AttentionRequired | RetryOrdered, now: datetime, pack: Pack
) -> Decision:
    """By termination or a person. Not settled yet: then the settlement comes after the yes, and needs no keeping."""
    if message.incident != NOT_KEPT or case is None or case.state != "settled":
        return NOTHING
    if case.confirmation is None or case.settled_at is None:
        return NOTHING
    assert case.application is not None and case.subscription is not None
    offer, wish = case.offered, case.application
    event = SettlementRecalled(
        request_id=case.request_id,
        audience=case.to_whom,
        application=wish,
        quote_version=offer.version,
        confirmed_at=case.confirmation.given_at,
        items=tuple(item.item for item in targets(wish.kind, wish.items, case.subscription)),
        dates=quoting.dates(offer, wish.requested_end, pack, settled_at=case.settled_at, asked=wish.accepted_at),
        quote_sha256=sha256_of(offer),
        reopening=offer.reopening,
    )
    return Decision(events=(event,))
