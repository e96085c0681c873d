"""What a policy pack may hold, key by key; `README.md` tells the same to whoever writes one."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, ValidationInfo, field_validator, model_validator

from contracts.carrier import ExitGroundName, Subscription
from contracts.messages.commands import ComplaintLevel
from contracts.words import Channel, ClauseId, Kind, Money, Text, Value
from policies.account_terms import ExitGround, FinalAccountTerms, FreeExit
from policies.rules.calendars import Calendar
from policies.rules.core import AtLeastOne, Count, Day, Given, Rounding, Share, in_order
from policies.rules.families import FeeTerms
from policies.rules.late_fee import AtMost, PerMille
from policies.rules.netting import ORDER
from policies.rules.period import DayCount, PaidPeriod
from policies.rules.tax import DatedRates, rates_on, unknown_code
from policies.spans import Length, Span, due

NUMBER_FACTS = ("arrears", "days_since_port_in", "own_balance", "shared", "dependents_left", "targets")
YES_NO_FACTS = (
    "real_name_verified",
    "locked_in",
    "inside_contract",
    "item_unknown",
    "item_off",
    "change_under_way",
    "free_exit_claimed",
)
WORD_FACTS = {
    name: get_args(Subscription.model_fields[name].annotation) for name in ("status", "account", "segment")
}  # each with every word the CRM may use for it
NAME_FACTS = (  # for texts only
    "unknown_items",
    "off_items_zh",
    "off_items_en",
    "dependents_zh",
    "dependents_en",
    "chains_zh",
    "chains_en",
    "changing_zh",
    "changing_en",
    "exit_ground_zh",
    "exit_ground_en",
    "exit_proof_zh",
    "exit_proof_en",
)
FACTS = (*NUMBER_FACTS, *YES_NO_FACTS, *WORD_FACTS, *NAME_FACTS)
ANSWERED = "answered:"  # `answered:identity-document` is true once the customer has answered that question


class NoticePeriod(Value):
    """How long before the end the customer must ask (R18): inside a commitment, and outside one."""

    inside_contract: Span
    outside_contract: Span


class Clocks(Value):
    """Every promise with a time in it (N4)."""

    review_decision: Span
    information_answer: Span
    quote_validity: Span
    payment_retry: Span
    notice_period: dict[Kind, NoticePeriod]
    termination_promise: Span  # after the service's end, until every item must be off
    complaint_answer: dict[ComplaintLevel, Span]
    dispute_answer: Span
    dispute_window: Span
    number_quarantine: Span
    records_kept: Span = timedelta(days=183)  # after a request's end, before what is kept of it may be erased
    awaited_request: Span = timedelta(minutes=15)  # how long what came before its request is kept


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

    def fits(self, value: str | int | bool) -> bool:
        return (
            (self.is_ is None or value == self.is_)
            and (self.is_not is None or value != self.is_not)
            and (self.above is None or int(value) > self.above)
            and (self.below is None or int(value) < self.below)
        )


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


class FeeRule(FeeTerms):
    """How an early end is charged; contracts name the rule, the arithmetic is `family` (rules/families.py)."""

    rule: str
    name: Text
    clause: ClauseId


class UnknownFeeRule(LookupError):
    """A contract names a fee rule that the pack does not have: nobody guesses what it costs."""


class ClauseTerms(Value):
    """Numbers in a clause that another clause can contradict (N7); in each the customer is worse off with more."""

    late_fee_per_mille_a_day: PerMille | None = None
    late_fee_once_percent: Share | None = None
    late_fee_at_most_percent: AtMost | None = None
    longest_term_months: AtLeastOne | None = None
    longest_notice_days: Count | None = None
    lock_in_by_promotion: StrictBool | None = None


class Clause(Value):
    """A clause a decision may rest on. Only a verified one (or the contract itself) is shown as authority.

    `article` is the bare number ("40", "4.4"), empty where none is known. `in_force_until` is the last day.
    """

    clause: ClauseId
    instrument: Text
    article: str
    text: Text
    status: Literal["contract", "verified", "unverified"]
    source: str
    version: str = ""
    in_force_from: Day | None = None
    in_force_until: Day | None = None
    terms: ClauseTerms = ClauseTerms()

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.in_force_from and self.in_force_until:
            in_order(self.in_force_from, self.in_force_until, "in_force_until", "in_force_from")
        return self

    def in_force(self, day: date) -> bool:
        return (self.in_force_from or day) <= day <= (self.in_force_until or day)

    def is_authority(self, day: date) -> bool:
        """Whether a customer may be shown it as a basis on that day (N8)."""
        return self.status != "unverified" and self.in_force(day)


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


PlainName = Annotated[str, Field(pattern=r"^[^\s@+/]+$")]  # what an id is made of


class ReopeningRule(Value):
    """What having a closed line back costs while its number is kept (CN-17); a pack without it does not offer it."""

    fee_minor: Annotated[Count, Field(description="minor units")]
    clause: ClauseId


class CoolingOff(Value):
    """The first days of a contract in which a consumer may withdraw from it and pays only what was used (EU-8).

    `base`: in proportion to a month's fee, or to the total price of the contract.
    """

    days: AtLeastOne
    base: Literal["monthly", "total-price"]
    clauses: tuple[ClauseId, ...]
    free_day: Literal["counts", "next-working-day"] = "counts"  # where the last of these days is not worked


def _or_none(value: object) -> object:
    """`exit_grounds:` with nothing behind it takes away what the pack it extends has."""
    return {} if value is None else value


class Pack(Value):
    """One operator's rules at one time; `id` is name, version and a hash of the content.

    `effective_from` and `effective_until` are its first and its last day; left out, its neighbours in time say.
    `untold` lists events a customer is not told of, because another notice soon says it; all others need a notice.
    """

    pack: PlainName
    version: PlainName
    digest: str
    effective_from: Day | None = None
    effective_until: Day | None = None
    time_zone: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    clocks: Clocks
    channels: dict[Channel, ChannelRule]
    charge_end: dict[Kind, Literal["at-service-end", "month-end"]]
    delay: Waiver
    withdrawal_clause: ClauseId
    quarantine_clause: ClauseId
    dispute_clauses: tuple[ClauseId, ...] = ()  # why a fee or an answer cannot be argued about for ever
    reopening: ReopeningRule | None = None
    cooling_off: CoolingOff | None = None
    complaint_clauses: Annotated[dict[ComplaintLevel, tuple[ClauseId, ...]], Field(default_factory=dict)]
    untold: tuple[str, ...] = ()
    second_person_above_minor: Annotated[StrictInt, Field(ge=0)] | None = None  # of a decision about money
    seconds_in_letters: bool = False  # for packs whose promises last seconds
    taxes: Annotated[DatedRates, Field(default_factory=dict)]  # percent by code and by the day of supply
    rounding: Rounding = "half-up"
    tax_rounding: Literal["line", "document"] = "line"  # where the tax of fees and of a final account is rounded
    day_count: DayCount = "real-days"
    netting_order: tuple[str, ...] = ORDER
    calendar: Calendar | None = None
    final_account: Annotated[FinalAccountTerms, Field(default_factory=FinalAccountTerms.model_construct)]
    free_exit: FreeExit | None = None
    exit_grounds: Annotated[dict[ExitGroundName, ExitGround], BeforeValidator(_or_none), Field(default_factory=dict)]
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

    @field_validator("effective_until")
    @classmethod
    def _ends_after_it_begins(cls, until: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("effective_from")
        if first and until:
            in_order(first, until, "the last day", "the first")
        return until

    @field_validator("netting_order")
    @classmethod
    def _every_charge_has_its_place(cls, order: tuple[str, ...]) -> tuple[str, ...]:
        if missing := next((kind for kind in ORDER if kind != "tax" and kind not in order), ""):
            raise ValueError(f"{missing!r} is missing; every kind of charge has its place: {', '.join(ORDER)}")
        return order

    @field_validator("final_account")
    @classmethod
    def _account_taxes_are_known(cls, terms: FinalAccountTerms, info: ValidationInfo) -> FinalAccountTerms:
        for kind, code in terms.taxes.items():
            if fault := unknown_code(code, info.data.get("taxes", {})):
                raise ValueError(f"taxes/{kind}: {fault}")
        return terms

    @field_validator("fees")
    @classmethod
    def _tax_codes_are_known(cls, fees: tuple[FeeRule, ...], info: ValidationInfo) -> tuple[FeeRule, ...]:
        taxes: DatedRates = info.data.get("taxes", {})
        for fee in fees:
            if fee.tax is not None and (fault := unknown_code(fee.tax, taxes)):
                raise ValueError(f"{fee.rule}/tax: {fault}")
        return fees

    def rates_on(self, day: date) -> dict[str, Decimal]:
        """Percent by code on the day of supply."""
        return rates_on(self.taxes, day)

    def fee_rule(self, name: str) -> FeeRule:
        """Raises `UnknownFeeRule`."""
        for rule in self.fees:
            if rule.rule == name:
                return rule
        known = ", ".join(rule.rule for rule in self.fees)
        raise UnknownFeeRule(f"the pack {self.id} has no fee rule {name!r}; its fee rules are: {known}")

    def defaults_for(self, given: type[Given]) -> dict[str, object]:
        """What this pack says of those facts of a rule that somebody left out."""
        own: dict[str, object] = {"rounding": self.rounding, "currency": self.currency, "rates": self._latest_rates()}
        own["order"] = self.netting_order
        if issubclass(given, PaidPeriod):
            own["day_count"] = self.day_count
        if self.calendar is not None:
            own["calendar"] = self.calendar.model_dump()
        return {name: value for name, value in own.items() if name in given.model_fields}

    def _latest_rates(self) -> dict[str, Decimal]:
        return {code: dated[-1].percent for code, dated in self.taxes.items()}

    def due(self, start: datetime, span: Length) -> datetime:
        """When a promise of one of `clocks` that began at `start` must be kept."""
        return due(start, span, self.zone, self.calendar)

    def money(self, minor: int) -> Money:
        return Money(minor=minor, currency=self.currency)
