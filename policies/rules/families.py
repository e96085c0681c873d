"""A pack's fee rule worked out: its parameters, filled up with what a contract and a day say (FV-10 to FV-18)."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StrictInt, model_validator

from contracts.words import Text, Value
from policies.rules.caps import Candidate, LowerOf, higher_of, lower_of
from policies.rules.contract_facts import COUNTED, ContractOnDay, MonthsCounted, facts_of
from policies.rules.core import AtLeastOne, Minor, Months, Outcome, RuleError, Share, percent, rounded
from policies.rules.family_names import FAMILIES, NESTED, ONLY_THE_CONTRACT_SAYS
from policies.rules.limits import in_whole, limited
from policies.rules.parts_of_fees import LetOff, PartName, in_parts, parts_fault
from policies.rules.refusal import meant
from policies.rules.registry import RULES, apply
from policies.rules.words import money, plain, said, sum_of

__all__ = [
    "COUNTED",
    "FAMILIES",
    "NESTED",
    "ContractOnDay",
    "EarlyEnd",
    "FeeTerms",
    "LetOff",
    "MonthsCounted",
    "early_end_fee",
    "work_out",
]


def _known_family(name: str) -> str:
    if name not in FAMILIES:
        raise ValueError(f"there is no family {name!r}; the families are: {meant(name, FAMILIES)}")
    return name


class FeeTerms(Value):
    """How a contract's early end is charged. The sample that checks a new pack is a contract of two years."""

    family: Annotated[str, AfterValidator(_known_family)]
    months: MonthsCounted = "completed"
    parameters: Annotated[dict[str, Any], Field(default_factory=dict)]
    at_most_minor: Minor | None = None
    at_most_months: Months | None = None
    at_most_term_percent: Share | None = None  # of all monthly fees of the term
    at_least_minor: Minor | None = None  # where anything is owed at all
    multiple_of_minor: AtLeastOne | None = None  # 100: to whole yuan, before any limit
    tax: str | None = None
    before_start: Literal["free", "by-rule"] = "free"  # whoever leaves before the first day has used nothing
    of: tuple["FeeTerms", ...] = ()
    part: PartName = ""  # in `of` of a sum: what `by_rule` of an exit ground calls it; its `name` is for people
    name: Text | None = None

    @property
    def counts_leaving_day(self) -> bool:
        """Then it is the last day that is served, not the first that is not; at midnight these are two."""
        return self.parameters.get("leaving_day") == "used"

    @model_validator(mode="after")
    def _can_be_worked_out(self) -> Self:
        if fixed := ONLY_THE_CONTRACT_SAYS & set(self.parameters):
            raise ValueError(f"parameters/{min(fixed)}: comes from the contract and cannot be set here")
        if fault := self._fault_in_parts():
            raise ValueError(fault)
        try:
            work_out(self, SAMPLE)
        except RuleError as error:
            raise ValueError("; ".join(f"parameters/{line}" for line in str(error).splitlines())) from None
        return self

    def _fault_in_parts(self) -> str:
        if (
            self.at_least_minor is not None
            and self.at_most_minor is not None
            and self.at_least_minor > self.at_most_minor
        ):
            return f"at_least_minor: {self.at_least_minor} is above at_most_minor, {self.at_most_minor}"
        if self.family not in NESTED:
            return f"of: only {', '.join(NESTED)} are made of other families" if self.of else ""
        if len(self.of) < 2:
            return f"of: {self.family} needs two families or more, such as [{{family: fixed}}, {{family: none}}]"
        if self.parameters:
            return f"parameters: belong to the families in `of`, {self.family} has none of its own"
        if fault := parts_fault(self.family, self.of):
            return fault
        taxed = next((number for number, part in enumerate(self.of) if part.tax is not None), None)
        return "" if taxed is None else f"of/{taxed}/tax: stands beside `of`: the fee is taxed once"


class EarlyEnd(Outcome):
    """A fee rule of a pack; the amount is with tax."""

    net_minor: Annotated[StrictInt, Field(description="the fee before tax, after its cap")]
    tax_minor: Annotated[StrictInt, Field(description="its tax; both are the amount")]


