"""What billing remembers of a request: the quote, the money that moved, and what is argued about."""

from typing import Literal

from contracts.carrier import MoneyAsk, Subscription
from contracts.messages.base import Audience
from contracts.messages.billing import Quote
from contracts.messages.intake import Application, ConfirmationGiven
from contracts.messages.termination import ReopeningAccepted
from contracts.words import Dates, ItemId, Moment, Money, Value
from runtime.decision import Call, Case

State = Literal["waiting", "quoted", "charging", "declined", "settled", "ended"]
Purpose = Literal["settlement", "final-bill", "withdrawal", "dispute", "delay", "wrong-switch-off", "reopening"]


class Dispute(Value):
    lines: tuple[str, ...]
    amount: Money
    held: bool  # not charged while it is argued; otherwise it was paid and may come back
    ground: str
    answer_due: Moment
    outcome: Literal["", "upheld", "lowered", "waived"] = ""
    owed: Money | None = None
    operator: str = ""
    reason: str = ""


class Reopening(Value):
    """`given-up`: an operator gave it up while its payment was under way. `over`: nothing of it is left to do."""

    accepted: ReopeningAccepted
    state: Literal["charging", "paid", "given-up", "refunding", "over"]


class Incident(Value):
    """A carrier's refusal an operator can retry; `key` is kept where the first answer could not be believed."""

    operation: str
    note: str
    ask: dict[str, object]
    key: str


class BillingCase(Case):
    """`waiting`: only a withdrawal has been heard of so far, the approval has not arrived yet."""

    state: State = "waiting"
    audience: Audience | None = None
    application: Application | None = None
    subscription: Subscription | None = None
    quote: Quote | None = None
    confirmation: ConfirmationGiven | None = None
    withdrawal_wanted: bool = False
    paid: Money | None = None
    settled_at: Moment | None = None
    retry_until: Moment | None = None
    dispute: Dispute | None = None
    late: Dates | None = None  # the end that came after its promise, and what it was promised for
    wronged: tuple[ItemId, ...] = ()  # what was switched off wrongly and turned on again
    final_bill: tuple[Money, Money] | None = None  # unbilled usage, own balance
    incidents: dict[str, Incident] = {}
    reopening: Reopening | None = None

    @property
    def to_whom(self) -> Audience:
        assert self.audience is not None
        return self.audience

    @property
    def offered(self) -> Quote:
        assert self.quote is not None
        return self.quote

    @property
    def held(self) -> Money:
        zero = Money(minor=0, currency=self.offered.total.currency)
        return self.dispute.amount if self.dispute and self.dispute.held else zero


def move_money(case: BillingCase, operation: str, amount: Money, purpose: Purpose) -> Call:
    """Charge, refund or waive; the purpose comes back with the answer."""
    ask = MoneyAsk(request_id=case.request_id, subscription=case.to_whom.subscription, amount=amount, purpose=purpose)
    return Call(operation, ask, note=purpose)
