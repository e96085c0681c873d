"""What a policy pack may hold, key by key; `README.md` tells the same to whoever writes one."""

from datetime import timedelta
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from contracts.carrier import Subscription
from contracts.messages.commands import ComplaintLevel
from contracts.words import Channel, ClauseId, Kind, Money, Text, Value

NUMBER_FACTS = ("arrears", "days_since_port_in", "own_balance", "shared", "dependents_left", "targets")
YES_NO_FACTS = ("real_name_verified", "locked_in", "inside_contract", "item_unknown", "item_off")
WORD_FACTS = {
    name: get_args(Subscription.model_fields[name].annotation) for name in ("status", "account", "segment")
}  # each with every word the CRM may use for it
NAME_FACTS = ("unknown_items", "off_items_zh", "off_items_en", "dependents_zh", "dependents_en")  # for texts only
FACTS = (*NUMBER_FACTS, *YES_NO_FACTS, *WORD_FACTS, *NAME_FACTS)
ANSWERED = "answered:"  # `answered:identity-document` is true once the customer has answered that question


def _not_negative(duration: timedelta) -> timedelta:
    if duration < timedelta(0):
        raise ValueError("a duration is never negative")
    return duration


Duration = Annotated[timedelta, AfterValidator(_not_negative)]  # ISO 8601 in the files: P30D, PT20S


class NoticePeriod(Value):
    """How long before the end the customer must ask (R18): inside a commitment, and outside one."""

    inside_contract: Duration
    outside_contract: Duration


class Clocks(Value):
    """Every promise with a time in it (N4)."""

    review_decision: Duration
    information_answer: Duration
    quote_validity: Duration
    payment_retry: Duration
    notice_period: dict[Kind, NoticePeriod]
    termination_promise: Duration  # after the service's end, until every item must be off
    complaint_answer: dict[ComplaintLevel, Duration]
    dispute_answer: Duration
    dispute_window: Duration
    number_quarantine: Duration


class ChannelRule(Value):
    """What a channel may do and what it must bring as proof of who said yes (R6-R8)."""

    kinds: tuple[Kind, ...]
    proof: tuple[Literal["agent", "call", "identity_document"], ...] = ()
    confirmation_proof: tuple[Literal["agent", "call", "signed_paper"], ...] = ()
    needs_open_account: bool = False


class Test(Value):
    """`{fact: arrears, above: 0}`: one comparison of one fact, a fact being one of `FACTS` or `answered:<question>`."""

    fact: str
    above: int | None = None
    below: int | None = None
    is_: Annotated[str | int | bool | None, Field(alias="is")] = None
    is_not: str | int | bool | None = None

    @model_validator(mode="after")
    def _compares(self) -> Self:
        if self.above is self.below is self.is_ is self.is_not is None:
            raise ValueError("needs one of above, below, is, is_not")
        return self


class Condition(Value):
    """A row of the review's decision table: when all tests hold, this outcome, on this ground.

    `reason` and `remedy` may name a fact in braces, such as `{dependents_en}`. An `ask` row is the question named like
    the rule and no longer holds once it is answered. `field` is the part of the form a `return` row points at.
    """

    rule: str
    applies_to: tuple[Kind, ...]
    when: tuple[Test, ...]
    outcome: Literal["return", "reject", "ask", "refer"]
    clause: ClauseId
    reason: Text
    remedy: Text
    field: str = "/items"


class FeeRule(Value):
    """How an early end is charged; contracts name the rule, the arithmetic is `family` (services/billing/fees.py)."""

    rule: str
    family: Literal["none", "fixed", "share-of-remaining"]
    name: Text
    clause: ClauseId
    months: Literal["started", "completed"] = "completed"


class Clause(Value):
    """A clause a decision may rest on. Only a verified one (or the contract itself) is shown as authority.

    `article` is the bare number ("40", "4.4"), empty where none is known.
    """

    clause: ClauseId
    instrument: Text
    article: str
    text: Text
    status: Literal["contract", "verified", "unverified"]
    source: str


class Notice(Value):
    """The words for one event, zh and en, as Jinja text over the event. `closes`: the last word of a request.

    `when` is a Jinja expression over the event, such as `paid.minor > 0`; the first notice for which it holds is sent.
    """

    notice: str
    event: str
    when: str = "true"
    subject: Text
    body: Text
    closes: bool = False


class Waiver(Value):
    """What the customer gets back when the carrier is late (R34, N5)."""

    clause: ClauseId
    least_days: Annotated[int, Field(ge=0)] = 1


class Pack(Value):
    """One operator's rules at one time; `id` is name, version and a hash of the content.

    `untold` lists events a customer is not told of, because another notice soon says it; all others need a notice.
    """

    pack: str
    version: str
    digest: str
    time_zone: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    clocks: Clocks
    channels: dict[Channel, ChannelRule]
    charge_end: dict[Kind, Literal["at-service-end", "month-end"]]
    delay: Waiver
    withdrawal_clause: ClauseId
    quarantine_clause: ClauseId
    complaint_clauses: Annotated[dict[ComplaintLevel, tuple[ClauseId, ...]], Field(default_factory=dict)]
    untold: tuple[str, ...] = ()
    seconds_in_letters: bool = False  # for packs whose promises last seconds
    conditions: tuple[Condition, ...]
    fees: tuple[FeeRule, ...]
    clauses: tuple[Clause, ...]
    notices: tuple[Notice, ...]

    @property
    def id(self) -> str:
        return f"{self.pack}@{self.version}+{self.digest}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def fee_rule(self, name: str) -> FeeRule:
        return next(rule for rule in self.fees if rule.rule == name)

    def money(self, minor: int) -> Money:
        return Money(minor=minor, currency=self.currency)
