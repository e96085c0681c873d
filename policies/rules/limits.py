"""What a fee is at least and at most, and the whole multiples it comes in: the limits that any family may have."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from policies.rules.contract_facts import ContractOnDay, facts_of
from policies.rules.core import Outcome, percent, rounded
from policies.rules.dates import completed_months, months_later
from policies.rules.prices import fees_of, price_on
from policies.rules.remaining import RemainingFees
from policies.rules.words import money, said


class Caps(Protocol):
    @property
    def at_most_minor(self) -> int | None: ...
    @property
    def at_most_months(self) -> Decimal | None: ...
    @property
    def at_most_term_percent(self) -> Decimal | None: ...


class Limits(Caps, Protocol):
    @property
    def at_least_minor(self) -> int | None: ...
    @property
    def multiple_of_minor(self) -> int | None: ...


def limited(fee: Outcome, terms: Limits, contract: ContractOnDay) -> Outcome:
    """A least amount is charged only where something is; the caps win over it."""
    fee = in_whole(fee, terms.multiple_of_minor or 1, contract)
    least = terms.at_least_minor if terms.at_least_minor is not None and fee.amount_minor else 0
    if fee.amount_minor < least:
        shown = money(least, contract.currency)
        step = said(f"最少收取 {shown}", f"at least {shown}")
        fee = fee.model_copy(update={"amount_minor": least, "steps": (*fee.steps, step), "flags": ("at_least",)})
    return capped(fee, terms, contract)


def capped(fee: Outcome, terms: Caps, contract: ContractOnDay) -> Outcome:
    caps = list(_caps(terms, contract))
    if not caps or fee.amount_minor <= min(caps):
        return fee
    shown = money(min(caps), contract.currency)
    step = said(f"最多收取 {shown}", f"at most {shown}")
    return fee.model_copy(update={"amount_minor": min(caps), "steps": (*fee.steps, step), "flags": ("capped",)})


def in_whole(fee: Outcome, unit: int, contract: ContractOnDay) -> Outcome:
    if fee.amount_minor % unit == 0:
        return fee
    minor = rounded(Fraction(fee.amount_minor, unit), contract.rounding) * unit
    whole, shown = money(unit, contract.currency), money(minor, contract.currency)
    step = said(f"取整到 {whole} 的倍数：{shown}", f"in whole multiples of {whole}: {shown}")
    return fee.model_copy(update={"amount_minor": minor, "steps": (*fee.steps, step)})


def _caps(terms: Caps, contract: ContractOnDay) -> Iterator[int]:
    if terms.at_most_minor is not None:
        yield terms.at_most_minor
    if terms.at_most_months is not None:
        yield rounded(_first_months(contract, terms.at_most_months), contract.rounding)
    if terms.at_most_term_percent is not None:
        yield rounded(_whole_term(contract) * percent(terms.at_most_term_percent), contract.rounding)


def _whole_term(contract: ContractOnDay) -> int:
    """All monthly fees of the term, each at its price."""
    starts = (months_later(contract.start, n) for n in range(completed_months(contract.start, contract.end_of_term)))
    return sum(price_on(day, contract.monthly_minor, contract.price_changes) for day in starts)


def _first_months(contract: ContractOnDay, months: Decimal) -> Fraction:
    """The fees of so many months from the leaving on, each at its price."""
    facts = facts_of("completed", contract)
    left = RemainingFees(monthly_minor=contract.monthly_minor, months_left=facts["months_left"], prices=facts["prices"])
    return fees_of(left, months)
