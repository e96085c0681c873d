"""How the carrier says no: one exception, one table of stable codes, RFC 9457 on the wire.

Refused
|- 4xx              for good: nothing was carried out, and nothing ever will be under this key; a new try has a new one
`- 429 and 5xx      not now: nothing was carried out, ask again with the same key
"""

from contracts.carrier.operations import CarrierProblem, not_now

CODES = {
    "idempotency-key-missing": (400, "Every POST needs an Idempotency-Key header of 1 to 200 characters"),
    "idempotency-key-reused": (409, "This Idempotency-Key was used for another ask"),
    "invalid-ask": (422, "The ask does not have the agreed shape"),
    "unknown-subscription": (404, "No such subscription"),
    "unknown-item": (404, "The subscription has no such item"),
    "unknown-operation": (404, "No such operation"),
    "unknown-address": (404, "Nothing lives at this address"),
    "unknown-method": (405, "This address does not take that method"),
    "nothing-to-pay-out": (422, "The balances hold less than that"),
    "already-closed": (409, "The line is closed"),
    "payment-declined": (402, "The customer's bank declined the payment"),
    "amount-not-positive": (422, "The amount must be positive; the address says which way it flows"),
    "wrong-currency": (422, "The account is kept in another currency"),
    "undeliverable": (422, "The message cannot be delivered on this route"),
    "switch-off-refused": (422, "The network refuses to switch this item off"),
    "restore-refused": (422, "The network refuses to restore this item"),
    "switch-busy": (503, "The network element is busy"),
    "fault-does-not-fit": (422, "This operation cannot have that fault"),
    "refused": (422, "Refused"),
    "too-many": (429, "Too many asks"),
    "away": (503, "This system is away"),
}


class Refused(Exception):
    """The carrier did not do it, and says why in a code that does not change."""

    def __init__(self, code: str, detail: str = "", *, status: int = 0, retry_after_seconds: int | None = None):
        super().__init__(f"{code}: {detail}")
        usual_status, title = CODES[code]
        self.problem = CarrierProblem(title=title, status=status or usual_status, code=code, detail=detail)
        self.retry_after_seconds = retry_after_seconds

    @property
    def for_good(self) -> bool:
        """A no, not a not now."""
        return not not_now(self.problem.status)
