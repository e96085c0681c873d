"""What a policy pack may hold, key by key; `README.md` tells the same to whoever writes one."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StrictInt, ValidationInfo, field_validator

from contracts.carrier.commitments import ExitGroundName
from contracts.messages.commands import ComplaintLevel
from contracts.words import Channel, ClauseId, Kind, Money, Text, Value
from policies.account_terms import ExitGround, FinalAccountTerms, FreeExit
from policies.amounts import CURRENCIES
from policies.clauses import Clause
from policies.decision_table import Condition
from policies.money_terms import CoolingOff, FeeRule, ReopeningRule, UnknownFeeRule, Waiver
from policies.promises import Clocks
from policies.rules.calendars import Calendar
from policies.rules.core import PLAIN_NAME, Day, Given, Rounding, in_order
from policies.rules.netting import ORDER
from policies.rules.period import DayCount, PaidPeriod
from policies.rules.tax import DatedRates, Tax, rates_on, unknown_code
from policies.spans import Length, due


class ChannelRule(Value):
    """What a channel may do and what it must bring as proof of who said yes (R6-R8)."""

    kinds: tuple[Kind, ...]
    proof: tuple[Literal["agent", "call", "identity_document"], ...] = ()
    confirmation_proof: tuple[Literal["agent", "call", "signed_paper"], ...] = ()
    needs_open_account: bool = False


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


PlainName = Annotated[str, Field(pattern=PLAIN_NAME)]  # what an id is made of


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
    most_awaited: Annotated[StrictInt, Field(ge=1, le=100_000)] = 1000  # requests of one channel that are not known yet
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

    @field_validator("currency")
    @classmethod
    def _is_a_currency(cls, currency: str) -> str:
        if currency not in CURRENCIES:
            raise ValueError(f"there is no currency {currency!r}; one is CNY")
        return currency

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
        taxes: DatedRates | None = info.data.get("taxes")
        for kind, code in terms.taxes.items():
            if taxes is not None and (fault := unknown_code(code, taxes)):
                raise ValueError(f"taxes/{kind}: {fault}")
        return terms

    @field_validator("fees")
    @classmethod
    def _tax_codes_are_known(cls, fees: tuple[FeeRule, ...], info: ValidationInfo) -> tuple[FeeRule, ...]:
        taxes: DatedRates | None = info.data.get("taxes")  # None where they are wrong themselves
        for fee in fees:
            if taxes is not None and fee.tax is not None and (fault := unknown_code(fee.tax, taxes)):
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
        own: dict[str, object] = {"rounding": self.rounding, "currency": self.currency, "order": self.netting_order}
        if issubclass(given, Tax):  # of other rules `rates` are none of taxes
            own["rates"] = self._latest_rates()
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
