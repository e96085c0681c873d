"""What billing remembers of a request: the quote, the money that moved, and what is argued about."""

from typing import Any, Literal

from contracts.carrier.asks import FinalBill, MoneyAsk, Purpose
from contracts.carrier.subscriptions import Subscription
from contracts.final_account import FinalAccount
from contracts.messages.base import Audience
from contracts.messages.billing import About
from contracts.messages.intake import Application, ConfirmationGiven, CustomersWord
from contracts.messages.termination import ReopeningAccepted
from contracts.offer import Quote
from contracts.words import Dates, ItemId, Kind, Moment, Money, Ruling, Value
from runtime.decision import Call, Case

QUOTE_DEADLINE, PAYMENT_DEADLINE = "quote-deadline", "payment-deadline"  # the alarms
State = Literal["waiting", "quoted", "charging", "declined", "settled", "ended"]


class Dispute(Value):
    lines: tuple[str, ...]
    amount: Money
    held: bool  # not charged while it is argued; otherwise it was paid and may come back
    ground: str
    answer_due: Moment
    outcome: Ruling | Literal[""] = ""
    owed: Money | None = None
    operator: str = ""
    reason: str = ""
    about: About = "quote"
    overcharged: bool = False  # charged wrongly, not merely too dear

    def as_opened(self) -> dict[str, Any]:
        """What the customer is told of it at the beginning."""
        return {name: getattr(self, name) for name in ("lines", "amount", "held", "ground", "answer_due", "about")}


class HeldBack(Value):
    """What another service said, kept until the customer's own `word` is heard; `told`: a person was asked to look."""

    word: CustomersWord
    type: str
    body: str
    told: bool = False


class Foretold(Value):
    """What is said to have become of a number while its code still stood."""

    type: str
    body: str


class Reopening(Value):
    """`given-up`: an operator gave it up while its payment was under way. `over`: nothing of it is left to do."""

    accepted: ReopeningAccepted
    state: Literal["charging", "paid", "given-up", "refunding", "over"]
    was_paid: bool = False  # also where the fee has gone back since


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
    resolved: tuple[Dispute, ...] = ()  # those whose outcome the customer has been told, the money moved
    late: Dates | None = None  # the end that came after its promise, and what it was promised for: so far is credited
    wronged: tuple[ItemId, ...] = ()  # what was switched off wrongly and turned on again
    bill: FinalBill | None = None  # what the carrier answered ...
    account: FinalAccount | None = None  # ... and what it comes to
    billed_at: Moment | None = None
    account_dispute: Dispute | None = None
    account_resolved: tuple[Dispute, ...] = ()  # as `resolved`
    final_bill: tuple[Money, Money] | None = None  # usage and own balance, of cases older than `account`
    # The quote's fee was billed elsewhere or let go: none of it is ours to argue about.
    elsewhere: Literal["", "billed", "not-charged"] = ""
    elsewhere_lines: dict[str, Literal["billed", "not-charged"]] = {}  # the same of what a dispute left of a line
    incidents: dict[str, Incident] = {}
    reopening: Reopening | None = None
    revived: bool = False  # the contract goes on: its fee has gone back, and is not charged any more
    awaits_code: bool = False  # of a number that is to go elsewhere: what becomes of it is known once its code is over
    code_until: Moment | None = None
    foretold: Foretold | None = None
    left_at: Moment | None = None  # of a number that went elsewhere
    switched_off: bool = False  # termination has said so: what follows from it follows once
    said: dict[CustomersWord, int] = {}  # what the customer said, and how often
    used: dict[CustomersWord, int] = {}  # ... and for how much of it money has moved: each word moves it once
    reported: dict[int, tuple[ItemId, ...]] = {}  # by reports not made good yet: what went off and should not
    held_back: tuple[HeldBack, ...] = ()

    @property
    def to_whom(self) -> Audience:
        assert self.audience is not None
        return self.audience

    @property
    def offered(self) -> Quote:
        assert self.quote is not None
        return self.quote

    @property
    def arguing(self) -> bool:
        """A dispute is open, or the money it led to is still under way."""
        return self.dispute is not None and (not self.resolved or self.resolved[-1] != self.dispute)

    @property
    def goes_on(self) -> bool:
        account = self.account_dispute is not None and not self.account_dispute.outcome
        coming_back = self.reopening is not None and self.reopening.state not in ("paid", "over")
        return self.unsettled or self.arguing or account or coming_back

    @property
    def unsettled(self) -> bool:
        """Until its last word is said: what is settled then is remembered for whoever complains later."""
        ended = self.billed_at or self.account or self.final_bill or self.revived or self.left_at
        product = self.switched_off and self.application is not None and self.application.kind is Kind.PRODUCT
        return self.state in ("quoted", "charging", "declined") or (self.state == "settled" and not (ended or product))

    def code_stands(self, now: Moment) -> bool:
        """The number can still leave, or is yet to get its code; a case of before that was noted never says so."""
        return now < self.code_until if self.code_until else self.awaits_code

    @property
    def held_lines(self) -> tuple[str, ...]:
        """Of the quote, what is argued about and was not charged."""
        undecided = self.dispute is not None and self.dispute.held and not self.dispute.outcome
        return self.dispute.lines if self.dispute and undecided else ()

    @property
    def let_go(self) -> tuple[str, ...]:
        """Of the quote, what nobody takes."""
        alone = tuple(line for line, ground in self.elsewhere_lines.items() if ground == "not-charged")
        return tuple(line.line for line in self.offered.lines) if self.elsewhere == "not-charged" else alone

    @property
    def held(self) -> Money:
        return self.dispute.amount if self.dispute and self.dispute.held else self.offered.total.nothing


def move_money(case: BillingCase, operation: str, amount: Money, purpose: Purpose) -> Call:
    """Charge, refund or waive; the purpose comes back with the answer."""
    ask = MoneyAsk(request_id=case.request_id, subscription=case.to_whom.subscription, amount=amount, purpose=purpose)
    return Call(operation, ask, note=purpose)
