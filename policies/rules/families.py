"""A pack's fee rule worked out: its parameters, filled up with what a contract and a day say (FV-10 to FV-18)."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StrictInt, model_validator

from contracts.words import Value
from policies.rules.core import Day, Given, Minor, Months, Outcome, RuleError, Share, in_order, percent, rounded
from policies.rules.dates import DAY, completed_months, half_months, started_months
from policies.rules.reducing_by_date import Unit
from policies.rules.registry import RULES, apply
from policies.rules.words import money, plain, said

MonthsCounted = Literal["started", "completed", "half"]
COUNTED: dict[MonthsCounted, tuple[Unit, Callable[[date, date], Decimal | int]]] = {
    "started": ("started-month", started_months),
    "completed": ("completed-month", completed_months),
    "half": ("half-month", half_months),
}
FAMILIES = {"none": "none", "fixed": "fixed", "share-of-remaining": "reducing-by-date"} | {
    name: name
    for name in (
        "reducing-by-date",
        "reducing-by-step",
        "reducing-schedule",
        "stepped",
        "remaining-fees",
        "cancelled-periods",
        "charge-to-commitment-end",
        "capped-months",
        "benefits-or-remaining",
        "device-residual",
        "device-or-remaining",
    )
}
ONLY_THE_CONTRACT_SAYS = {"start", "end_of_term", "leaves_on", "completed_months", "months_left", "periods", "currency"}


def _known_family(name: str) -> str:
    if name not in FAMILIES:
        raise ValueError(f"there is no family {name!r}; the families are: {', '.join(map(repr, FAMILIES))}")
    return name


class ContractOnDay(Given):
    """What a quote knows of a contract when it is about to end."""

    fee_minor: Annotated[Minor, Field(description="the contract's full fee, minor units")]
    monthly_minor: Annotated[Minor, Field(description="the monthly fee, minor units")] = 0
    start: Annotated[Day, Field(description="the first day of the contract")]
    end_of_term: Annotated[Day, Field(description="the first day after the contract, when no fee is due any more")]
    leaves_on: Annotated[Day, Field(description="the first day that is not served to its end")]
    concluded: Annotated[Day | None, Field(description="the day the contract was made; left out: not known")] = None
    supplied_on: Annotated[
        Day | None, Field(description="the day whose tax rate holds: the last of the service; left out: leaves_on")
    ] = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        in_order(self.start, self.end_of_term, "end_of_term", "the start")
        return self

    @property
    def supplied(self) -> date:
        return self.supplied_on or self.leaves_on


class FeeTerms(Value):
    """How a contract's early end is charged. The sample that checks a new pack is a contract of two years."""

    family: Annotated[str, AfterValidator(_known_family)]
    months: MonthsCounted = "completed"
    parameters: Annotated[dict[str, Any], Field(default_factory=dict)]
    at_most_minor: Minor | None = None
    at_most_months: Months | None = None
    tax: str | None = None
    before_start: Literal["free", "by-rule"] = "free"  # whoever leaves before the first day has used nothing

    @property
    def counts_leaving_day(self) -> bool:
        """Then it is the last day that is served, not the first that is not; at midnight these are two."""
        return self.parameters.get("leaving_day") == "used"

    @model_validator(mode="after")
    def _can_be_worked_out(self) -> Self:
        if fixed := ONLY_THE_CONTRACT_SAYS & set(self.parameters):
            raise ValueError(f"parameters/{min(fixed)}: comes from the contract and cannot be set here")
        try:
            work_out(self, SAMPLE)
        except RuleError as error:
            raise ValueError("; ".join(f"parameters/{line}" for line in str(error).splitlines())) from None
        return self


class EarlyEnd(Outcome):
    """A fee rule of a pack; the amount is with tax."""

    net_minor: Annotated[StrictInt, Field(description="the fee before tax, after its cap")]
    tax_minor: Annotated[StrictInt, Field(description="its tax; both are the amount")]


SAMPLE = ContractOnDay(
    fee_minor=24000,
    monthly_minor=3000,
    start=date(2025, 1, 1),
    end_of_term=date(2027, 1, 1),
    leaves_on=date(2025, 10, 1),
)


def early_end_fee(terms: FeeTerms, contract: ContractOnDay, taxes: Mapping[str, Share]) -> EarlyEnd:
    """By the family, then capped, then taxed; nothing from the end of the term on. Raises `RuleError`."""
    fee = _net(terms, contract)
    tax = 0
    steps = fee.steps
    if terms.tax is not None and fee.amount_minor:
        rate = taxes[terms.tax]
        tax = rounded(fee.amount_minor * percent(rate), contract.rounding)
        shown = money(tax, contract.currency)
        steps = (*steps, said(f"加 {plain(rate)}% 税 {shown}", f"plus {plain(rate)}% tax: {shown}"))
    net = fee.amount_minor
    return EarlyEnd(
        amount_minor=net + tax, net_minor=net, tax_minor=tax, flags=fee.flags, reason=fee.reason, steps=steps
    )


def _net(terms: FeeTerms, contract: ContractOnDay) -> Outcome:
    if contract.leaves_on >= contract.end_of_term:
        return apply("none", {})
    if contract.leaves_on < contract.start and terms.before_start == "free":
        day = contract.start
        step = said(f"合约 {day} 才开始，尚未使用，不收费", f"the contract begins on {day}: nothing was used, no fee")
        return Outcome(amount_minor=0, reason="not_begun", steps=(step,))
    return _capped(work_out(terms, contract), terms, contract)


def work_out(terms: FeeTerms, contract: ContractOnDay) -> Outcome:
    """The family alone. A parameter that the pack gives wins over what the contract says."""
    name = FAMILIES[terms.family]
    wanted = RULES[name].given.model_fields
    known = {fact: value for fact, value in _facts(terms.months, contract).items() if fact in wanted}
    return apply(name, known | terms.parameters)


def _facts(months: MonthsCounted, contract: ContractOnDay) -> dict[str, Any]:
    """A contract shorter than a month has no month to count: its days are counted instead."""
    start, end, leaves_on = contract.start, contract.end_of_term, max(contract.start, contract.leaves_on)
    unit, count = COUNTED[months]
    term, done = completed_months(start, end), completed_months(start, leaves_on)
    whole_term = Decimal(term if months == "started" else count(start, end))
    return contract.model_dump() | {
        "leaves_on": leaves_on,
        "device_minor": contract.fee_minor,
        "unit": unit if term else "day",
        "term_months": max(1, term),
        "table_months": max(1, term),
        "completed_months": min(term, done),
        "months_left": max(Decimal(0), whole_term - Decimal(count(start, leaves_on))),
        "periods": max(0, term - done),
        "commitment_end": end - DAY,
        "paid_to": leaves_on,
    }


def _capped(fee: Outcome, terms: FeeTerms, contract: ContractOnDay) -> Outcome:
    caps = [] if terms.at_most_minor is None else [terms.at_most_minor]
    if terms.at_most_months is not None:
        caps.append(rounded(contract.monthly_minor * terms.at_most_months, contract.rounding))
    if not caps or fee.amount_minor <= min(caps):
        return fee
    shown = money(min(caps), contract.currency)
    step = said(f"最多收取 {shown}", f"at most {shown}")
    return fee.model_copy(update={"amount_minor": min(caps), "steps": (*fee.steps, step), "flags": ("capped",)})