Parts = tuple[tuple[FeeTerms, Outcome], ...]
SAMPLE = ContractOnDay(
    fee_minor=24000,
    monthly_minor=3000,
    start=date(2025, 1, 1),
    end_of_term=date(2027, 1, 1),
    leaves_on=date(2025, 10, 1),
)
LATE = date(2026, 11, 1)


def early_end_fee(
    terms: FeeTerms, contract: ContractOnDay, taxes: Mapping[str, Share], let_off: LetOff | None = None
) -> EarlyEnd:
    """By the family, then capped, then let off, then taxed; nothing from the end of the term on. Raises `RuleError`."""
    fee, parts = _net(terms, contract)
    if let_off is not None:
        whole = partial(in_whole, unit=terms.multiple_of_minor or 1, contract=contract)
        fee = in_parts(fee, parts, let_off, whole) if let_off.parts else let_off.whole(fee)
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


def _net(terms: FeeTerms, contract: ContractOnDay) -> tuple[Outcome, Parts]:
    if contract.leaves_on >= contract.end_of_term:
        return apply("none", {}), ()
    if contract.leaves_on < contract.start and terms.before_start == "free":
        day = contract.start
        step = said(f"合约 {day} 才开始，尚未使用，不收费", f"the contract begins on {day}: nothing was used, no fee")
        return Outcome(amount_minor=0, reason="not_begun", steps=(step,)), ()
    parts = _parts(terms, contract)
    return limited(_of_all(terms, contract, parts), terms, contract), parts


def work_out(terms: FeeTerms, contract: ContractOnDay) -> Outcome:
    """The family alone. A parameter that the pack gives wins over what the contract says."""
    return _of_all(terms, contract, _parts(terms, contract))


def _of_all(terms: FeeTerms, contract: ContractOnDay, parts: Parts) -> Outcome:
    if terms.family in NESTED:
        return _of_parts(terms, contract, parts)
    name = FAMILIES[terms.family]
    wanted = RULES[name].given.model_fields
    known = {fact: value for fact, value in facts_of(terms.months, contract).items() if fact in wanted}
    return apply(name, known | terms.parameters)


def by_full_fee(terms: FeeTerms) -> bool:
    """Whether the fee is the contract's own and not each item's: only its full fee counts, or neither that nor a price.

    Asked of the rule: another full fee, then another monthly fee, early and late in a term (a cap may be past by then).
    """
    return _varies(terms, "fee_minor") or not _varies(terms, "monthly_minor")


def _varies(terms: FeeTerms, fact: str) -> bool:
    return any(_varies_on(terms, fact, day) for day in (SAMPLE.start, SAMPLE.leaves_on, LATE))


def _varies_on(terms: FeeTerms, fact: str, day: date) -> bool:
    known = [SAMPLE.model_copy(update={fact: minor, "leaves_on": day}) for minor in (0, 10**9)]
    try:
        return len({work_out(terms, each).amount_minor for each in known}) > 1
    except RuleError:  # it can be worked out with some of them only
        return True


def _parts(terms: FeeTerms, contract: ContractOnDay) -> Parts:
    """Each with its own limits; none where a family stands alone."""
    return tuple((part, limited(work_out(part, contract), part, contract)) for part in terms.of)


def _of_parts(terms: FeeTerms, contract: ContractOnDay, parts: Parts) -> Outcome:
    """The lowest or the highest of them, or all together."""
    steps = tuple(step for _, part in parts for step in part.steps)
    if terms.family != "sum-of" and parts:
        amounts = tuple(Candidate(name=each.family, amount_minor=part.amount_minor) for each, part in parts)
        one_of = lower_of if terms.family == "lower-of" else higher_of
        chosen = one_of(LowerOf(amounts=amounts, currency=contract.currency))
        return Outcome(amount_minor=chosen.amount_minor, steps=(*steps, *chosen.steps))
    whole = sum(part.amount_minor for _, part in parts)
    formula = " + ".join(money(part.amount_minor, contract.currency) for _, part in parts)
    return Outcome(amount_minor=whole, steps=(*steps, sum_of(f"{formula} = {money(whole, contract.currency)}")))
