"""Money's answers go on by the purpose they were asked for."""

from datetime import datetime
from typing import Any

from policies.pack import Pack
from runtime.decision import Answered, Decision
from services.billing import account_disputes, aftermath, closing, disputes, reopening, revival, settling, withdrawing
from services.billing.case import BillingCase

CHARGED = {
    "settlement": settling.charged,
    "dispute": disputes.money_moved,
    "account-dispute": account_disputes.money_moved,
    "final-bill": closing.final_bill_paid,
    "reopening": reopening.charged,
}
REFUNDED = {
    "third-party": closing.third_party_paid,
    "withdrawal": withdrawing.given_back,
    "dispute": disputes.money_moved,
    "account-dispute": account_disputes.money_moved,
    "final-bill": closing.final_bill_paid,
    "reopening": reopening.given_back,
    "contract-goes-on": revival.given_back,
}


def charged(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    return CHARGED[message.note](case, message, now, pack)


def refunded(case: BillingCase, message: Answered, now: datetime, pack: Pack) -> Decision:
    return REFUNDED[message.note](case, message, now, pack)


ANSWERS: dict[str, Any] = {"charge": charged, "refund": refunded, "waive": aftermath.waived}
